"""The names that are shown follow from the statements of the files that are there now."""

from dataclasses import replace

import pytest

from passagework.domain.edits import Edit
from passagework.domain.failures import FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.links import Doubt
from passagework.domain.music import Artist, ArtistCredit, Song
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from passagework.persistence.read.queries import ReviewList
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkExcluded, MarkMissing, MarkPresent

PATHS = tuple(b"/music/%d.flac" % number for number in range(5))


@pytest.fixture
def told(library, make):
    """Give a function that stores a file whose tags say what a song and an album are called."""

    def tell(file, title="Song", artists=("Band",), date="1975", more=None):
        named = tuple(Artist(make.mbid(2, number), name) for number, name in enumerate(artists))
        song = Song(make.mbid(1, 1), title, tuple(ArtistCredit(one, 1 / len(named)) for one in named), ())
        album = replace(make.album(1, date=date), artists=named[:1])
        tags = Tags(title=title, artist_credit=" & ".join(filter(None, artists)), recording_ids=(song.mbid,))
        library.write(make.store(library.run, PATHS[file], tags=tags, **(more or {})))
        guid = library.passages(PATHS[file])[0].guid
        library.write(make.store_links(library.run, PATHS[file], make.links(guid, [song], album)))
        return guid

    return tell


def names(library):
    """Give the title of the song, its artists, and the date of the album with its artists."""
    connection = library.connection
    of_song = "SELECT name FROM song_artist JOIN artist ON id = artist_id ORDER BY position"
    of_album = "SELECT name FROM album_artist JOIN artist ON id = artist_id ORDER BY position"
    return (
        *connection.execute("SELECT title FROM song").fetchone(),
        [name for (name,) in connection.execute(of_song)],
        *connection.execute("SELECT date FROM album").fetchone(),
        [name for (name,) in connection.execute(of_album)],
    )


WRONG = ("Sogn", ("Various Artists", "Guest"), "1970")
RIGHT = ("Song", ["Band"], "1975", ["Band"])


def test_one_wrong_file_among_many_renames_nobody(library, told):
    for file in range(3):
        told(file)
    told(3, *WRONG)
    assert names(library) == RIGHT


def test_a_corrected_tag_corrects_names_dates_and_credits(library, told):
    told(0, *WRONG)
    assert names(library) == ("Sogn", ["Various Artists", "Guest"], "1970", ["Various Artists"])
    told(0)
    assert names(library) == RIGHT


def test_a_file_that_is_gone_has_no_vote_until_it_is_back(library, told):
    told(0)
    told(1, *WRONG)
    told(2, *WRONG)
    library.write(MarkMissing(library.run, PATHS[1:3]))
    assert names(library) == RIGHT
    library.write(MarkPresent(library.run, PATHS[1:3]))
    assert names(library) == ("Sogn", ["Various Artists", "Guest"], "1970", ["Various Artists"])


def test_an_artist_whom_only_files_that_are_gone_name_has_no_name_beside_one_that_is_there(library, told):
    told(0, artists=(None,))
    told(1)
    assert names(library) == RIGHT
    library.write(MarkMissing(library.run, PATHS[1:2]))
    assert names(library) == ("Song", [None], "1975", [None])
    library.write(MarkMissing(library.run, PATHS[:1]))
    assert names(library) == RIGHT


def test_an_excluded_file_has_no_vote_until_it_is_included(library, told):
    told(0)
    told(1, *WRONG)
    told(2, *WRONG)
    library.write(MarkExcluded(library.run, PATHS[1:3]))
    assert names(library) == RIGHT
    library.write(MarkPresent(library.run, PATHS[1:3]))
    assert names(library)[0] == "Sogn"


def test_a_file_that_is_back_and_cannot_be_read_counts_as_it_was_last_read(library, make, told):
    told(0)
    told(1, *WRONG)
    told(2, *WRONG)
    library.write(MarkMissing(library.run, PATHS[1:3]))
    library.write(*(make.fail(library.run, path, FailureCode.PERMISSION_DENIED) for path in PATHS[1:3]))
    assert names(library)[0] == "Sogn"


def test_a_file_that_is_no_music_any_more_has_no_vote_until_it_is_whole_again(library, make, told):
    told(0)
    told(1, *WRONG)
    guid = told(2, *WRONG)
    library.write(make.fail(library.run, PATHS[1]), make.fail(library.run, PATHS[2]))
    assert names(library) == RIGHT
    assert told(2, *WRONG) == guid
    told(1, *WRONG)
    assert names(library)[0] == "Sogn"


