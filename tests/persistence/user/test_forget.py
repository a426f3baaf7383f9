"""Files that are forgotten leave nothing behind, and take nothing along that is not theirs."""

from dataclasses import replace

import pytest

from passagework.domain.edits import Edit
from passagework.domain.errors import NotFoundError
from passagework.domain.forgetting import Forget, Forgettable, Forgotten
from passagework.domain.moves import FileMove, FilePlace
from passagework.domain.music import Artist, Work
from passagework.domain.tags import Tags
from passagework.domain.undo import UndoRefusedError
from passagework.domain.views import RunState
from passagework.persistence.file.counts import counts_are_wrong
from passagework.persistence.read import forgettable
from passagework.persistence.read.queries import ListPassages, SeenFolders, WouldForget
from passagework.persistence.user import forget as forgetting
from passagework.persistence.user.edits import apply_edits
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import MarkExcluded, MarkMissing, MoveFiles, SeeFolders, StorePlaces
from tests.support import dump

A, B, C = b"/music/a.flac", b"/music/sub/b.flac", b"/music/sub/deep/c.flac"


def fill(library, make, *paths):
    """Import files: a and b have a song by a common artist, b and c are on an album."""
    run = library.run
    of_songs = {A: [make.song(1, (1, 2), works=(1,))], B: [make.song(2, (1, 3), works=(1, 2))], C: [make.song(3, (4,))]}
    for path in paths:
        library.write(make.begin(run, path))
        tags = Tags(title=f"Only {path.decode()[-6]}x", artist_credit="Someone")
        library.write(make.store(run, path, ((0, 29), (30, 60)), tags=tags, audio=path[-6:-5]))
        album = make.album(1, artists=(5,)) if path != A else None
        library.write(make.store_links(run, path, make.links(library.passages(path)[0].guid, of_songs[path], album)))
        folders = [
            folder for folder in (b"/music", b"/music/sub", b"/music/sub/deep") if path.startswith(folder + b"/")
        ]
        library.write(SeeFolders(run, tuple((folder, 1, 2, False) for folder in folders)))


def forget(library, *paths, **more):
    return forget_files(library.connection, Forget(paths=paths, **more))


def preview(library, *paths, **more):
    return library.ask(WouldForget(Forget(paths=paths, **more)))


def content(library):
    # Who named an entity first is a run, and so is what is left out of the comparison.
    return [line for line in dump.content(library.connection) if not line.startswith("library ")]


@pytest.fixture
def make_library(tmp_path):
    from tests.support.library import OpenedLibrary  # noqa: PLC0415

    opened = []

    def make():
        library = OpenedLibrary(tmp_path / f"{len(opened)}.passages", "normal")
        library.new_run()
        opened.append(library)
        return library

    yield make
    for library in opened:
        library.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("forgotten", "left", "entities"),
    [
        # Song, an artist; the other artist and the work are named by b.
        ((A,), (B, C), 2),
        # Two songs, two works, three artists; the album is named by c.
        ((A, B), (C,), 7),
        ((b"/music/sub",), (A,), 7),
        ((b"/music/sub/", B), (A,), 7),
        ((b"/music",), (), 11),
    ],
)
@pytest.mark.parametrize("at_once", [1, 500])
def test_what_is_left_is_what_an_import_of_the_others_alone_makes(
    make_library, make, monkeypatch, forgotten, left, entities, at_once
):
    monkeypatch.setattr(forgetting, "AT_ONCE", at_once)
    monkeypatch.setattr(forgettable, "AT_ONCE", at_once)
    library, other = make_library(), make_library()
    fill(library, make, A, B, C)
    fill(other, make, *left)
    library.close_run(RunState.COMPLETED)
    other.close_run(RunState.COMPLETED)
    would = preview(library, *forgotten)
    done = forget(library, *forgotten)
    assert done == Forgotten(3 - len(left), 2 * (3 - len(left)), entities)
    assert (len(would.files), would.present, would.passages) == (done.files, done.files, done.passages)
    library.check()
    assert content(library) == content(other)
    assert not counts_are_wrong(library.connection)
    for path in (A, B, C):
        found = library.ask(ListPassages(10, None, f"{path.decode()[-6]}x"))
        assert len(found) == (2 if path in left else 0)
    assert set(library.ask(SeenFolders(b"/music"))) == set(other.ask(SeenFolders(b"/music")))


