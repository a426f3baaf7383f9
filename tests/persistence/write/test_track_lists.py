"""Files that hold a release: by which list they are to be cut, and by which they were."""

from dataclasses import replace

import pytest

from passagework.domain.analysis import ANALYSIS_VERSION
from passagework.domain.edits import Edit
from passagework.domain.failures import WarningCode
from passagework.domain.given_cuts import Bound, CutSource, Given, write_bounds
from passagework.domain.identification.linking.provisional import WHEN_SERVICES_COME
from passagework.domain.ids import Mbid
from passagework.domain.moves import FileMove
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import ListedTrack, NamedBy, TrackList, write_track_list
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import HeldRelease, RunState
from passagework.persistence.read.queries import GivenAbout, SettledFiles
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import JoinMoved, MarkMissing, MoveFiles, StoreTrackList
from tests.support.library import Maker

PATH = b"/music/a.flac"
LIST = TrackList(
    named_by=NamedBy.FILE_NAME,
    release=Mbid(Maker.mbid(4, 1)),
    title="Whole",
    artist="Band",
    date="1999",
    tracks=tuple(
        ListedTrack(
            medium=1,
            number=number,
            title=f"Song {number}",
            credit="Band",
            recording=Mbid(Maker.mbid(1, number)),
            milliseconds=30_000,
        )
        for number in (1, 2)
    ),
)
TEXT = write_track_list(LIST)
HASH = Maker.analysis().audio_hash


def columns(library):
    return library.connection.execute("SELECT track_list, made_list, list_score, cut_by FROM file").fetchone()


def settled(library):
    return set(library.ask(SettledFiles((b"/music",), ANALYSIS_VERSION)).files)


def revision(library):
    return library.connection.execute("SELECT link_revision FROM file").fetchone()[0]


def found(library, text=TEXT, path=PATH):
    return StoreTrackList(library.run, path, text, revision(library))


def cut(library, make, spans=((0, 30), (30, 60)), by=CutSource.TRACK_LIST, made=TEXT, **more):
    return make.store(library.run, PATH, spans, cut_by=by, made_list=made, list_score=made and 0.9, **more)


@pytest.fixture
def known(library, make):
    """Give a library with one file of one passage."""
    library.write(make.store(library.run))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    return library


def test_a_file_that_holds_a_release_is_cut_again_until_it_is_cut_so(known, make):
    assert settled(known) == {PATH}
    assert known.ask(GivenAbout((PATH,))) == {}
    known.write(found(known))
    assert (columns(known), settled(known)) == ((TEXT, None, None, None), set())
    assert known.ask(GivenAbout((PATH, b"/other"))) == {PATH: Given(track_list=TEXT, list_of=HASH)}
    known.write(cut(known, make))
    assert (columns(known), settled(known)) == ((TEXT, TEXT, 0.9, "track-list"), {PATH})
    held = {"release": LIST.release, "title": "Whole", "artist": "Band", "date": "1999", "tracks": 2}
    assert known.file().held == HeldRelease(**held, named_by=NamedBy.FILE_NAME, score=0.9, matched=True)
    known.check()


def test_one_that_does_not_fit_is_not_compared_again(known, make):
    known.write(found(known))
    known.write(cut(known, make, ((0, 60),), by=None, warnings=(WarningCode.LIST_NOT_MATCHED,)))
    assert settled(known) == {PATH}
    assert (known.file().cut_by, known.file().held.matched) == (None, False)


def test_passages_are_decided_again_where_a_list_cuts_them_as_the_sound_did_or_no_more(known, make):
    spans = ((0, 30), (30, 60))
    for by in (None, CutSource.TRACK_LIST, None):
        known.write(found(known))
        known.write(cut(known, make, spans, by=by))
        known.write(make.store_links(known.run, PATH, *(make.links(guid) for guid in known.guids())))
        before = known.waiting()
        known.write(cut(known, make, spans, by=CutSource.TRACK_LIST if by is None else None))
        assert (before, len(known.waiting())) == ((), 1)


def test_a_decision_that_is_delivered_twice_or_late_changes_nothing(known, make):
    write = found(known)
    assert known.write(write).rows == 1
    assert known.write(write).rows == 0
    known.write(cut(known, make))
    assert known.write(write, StoreTrackList(known.run, b"/music/unknown", TEXT, 1)).rows == 0


def test_an_analysis_of_before_a_decision_is_not_the_last(known, make):
    known.write(found(known))
    known.write(cut(known, make, ((0, 60),), by=None, made=None))
    assert (columns(known)[:2], settled(known)) == ((TEXT, None), set())


