"""Cuts that are given: which of them a file can have."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.given_cuts import (
    Bound,
    CutSource,
    GivenCuts,
    GivenPiece,
    cuts_of_links,
    fitted,
    read_bounds,
    read_cuts,
    write_bounds,
    write_cuts,
)
from passagework.domain.spans import Span
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from tests.support.distinct import Distinct

S, RATE = TICKS_PER_SECOND, 1000


def piece(start, end=None, **more):
    return GivenPiece(start=round(start * S), end=None if end is None else round(end * S), **more)


def test_a_piece_ends_where_it_says_or_the_next_one_begins_or_the_file_ends():
    found = fitted((piece(0, 0.9), piece(1), piece(2)), 3000, RATE)
    assert found.spans == (Span(0, 900), Span(1000, 2000), Span(2000, 3000))
    assert fitted((piece(0, 1.5), piece(1, 9)), 3000, RATE).spans == (Span(0, 1000), Span(1000, 3000))


def test_pieces_that_the_file_cannot_have_are_left_out_and_counted():
    found = fitted((piece(2, 1), piece(0, 0.04), piece(0.5, 1), piece(3), piece(7)), 3000, RATE)
    assert (found.spans, found.left_out) == ((Span(500, 1000),), 4)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("absent", [False, True])
def test_cuts_and_bounds_come_back_as_they_were_stored(turn, absent):
    cuts = Distinct(turn, absent=absent).of(GivenCuts)
    without = tuple(
        GivenPiece(**{name: getattr(one, name) for name in GivenPiece.__slots__ if name != "keeps"})
        for one in cuts.pieces
    )
    assert read_cuts(write_cuts(cuts)) == GivenCuts(
        **{name: getattr(cuts, name) for name in GivenCuts.__slots__ if name != "pieces"}, pieces=without
    )
    bounds = tuple(Distinct(turn, absent=absent).of(tuple[Bound, ...]))
    bounds = tuple(replace(one, start=number, end=number + 1) for number, one in enumerate(bounds))
    assert read_bounds(write_bounds(bounds[::-1])) == bounds


def test_each_link_of_a_chain_is_a_piece_of_which_its_own_tags_say_what_it_is():
    tags = Tags(title="One", artist_credit="Two", album_artist_credit="Three", track_number=4, isrcs=("A", "B"))
    cuts = cuts_of_links([Fraction(0), Fraction(1, 3)], [tags, Tags()])
    said = {"title": "One", "performer": "Two", "track": 4, "isrc": "A"}
    assert cuts == GivenCuts(source=CutSource.CHAIN, pieces=(piece(0, **said), piece(1 / 3)))
    assert cuts_of_links([Fraction(0)], [tags]) is None


TIMES = st.integers(0, 5 * S)


@given(
    st.lists(st.builds(GivenPiece, start=TIMES, end=st.none() | TIMES), max_size=8),
    st.integers(0, 4000),
    st.sampled_from([8000, RATE, 37_800]),
)
def test_whatever_is_given_passages_follow_each_other_inside_of_the_file(pieces, samples, rate):
    found = fitted(pieces, samples, rate)
    edges = [edge for span in found.spans for edge in (span.start, span.end)]
    assert edges == sorted(edges)
    assert all(span.start < span.end <= samples for span in found.spans)
    assert len(found.spans) + found.left_out == len(pieces)
    assert len(found.spans) == len(found.tags) == len(found.keeps)