def test_what_is_missing_for_long_enough_or_excluded_is_forgotten_and_nothing_else(library, make):
    fill(library, make, A, B, C)
    library.write(MarkMissing(library.run, (A,)))
    library.close_run(RunState.COMPLETED)
    (ended,) = library.connection.execute("SELECT ended_ns FROM run").fetchone()
    library.new_run()
    library.write(MarkExcluded(library.run, (B,)))
    library.close_run(RunState.COMPLETED)
    assert preview(library, missing_before_ns=ended).files == ()
    assert preview(library, missing_before_ns=ended + 1) == Forgettable((A,), 0, 2, ())
    assert preview(library, excluded=True).files == (B,)
    assert preview(library, missing_before_ns=ended + 1, excluded=True).files == (A, B)
    assert preview(library, b"/music/sub", missing_before_ns=ended + 1, excluded=True).files == (B,)
    assert preview(library, A, excluded=True).files == ()
    assert preview(library).files == ()
    assert forget(library, missing_before_ns=ended + 1, excluded=True).files == 2
    assert preview(library, b"/music").files == (C,)


def test_a_path_that_the_library_does_not_know_is_refused_before_anything_is_forgotten(library, make):
    fill(library, make, A)
    for path in (b"/musi", b"/music/a.fla", b"/music/a.flac/b"):
        with pytest.raises(NotFoundError, match="no file"):
            forget(library, A, path)
    assert library.file(A) is not None


def test_a_lead_is_told_where_it_is_all_that_was_set(library, make):
    fill(library, make, A)
    apply_edits(library.connection, [Edit(library.passages(A)[0].guid, "lead_out", 0.5)], 5)
    assert [value.field for own in preview(library, A).own for value in own.values] == ["lead_out"]


def test_a_persons_cuts_are_forgotten_with_their_history(library, make):
    fill(library, make, A, B)
    for path in (A, B):
        apply_edits(library.connection, [Edit(library.file(path).guid, "cuts", "[[0,9000000,null]]")], 5)
    forget(library, A)
    assert library.connection.execute("SELECT subject_key FROM edit").fetchall() == [(library.file(B).guid,)]


def test_what_people_set_on_passages_is_told_and_forgotten_and_on_entities_stays(library, make):
    fill(library, make, A, B)
    guid = library.passages(A)[0].guid
    edits = (
        *(Edit(guid, "title", "Mine"), Edit(guid, "approval", "rejected")),
        *(Edit(make.mbid(1, 1), "probability", 2.0), Edit(make.mbid(2, 2), "name", "Name")),
    )
    apply_edits(library.connection, edits, 5)
    (own,) = preview(library, A).own
    assert (own.guid, own.path, own.title) == (guid, A, "Mine")
    assert {value.field: value.value for value in own.values} == {"title": "Mine", "approval": "rejected"}
    assert forget(library, A).entities == 0
    library.check()
    assert library.connection.execute("SELECT probability FROM song ORDER BY mbid").fetchall() == [(2.0,), (None,)]
    assert library.connection.execute("SELECT user_name FROM artist WHERE mbid = ?", (make.mbid(2, 2),)).fetchall() == [
        ("Name",)
    ]
    assert library.connection.execute("SELECT DISTINCT subject FROM edit ORDER BY 1").fetchall() == [
        ("artist",),
        ("song",),
    ]


