"""Track lists as they are stored, and whether they fit a file."""

from dataclasses import replace

import pytest

from passagework.domain.codes import UnknownCode
from passagework.domain.ids import Mbid
from passagework.domain.track_lists.track_list import (
    ListedTrack,
    NamedBy,
    TrackList,
    fits_length,
    fits_pieces,
    read_track_list,
    write_track_list,
)
from tests.support.distinct import Distinct, leaves, replaced


def listed(*seconds):
    tracks = tuple(
        ListedTrack(
            medium=1,
            number=number,
            title=f"Song {number}",
            credit=None,
            recording=Mbid(f"rec-{number}"),
            milliseconds=None if length is None else round(length * 1000),
        )
        for number, length in enumerate(seconds, 1)
    )
    return TrackList(named_by=NamedBy.TAGS, release=Mbid("r"), title="Whole", artist=None, date=None, tracks=tracks)


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize("absent", [False, True])
def test_a_list_comes_back_value_by_value(turn, absent):
    one = Distinct(turn, absent=absent).of(TrackList)
    text = write_track_list(one)
    assert read_track_list(text) == one
    assert write_track_list(read_track_list(text)) == text


def test_every_value_counts():
    one, other = Distinct(0).of(TrackList), dict(leaves(Distinct(1).of(TrackList)))
    texts = [write_track_list(one), *(write_track_list(replaced(one, path, other[path])) for path, _ in leaves(one))]
    assert len(set(texts)) == len(texts)


def test_what_a_newer_version_names_it_by_is_kept():
    text = write_track_list(replace(listed(60, 60), named_by=UnknownCode("dream")))
    assert read_track_list(text).named_by == UnknownCode("dream")
    assert write_track_list(read_track_list(text)) == text


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [(300, True), (300 - 29, True), (300 - 30, False), (300 + 18, True), (300 + 19, False)],
    ids=["as long", "without silences", "too short", "with leaders", "too long"],
)
def test_a_file_may_be_shorter_by_the_silences_between_tracks_and_a_little_longer(seconds, fits):
    # Two silences of 10 s, and 3 s for each of three tracks, or 6 s more.
    assert fits_length(listed(100, 100, 100), seconds) is fits


def test_of_one_track_in_eight_the_length_may_be_unknown():
    one, two = listed(*[60] * 7, None), listed(*[60] * 6, None, None)
    assert [fits_length(one, seconds) for seconds in (330, 425, 900, 1400)] == [False, True, True, False]
    assert not fits_length(two, 480)


@pytest.mark.parametrize(
    ("lengths", "fits"),
    [([100, 50], True), ([90, 53], True), ([89, 50], False), ([100, 54], False), ([100], False), ([50, 100], False)],
)
def test_pieces_are_tracks_if_each_is_as_long_but_for_its_silence(lengths, fits):
    assert fits_pieces(listed(100, 50), lengths) is fits


def test_a_track_of_unknown_length_is_no_piece_for_sure():
    assert not fits_pieces(listed(100, None), [100, 50])
