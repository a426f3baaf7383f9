"""Which release a file holds, if any."""

import itertools
from dataclasses import replace

import pytest

from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.identification.scoring.held_release import (
    best_list,
    is_called,
    is_cut_so,
    is_one_recording,
    may_hold_a_release,
    names_to_search,
    track_list_by_sound,
    track_list_by_tags,
    track_list_by_title,
)
from passagework.domain.ids import Guid, Mbid
from passagework.domain.links import NO_RECORDING
from passagework.domain.musicbrainz import TrackKind
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import NamedBy
from passagework.domain.units import NO_TIME, TICKS_PER_SECOND, Ticks
from passagework.domain.waiting import FileAsCut, WaitingFile, WaitingPassage


def ticks(seconds):
    return Ticks(round(seconds * TICKS_PER_SECOND))


def whole(seconds=1200.0, *ends, tags=None, path=b"/music/x.flac", **cut):
    """Make a file that is cut at these ends, or not at all."""
    edges = [0.0, *ends, seconds]
    passages = tuple(
        WaitingPassage(Guid(f"p{number}"), ticks(start), ticks(end))
        for number, (start, end) in enumerate(itertools.pairwise(edges))
    )
    as_cut = FileAsCut(run=None, stamp=FileStamp(1, 1), audio_hash=b"a", duration=ticks(seconds), **cut)
    return WaitingFile(path, tags or Tags(), len(passages), passages, as_cut=as_cut)


@pytest.fixture
def album(build):
    """Give an album of four tracks of five minutes."""
    return build.release("Compass", [build.track(n, f"Song {n}", 300.0) for n in range(1, 5)])


def found(file, *releases, by=NamedBy.TAGS):
    made = best_list(file, releases, by)
    return made and (made.release, [(track.medium, track.number) for track in made.tracks])


FOUR = [(1, number) for number in (1, 2, 3, 4)]


def test_a_file_as_long_as_a_release_holds_its_tracks(album):
    made = best_list(whole(), [album], NamedBy.TAGS)
    assert (made.release, made.title, made.artist, made.date) == (album.mbid, "Compass", "The Band", "2001")
    assert [(one.number, one.title, one.credit, one.recording, one.milliseconds) for one in made.tracks] == [
        (n, f"Song {n}", "The Band", f"rec-Song {n}", 300_000) for n in range(1, 5)
    ]


@pytest.mark.parametrize("seconds", [600.0, 1150.0, 1230.0, 2400.0])
def test_a_file_of_another_length_does_not(album, seconds):
    assert found(whole(seconds), album) is None


def test_a_file_as_long_as_one_track_is_that_track(build, album):
    mix = build.release("Compass", *[[*medium.tracks] for medium in album.media], [build.track(1, "Mix", 1203.0)])
    assert found(whole(), mix) is None


def test_of_several_media_it_is_the_one_that_fits_or_all_of_them(build, album):
    short = [build.track(n, f"Short {n}", 100.0) for n in (1, 2)]
    both = build.release("Compass", list(album.media[0].tracks), short)
    assert found(whole(), both) == (both.mbid, FOUR)
    assert found(whole(1400.0), both) == (both.mbid, [*FOUR, (2, 1), (2, 2)])
    assert found(whole(200.0), both) == (both.mbid, [(2, 1), (2, 2)])
    assert found(whole(200.0, tags=Tags(disc_number=1)), both) is None
    assert found(whole(200.0, tags=Tags(disc_number=7)), both) == (both.mbid, [(2, 1), (2, 2)])


def test_a_single_track_is_no_list_and_neither_is_what_a_search_lists(build, album):
    assert found(whole(), build.release("One", [build.track(1, "Long", 1180.0)])) is None
    (medium,) = album.media
    partly = replace(album, media=(replace(medium, tracks=medium.tracks[:3], track_count=4),))
    assert found(whole(900.0), partly) is None