def test_a_file_on_which_a_worker_fails_counts_as_it_was_last_read_if_it_has_not_changed(library, make, told):
    told(0)
    told(1, *WRONG)
    told(2, *WRONG)
    others = (PATHS[1], FailureCode.WORKER_TIMEOUT), (PATHS[2], FailureCode.WORKER_CRASHED)
    library.write(*(make.fail(library.run, path, code) for path, code in others))
    assert names(library)[0] == "Sogn"
    library.write(*(make.fail(library.run, path, code, stamp=FileStamp(7, 8)) for path, code in others))
    assert names(library) == RIGHT


def test_while_all_files_are_gone_names_stay(library, told):
    told(0)
    library.write(MarkMissing(library.run, PATHS[:1]))
    assert names(library) == RIGHT


def test_a_retired_passage_has_no_vote(library, make, told):
    told(0)
    told(1, *WRONG)
    told(2, *WRONG)
    for path in PATHS[1:3]:
        library.write(make.store(library.run, path, ((100, 160),)))
    assert names(library) == RIGHT


def test_a_passage_that_is_linked_to_another_song_takes_its_statements_along(library, make, told):
    told(0)
    guids = [told(file, *WRONG) for file in (1, 2)]
    for path, guid in zip(PATHS[1:3], guids, strict=True):
        library.write(make.store_links(library.run, path, make.links(guid, [make.song(7)])))
    assert library.connection.execute("SELECT title FROM song WHERE mbid = ?", (make.mbid(1, 1),)).fetchone() == (
        "Song",
    )


def test_an_undone_run_takes_its_statements_along(library, told):
    told(0)
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    told(1, *WRONG)
    told(2, *WRONG)
    assert names(library)[0] == "Sogn"
    undo_run(library.connection, run, 1)
    assert names(library) == RIGHT


def test_a_file_counts_once_however_many_passages_it_has(library, make, told):
    told(0)
    told(1)
    library.write(make.store(library.run, PATHS[2], ((0, 9), (10, 19), (20, 29))))
    links = [make.links(one.guid, [make.song(1, title="Medley")]) for one in library.passages(PATHS[2])]
    library.write(make.store_links(library.run, PATHS[2], *links))
    assert names(library)[0] == "Song"


# One recording with several titles


def doubts(library):
    return {passage.path: (passage.doubts, passage.reason) for passage in library.ask(ReviewList(100))}


def chapters(told):
    return [told(file, title) for file, title in enumerate(("Prologue", "The First Chapter", "Epilogue"))]


def test_contradicting_titles_of_one_recording_are_a_conflict_of_all_its_passages_with_both_named(library, told):
    chapters(told)
    conflict = 'files with this recording have titles that contradict each other: "{}" and "{}"'
    reasons = [
        conflict.format("Prologue", "The First Chapter"),
        conflict.format("The First Chapter", "Epilogue"),
        conflict.format("Epilogue", "The First Chapter"),
    ]
    assert doubts(library) == {
        path: (frozenset({Doubt.CONFLICT}), reason) for path, reason in zip(PATHS[:3], reasons, strict=True)
    }
    shown = [library.passages(path)[0] for path in PATHS[:3]]
    assert [one.title.name for one in shown] == ["Prologue", "The First Chapter", "Epilogue"]
    assert [one.reason for one in shown] == reasons


def test_a_conflict_ends_when_no_standing_title_contradicts_any_more(library, told):
    chapters(told)
    library.write(MarkMissing(library.run, PATHS[:1]))
    assert set(doubts(library)) == set(PATHS[1:3])
    told(2, "The First Chapter (live)")
    assert doubts(library) == {}
    library.write(MarkPresent(library.run, PATHS[:1]))
    assert len(doubts(library)) == 3


def test_what_a_person_decided_is_in_no_conflict(library, make, told):
    guids = chapters(told)
    apply_edits(library.connection, [Edit(guids[0], "recording", make.mbid(1, 1))], 1)
    assert set(doubts(library)) == set(PATHS[1:3])
    assert library.passages(PATHS[0])[0].doubts == frozenset()
    assert library.passages(PATHS[1])[0].doubts == {Doubt.CONFLICT}


def test_spellings_of_one_title_are_no_conflict(library, told):
    for file, title in enumerate(
        ("Bohemian Rhapsody", "Bohemian Rapsody", "Bohemian Rhapsody (Remastered)", "bohemian")
    ):
        told(file, title)
    assert doubts(library) == {}


def test_a_new_file_joins_a_conflict_that_there_is(library, make, told):
    chapters(told)
    library.new_run()
    told(3, "The First Chapter")
    assert library.passages(PATHS[3])[0].doubts == {Doubt.CONFLICT}