def test_undoing_a_run_before_brings_back_no_name_that_only_forgotten_files_give(library, make):
    names = {A: "Band", B: "Brandy", C: "Brandy"}
    for path, name in names.items():
        library.write(make.store(library.run, path, tags=Tags(title=name), audio=path[-6:-5]))
        song = make.song(1, (1,) if path == A else (1, 2), title=f"By {name}", names={1: name})
        guid = library.passages(path)[0].guid
        library.write(
            make.store_links(library.run, path, make.links(guid, [song], make.album(1, title=name, artists=())))
        )
    shown = """
        SELECT song.title, artist.name, album.title, (SELECT count(*) FROM song_artist) FROM song, artist, album
        WHERE artist.mbid = ?
    """
    of_all, of_a = ("By Brandy", "Brandy", "Brandy", 2), ("By Band", "Band", "Band", 1)
    artist = make.mbid(2, 1)
    assert library.connection.execute(shown, (artist,)).fetchone() == of_all
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    library.write(MarkMissing(run, (B, C)))
    assert library.connection.execute(shown, (artist,)).fetchone() == of_a
    library.close_run(RunState.COMPLETED)
    forget(library, B, C)
    undo_run(library.connection, run, 7)
    assert library.connection.execute(shown, (artist,)).fetchone() == of_a
    library.check()


def test_runs_before_can_be_undone_without_what_was_forgotten(library, make):
    fill(library, make, A, B, C)
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    # The run takes b from its song and album, and changes the others.
    for path in (A, B, C):
        library.write(make.store(run, path, ((0, 29),), tags=Tags(title="New"), audio=b"n" + path[-6:-5]))
        library.write(make.store_links(run, path, make.links(library.passages(path)[0].guid, [make.song(9, (9,))])))
    library.close_run(RunState.COMPLETED)
    forget(library, A, C)
    library.check()
    undo_run(library.connection, run, 7)
    library.check()
    (passage, _) = library.passages(B)
    assert (passage.title.mbid, passage.album.mbid) == (make.mbid(1, 2), make.mbid(4, 1))
    assert library.file(A) is library.file(C) is None
    undo_run(library.connection, 1, 7)
    library.check()
    assert library.file(B) is None
    with pytest.raises(UndoRefusedError):
        undo_run(library.connection, 1, 7)


def test_a_move_out_of_a_folder_that_was_forgotten_can_be_undone(library, make):
    beside = b"/music/sub/beside.flac"
    fill(library, make, B)
    library.write(make.store(library.run, beside, audio=b"beside"))
    library.close_run(RunState.COMPLETED)
    run = library.new_run()
    move = FileMove(guid=library.file(B).guid, source=B, target=A, stamp=make.stamp)
    library.write(MoveFiles(run, (move,)))
    library.close_run(RunState.COMPLETED)
    forget(library, b"/music/sub")
    library.check()
    undo_run(library.connection, run, 7)
    library.check()
    assert library.file(A) is library.file(beside) is None
    assert library.file(B).guid == move.guid


@pytest.mark.parametrize("at_once", [1, 500])
def test_a_file_that_is_also_outside_of_a_folder_stays_there(library, make, monkeypatch, at_once):
    monkeypatch.setattr(forgetting, "AT_ONCE", at_once)
    fill(library, make, A, B, C)
    other, outside, deep = b"/other/b.flac", b"/music/submarine.flac", b"/music/sub/deep/b.flac"
    places = [(other, B), (outside, B), (deep, B), (b"/other/c.flac", C), (b"/music/sub/a.flac", A)]
    library.write(StorePlaces(library.run, tuple(FilePlace(place, of, make.stamp) for place, of in places)))
    library.write(MarkMissing(library.run, (C,)))
    library.close_run(RunState.COMPLETED)
    apply_edits(library.connection, [Edit(library.passages(B)[0].guid, "title", "Mine")], 7)
    before = library.file(B)
    would = preview(library, b"/music/sub/")
    assert (would.files, would.own, would.elsewhere) == ((C,), (), ((B, outside),))
    assert forget(library, b"/music/sub/").files == 1
    library.check()
    assert not counts_are_wrong(library.connection)
    assert library.file(outside) == replace(before, path=outside, places=(other,), passages=library.passages(outside))
    assert library.passages(outside)[0].title.name == "Mine"
    assert len(library.ask(ListPassages(10, None, "submarine"))) == 2
    assert library.file(A).places == ()
    assert library.file(C) is library.file(deep) is None
    # By its own name it goes with all of its places.
    assert forget(library, other).files == 1
    assert library.file(outside) is None
    library.check()


