import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.audio.tags import values as parse
from passagework.audio.tags.block import BlockBuilder, Field
from passagework.audio.tags.names import meaning_of
from passagework.audio.tags.normalise import normalise
from passagework.domain.analysis_rules import TagRules
from tests.support.effort import examples

A = "8b882575-08a5-4452-a7a7-cbb8a1531f9e"
B = "c29f3a57-b439-46fd-a2e2-93776b1371e0"


@pytest.mark.parametrize("joint", ["/", ";", "; ", " / ", ", ", " "])
def test_joined_mbids_are_taken_apart(joint):
    assert list(parse.parse_mbids(A.upper() + joint + B)) == [A, B]


def test_invalid_mbids_among_valid_ones_are_left_out():
    assert list(parse.parse_mbids(f"{A};none;{B[:-1]}; ")) == [A]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2003", "2003"),
        (" 2003-05 ", "2003-05"),
        ("2003-05-12", "2003-05-12"),
        ("2003-05-12T07:00:00Z", "2003-05-12"),
        ("2003-05-12 07:00", "2003-05-12"),
        ("2003/05/12", "2003-05-12"),
        ("2003.05.12", "2003-05-12"),
        ("20030512", "2003-05-12"),
        ("2003-5-1", "2003-05-01"),
        ("2003-00-00", "2003"),
        ("2003-00-12", "2003"),
        ("2003-05-00", "2003-05"),
        ("2004-02-29", "2004-02-29"),
        ("2003-02-29", None),
        ("2003-13", None),
        ("2003-05/12", None),
        ("0000", None),
        ("0000-00-00", None),
        ("12.05.2003", None),
        ("05/12/2003", None),
        ("03", None),
        ("2003?", None),
        ("\uff12\uff10\uff10\uff13", None),
        ("", None),
    ],
)
def test_dates_are_iso_as_far_as_they_are_known_and_valid(text, date):
    assert parse.parse_date(text) == date


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("3", (3, None)),
        ("03/12", (3, 12)),
        (" 3 / 12 ", (3, 12)),
        ("3 of 12", (3, 12)),
        ("3/", (3, None)),
        ("/12", (None, 12)),
        ("0", (None, None)),
        ("0/0", (None, None)),
        ("A1", (None, None)),
        ("1/2/3", (None, None)),
        ("-1", (None, None)),
        ("3.5", (None, None)),
        ("٣", (None, None)),
        ("9999999", (None, None)),
        ("", (None, None)),
    ],
)
def test_positions_are_positive_numbers_or_unknown(text, position):
    assert parse.parse_position(text) == position


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("-6.50 dB", -6.5),
        ("+3.2dB", 3.2),
        ("\u22126.5 dB", -6.5),
        ("\u20136,5 DB", -6.5),
        ("-.5", -0.5),
        ("1e1", 10.0),
        (" 0 ", 0.0),
        ("-6.5 LU", -6.5),
        ("100 dB", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("-", None),
        ("6 bananas", None),
        ("1.2.3", None),
        ("", None),
    ],
)
def test_gains_are_read_in_every_usual_spelling(text, gain):
    assert parse.parse_gain(text) == gain


@pytest.mark.parametrize(("text", "peak"), [("1.05", 1.05), ("0,98", 0.98), ("0", 0.0), ("-1", None), ("32767", None)])
def test_peaks_are_linear(text, peak):
    assert parse.parse_peak(text) == peak


@pytest.mark.parametrize(
    ("text", "gain"), [("256", 1.0), ("-1", -1 / 256), ("-32768", -128.0), ("32768", None), ("1.5", None), ("", None)]
)
def test_opus_gains_are_fixed_point_integers(text, gain):
    assert parse.parse_r128_gain(text) == gain


@pytest.mark.parametrize(
    ("text", "isrcs"),
    [
        ("GBAYE0601498", ["GBAYE0601498"]),
        ("gb-aye-06-01498", ["GBAYE0601498"]),
        ("GBAYE0601498/USRC17607839", ["GBAYE0601498", "USRC17607839"]),
        ("GBAYE060149", []),
        ("00AYE0601498", []),
    ],
)
def test_isrcs_have_one_form(text, isrcs):
    assert list(parse.parse_isrcs(text)) == isrcs


@given(st.text())
def test_no_text_makes_a_parser_raise(text):
    for read in (parse.parse_date, parse.parse_position, parse.parse_flag, meaning_of):
        read(text)
    for read in (parse.parse_mbids, parse.parse_isrcs):
        list(read(text))
    for read in (parse.parse_gain, parse.parse_peak, parse.parse_r128_gain):
        number = read(text)
        assert number is None or math.isfinite(number)


@examples(40)
@given(st.lists(st.tuples(st.text(), st.lists(st.text(st.characters())), st.sampled_from(Field), st.integers(0, 3))))
def test_no_block_of_tags_makes_the_normaliser_raise(items):
    blocks = []
    for family in ("id3", "ape", "ape"):
        block = BlockBuilder(family)
        for name, found, field, rank in items:
            block.add(name, found, (field, rank))
        blocks.append(block.build())
    tags = normalise(blocks, TagRules(artist_delimiters=(";", ", ")))
    assert "" not in (tags.title, tags.artist_credit, tags.album, *tags.artists, *tags.genres, *tags.composers)
    for name, found in tags.raw:
        assert all(text.encode() for text in (name, *found))


@given(st.floats().map(repr) | st.integers().map(str))
def test_whatever_number_tags_say_is_within_its_range_or_unknown(text):
    assert (gain := parse.parse_gain(text)) is None or -64 <= gain <= 64
    assert (peak := parse.parse_peak(text)) is None or 0 <= peak <= 100
    assert (fixed := parse.parse_r128_gain(text)) is None or -128 <= fixed <= 128
    assert all(number is None or 1 <= number < 10**6 for number in parse.parse_position(text))