def test_data_and_hidden_tracks_are_not_in_the_list(build, album):
    (medium,) = album.media
    kinds = [build.track(0, "Hidden", 60.0, kind=TrackKind.PREGAP), build.track(5, "Data", 60.0, kind=TrackKind.DATA)]
    more = replace(album, media=(replace(medium, tracks=(kinds[0], *medium.tracks, kinds[1]), track_count=4),))
    assert found(whole(), more) == (album.mbid, FOUR)


def test_the_length_that_fits_best_decides_then_official_then_the_earliest(build, album):
    def edition(mbid, extra=0.0, **more):
        tracks = [build.track(n, f"Song {n}", 300.0 + extra) for n in range(1, 5)]
        return build.release("Compass", tracks, mbid=mbid, **more)

    far, near = edition("a", 4.0, date="1990"), edition("b", 1.0, date="2000")
    assert found(whole(), far, near)[0] == "b"
    assert found(whole(), edition("a", status="Bootleg"), edition("b"))[0] == "b"
    assert found(whole(), edition("a", date="2003"), edition("b", date="2002"))[0] == "b"
    assert found(whole(), edition("b"), edition("a"))[0] == "a"


def test_the_tags_name_it_by_its_id_or_by_title_and_artist(album):
    by_id = Tags(release_id=album.mbid)
    assert track_list_by_tags(whole(tags=by_id), [album]).named_by is NamedBy.TAGS
    assert track_list_by_tags(whole(tags=Tags(release_id=Mbid("old"))), [replace(album, asked_as=Mbid("old"))])
    assert track_list_by_tags(whole(tags=Tags(album="Compass")), [album]) is None
    assert track_list_by_title(whole(tags=Tags(album="compass", artist_credit="the band")), [album])
    assert track_list_by_title(whole(tags=Tags(album="Compass", artist_credit="Nobody")), [album]) is None
    assert track_list_by_title(whole(tags=Tags(album="Winds")), [album]) is None
    assert track_list_by_title(whole(), [album]) is None


def test_two_pieces_by_their_sound_name_it_and_one_does_not(build, album):
    file = whole(1200.0, 300.0, 700.0)
    heard = [build.heard(f"Song {n}", 300.0, albums=("Compass",)) for n in (1, 2)]
    one, two, other = (
        build.passage(f"p{n}", 300.0, answer=build.answer(*of)) for n, of in enumerate((heard[:1], heard[1:], ()))
    )
    assert track_list_by_sound(file, [one, two, other], [album]).named_by is NamedBy.FINGERPRINTS
    assert track_list_by_sound(file, [one, other], [album]) is None
    elsewhere = build.passage("elsewhere", 300.0, answer=build.answer(heard[1]))
    assert track_list_by_sound(file, [one, elsewhere], [album]) is None


def test_a_whole_file_that_is_known_as_one_recording_is_one(build):
    answer = build.answer(build.heard("Long", 1200.0))
    assert is_one_recording(whole(), [build.passage("p0", 1200.0, answer=answer)])
    assert not is_one_recording(whole(), [build.passage("p0", 1200.0)])
    assert not is_one_recording(whole(), [build.passage("p0", answer=build.answer(build.heard("x"), score=0.5))])
    assert not is_one_recording(whole(1200.0, 600.0), [build.passage("p0", 600.0, answer=answer)])


def test_what_is_heard_as_the_tracks_needs_no_list(album):
    made = best_list(whole(), [album], NamedBy.TAGS)
    assert is_cut_so(whole(1200.0, 300.0, 598.0, 899.0), made)
    assert not is_cut_so(whole(1200.0, 300.0, 598.0), made)
    assert not is_cut_so(whole(1200.0, 300.0, 598.0, 899.0, cut_by=CutSource.TRACK_LIST), made)
    part = whole(1200.0, 300.0, 598.0, 899.0)
    assert not is_cut_so(replace(part, passage_count=5), made)