def test_other_audio_holds_no_release_that_is_known(known, make):
    known.write(found(known))
    known.write(cut(known, make))
    known.write(make.store(known.run, audio=b"b"))
    assert (columns(known), settled(known)) == ((None, None, None, None), {PATH})


def test_a_file_that_a_sheet_or_a_person_cuts_holds_none(known, make):
    known.write(found(known))
    known.write(cut(known, make, by=CutSource.CUE_SHEET, made=None))
    assert (columns(known), settled(known)) == ((None, None, None, "cue-sheet"), {PATH})


def test_a_decision_is_ignored_where_a_person_has_cut(known):
    bounds = write_bounds([Bound(start=0, end=TICKS_PER_SECOND)])
    apply_edits(known.connection, (Edit(f"file:{known.file().guid}", "cuts", bounds),), 1)
    assert known.write(found(known)).rows == 0


def test_passages_keep_their_guids_where_they_overlap(known, make):
    (guid,) = known.guids()
    known.write(found(known))
    known.write(cut(known, make, ((0, 45), (45, 60))))
    assert known.guids()[0] == guid
    known.write(found(known, None))
    known.write(cut(known, make, ((0, 60),), by=None, made=None))
    assert known.guids() == [guid]


def test_undo_takes_a_list_back_and_what_it_has_cut(known, make):
    before = known.content()
    known.write(found(known))
    known.write(cut(known, make))
    undo_run(known.connection, known.run, 5)
    assert columns(known) == (None, None, None, None)
    after = known.content()
    assert [file.passages for file in after["files"]] == [file.passages for file in before["files"]]
    assert settled(known) == {PATH}


def test_undo_of_a_run_that_only_cut_leaves_the_file_to_be_cut_again(known, make):
    known.write(found(known))
    known.close_run(RunState.CRASHED)
    run = known.new_run()
    known.write(cut(known, make))
    undo_run(known.connection, run, 5)
    assert (columns(known)[:2], settled(known)) == ((TEXT, None), set())


def test_a_list_moves_with_its_file(known, make):
    known.write(found(known))
    known.write(cut(known, make))
    guid = known.file().guid
    move = FileMove(guid=guid, source=PATH, target=b"/music/b.flac", stamp=make.stamp)
    known.write(MoveFiles(known.run, (move,)))
    assert known.ask(GivenAbout((b"/music/b.flac",))) == {b"/music/b.flac": Given(track_list=TEXT, list_of=HASH)}


def test_a_missing_file_that_a_new_one_turns_out_to_be_keeps_its_list(known, make):
    known.write(found(known))
    known.write(cut(known, make))
    guids = known.guids()
    known.close_run(RunState.COMPLETED)
    run = known.new_run()
    known.write(make.store(run, b"/music/new.flac"), MarkMissing(run, (PATH,)))
    known.write(JoinMoved(run))
    assert (columns(known)[:2], known.guids()) == ((TEXT, TEXT), guids)
    assert settled(known) == {b"/music/new.flac"}


def test_a_missing_file_that_was_made_by_other_settings_is_cut_again_by_its_list(known, make):
    known.write(found(known))
    known.write(cut(known, make))
    known.close_run(RunState.COMPLETED)
    run = known.new_run()
    new = replace(make.store(run, b"/music/new.flac"), parts='{"audio":[9,{}]}')
    known.write(new, MarkMissing(run, (PATH,)))
    known.write(JoinMoved(run))
    assert (columns(known)[:2], settled(known)) == ((TEXT, None), set())


def retries(library):
    return library.connection.execute("SELECT link_retry_ns FROM passage").fetchone()[0]


@pytest.mark.parametrize(
    ("minutes", "tags", "again"),
    [(10, Tags(), True), (9, Tags(), False), (10, Tags(title="Song"), False), (10, Tags(album="Album"), False)],
)
def test_a_long_file_without_tags_is_decided_again_where_it_has_another_name(library, make, minutes, tags, again):
    analysis = make.store(library.run, PATH, tags=tags, duration=minutes * 60 * TICKS_PER_SECOND)
    library.write(analysis)
    library.write(make.store_links(library.run, PATH, make.links(library.guids()[0])))
    assert retries(library) is None
    move = FileMove(guid=library.file().guid, source=PATH, target=b"/music/b.flac", stamp=make.stamp)
    library.write(MoveFiles(library.run, (move,)))
    assert (retries(library) == WHEN_SERVICES_COME) is again