def test_a_file_that_was_forgotten_is_a_new_one_for_the_next_import(library, make):
    fill(library, make, A)
    guid = library.file(A).guid
    forget(library, A)
    fill(library, make, A)
    assert library.file(A).guid != guid
    library.check()


def test_names_credits_and_dates_are_those_that_the_other_files_state(make_library, make):
    """What a file states goes with it."""
    libraries = make_library(), make_library()
    stated = {
        A: ([make.song(1, (2, 1), title="Longest title", works=(1, 2), names={1: "Somebody else"})], "2001"),
        B: ([make.song(1, (1,), title="Title", works=(2,))], "1999"),
    }
    for library, paths in zip(libraries, ((A, B), (B,)), strict=True):
        for path in paths:
            songs, date = stated[path]
            library.write(make.store(library.run, path, audio=path[-6:-5]))
            album = make.album(1, title=f"Album of {date}", artists=(1,) if path == B else (1, 3), date=date)
            library.write(make.store_links(1, path, make.links(library.passages(path)[0].guid, songs, album)))
        library.close_run(RunState.COMPLETED)
    library, other = libraries
    assert content(library) != content(other)
    forget(library, A)
    library.check()
    assert content(library) == content(other)


def test_a_composer_whom_only_forgotten_works_name_goes_with_them(library, make):
    fill(library, make, B)
    library.write(make.store(library.run, A))
    work = Work(make.mbid(3, 9), "Work", (Artist(make.mbid(2, 9), "Composer"),))
    song = replace(make.song(9), works=(work,))
    guid = library.passages(A)[0].guid
    library.write(make.store_links(library.run, A, make.links(guid, [song])))
    # Undo may have put back what was linked before statements were kept.
    for kind in ("artist", "work"):
        library.connection.execute(
            f"DELETE FROM {kind}_statement WHERE passage_id = (SELECT id FROM passage WHERE guid = ?)", (guid,)
        )
    composers = "SELECT count(*) FROM artist WHERE name = 'Composer'"
    assert library.connection.execute(composers).fetchone() == (1,)
    forget(library, A)
    assert library.connection.execute(composers).fetchone() == (0,)
    library.check()


def test_places_of_files_that_stay_are_forgotten_with_their_folder_alone(library, make):
    fill(library, make, A, B)
    place = b"/music/sub/link.flac"
    library.write(StorePlaces(library.run, (FilePlace(place, A, make.stamp),)), MarkExcluded(library.run, (B,)))
    for more in ({"missing_before_ns": 1}, {"excluded": True}):
        forget(library, b"/music/sub", **more)
        assert library.file(A).places == (place,)
    assert library.file(B) is None
    forget(library, b"/music/sub")
    assert library.file(A).places == ()


def test_what_was_rejected_of_a_file_goes_with_it(library, make):
    fill(library, make, A, B)
    rejected = (
        "INSERT INTO rejection (run_id, path, path_text, kind, code, reason, at_ns) VALUES (1, ?, '', '', '', '', 1)"
    )
    library.connection.executemany(rejected, [(A,), (B,)])
    forget(library, A)
    assert library.connection.execute("SELECT path FROM rejection").fetchall() == [(B,)]


def test_files_that_stay_elsewhere_are_told_by_path_and_not_in_the_order_in_which_they_came(library, make):
    fill(library, make, B)
    earlier = b"/music/sub/a earlier.flac"
    library.write(make.store(library.run, earlier, audio=b"e"))
    places = [(b"/other/1.flac", B), (b"/other/2.flac", earlier)]
    library.write(StorePlaces(library.run, tuple(FilePlace(place, of, make.stamp) for place, of in places)))
    library.close_run(RunState.COMPLETED)
    assert preview(library, b"/music/sub/").elsewhere == ((earlier, b"/other/2.flac"), (B, b"/other/1.flac"))