def test_a_file_that_is_cut_by_other_things_or_of_which_a_person_said_what_it_is_stays():
    file = whole()
    assert may_hold_a_release(file)
    assert not may_hold_a_release(replace(file, as_cut=None))
    assert not may_hold_a_release(whole(by_person=True))
    pieces = (GivenPiece(start=NO_TIME), GivenPiece(start=Ticks(1)))
    sheet = GivenCuts(source=CutSource.CUE_SHEET, pieces=pieces)
    assert not may_hold_a_release(replace(file, given=sheet))
    assert may_hold_a_release(replace(file, given=replace(sheet, pieces=pieces[:1])))

    def decided(what):
        return replace(file, passages=tuple(replace(one, decided=what) for one in file.passages))

    assert not may_hold_a_release(decided(Mbid("set")))
    assert may_hold_a_release(decided(NO_RECORDING))
    assert not may_hold_a_release(replace(file, passages=tuple(replace(one, is_set=True) for one in file.passages)))


@pytest.mark.parametrize(
    ("tags", "path", "by", "names"),
    [
        (Tags(album="Compass", artist_credit="The Band"), b"x", "tags", (("The Band", "Compass"),)),
        (Tags(album="Compass", album_artist_credit="A", artist_credit="B"), b"x", "tags", (("A", "Compass"),)),
        (Tags(album="Compass"), b"x", "tags", ((None, "Compass"),)),
        (Tags(album="Compass", title="Compass"), b"x", "tags", ((None, "Compass"),)),
        (Tags(album="Compass", title="North"), b"x", "tags", ()),
        (Tags(album="Compass", track_number=3), b"x", "tags", ()),
        (Tags(album="Compass", recording_ids=(Mbid("r"),)), b"x", "tags", ()),
        (Tags(title="Compass", artist_credit="The Band"), b"x", "tags", (("The Band", "Compass"),)),
        (Tags(title="Compass"), b"x", "tags", ()),
        (Tags(), b"/music/The Band - Compass.flac", "file-name", (("The Band", "Compass"),)),
        (Tags(), b"/music/The Band/Compass/image.flac", "file-name", (("The Band", "Compass"), ("The Band", "image"))),
        (Tags(), b"/music/The Band/Compass/03 North.flac", "file-name", ()),
        (Tags(), b"/music/x.flac", "file-name", ()),
    ],
)
def test_a_long_file_is_searched_for_by_what_its_tags_or_else_its_path_call_an_album(tags, path, by, names):
    assert names_to_search(whole(tags=tags, path=path)) == (NamedBy(by), names)
    assert names_to_search(whole(599.0, tags=tags, path=path))[1] == ()


def test_a_release_is_called_by_its_title_and_an_artist_of_its_credit(album):
    assert is_called(album, "The Band", "Compass (Deluxe Edition)")
    assert is_called(album, None, "Compass")
    assert is_called(album, "The Band & Guest", "Compass")
    assert not is_called(album, "Someone Else", "Compass")
    assert not is_called(album, "The Band", "North Wind")


@pytest.mark.parametrize(
    "tags",
    [
        Tags(album="Twin", title="Song 1 (long)"),
        Tags(album="Twin", title="Twin", track_number=1),
        Tags(album="Twin", recording_ids=(Mbid("named"),)),
    ],
)
def test_a_file_whose_tags_speak_of_a_song_is_one_even_if_it_is_as_long_as_a_single_with_its_other_side(build, tags):
    single = build.release("Twin", [build.track(n, f"Song {n}", 200.0) for n in (1, 2)])
    assert found(whole(400.0, tags=Tags(album="Twin", title="Twin")), single)
    assert found(whole(400.0, tags=tags), single) is None
    album = build.release("Twin", [build.track(n, f"Song {n}", 200.0) for n in (1, 2, 3, 4)])
    assert found(whole(800.0, tags=tags), album), (
        "a program that tags rips may give an album the tags of its first track"
    )
