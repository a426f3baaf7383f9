"""Other places of files: each row belongs to one file, whatever becomes of it."""

from dataclasses import replace

import pytest

from passagework.domain.changes import Found
from passagework.domain.forgetting import Forget
from passagework.domain.moves import FileMove, FilePlace
from passagework.domain.views import FileState, RunState
from passagework.persistence.read.queries import Findings, Runs
from passagework.persistence.user.forget import forget_files
from passagework.persistence.user.undo import undo_run
from passagework.persistence.write.writes import JoinMoved, MarkMissing, MoveFiles, StorePlaces

A, B, C, D = b"/music/a.flac", b"/music/b.flac", b"/other/c.flac", b"/other/d.flac"


@pytest.fixture
def filled(library, make):
    """Give a library with two files of a first run, and a second run under way."""
    library.write(make.store(1, A, audio=b"a"), make.store(1, B, audio=b"b"))
    library.close_run(RunState.COMPLETED)
    library.new_run()
    return library


def places(library):
    rows = library.connection.execute(
        """
        SELECT l.path, f.path, d.path FROM file_place AS l JOIN file AS f ON f.id = l.file_id
        JOIN folder AS d ON d.id = l.folder_id ORDER BY l.path
        """
    )
    return [(place, path) for place, path, folder in rows if place.startswith(folder + b"/")]


def store(library, make, *pairs):
    stored = tuple(FilePlace(path, of, make.stamp) for path, of in pairs)
    return library.write(StorePlaces(library.run, stored))


def move(library, make, source, target):
    guid = library.file(source).guid
    return MoveFiles(library.run, (FileMove(guid=guid, source=source, target=target, stamp=make.stamp),))


def test_places_are_stored_changed_and_removed_and_a_second_delivery_changes_nothing(filled, make):
    for pairs, found in (
        ([(C, A), (D, A)], [(C, A), (D, A)]),
        ([(C, B)], [(C, B), (D, A)]),
        ([(C, None), (D, B)], [(D, B)]),
    ):
        store(filled, make, *pairs)
        assert places(filled) == found
        before = filled.content()
        store(filled, make, *pairs)
        assert filled.content() == before
    assert (filled.file(D), filled.file(D).places) == (filled.file(B), (D,))


def found_places(library):
    return {
        one.path: (one.placed, one.unplaced)
        for one in library.ask(Findings(library.run, 100, 0)).findings
        if one.placed or one.unplaced
    }


def test_a_run_says_which_places_are_new_and_which_are_gone_since_its_beginning(filled, make):
    store(filled, make, (D, A), (C, A))
    assert found_places(filled) == {A: ((C, D), ())}
    filled.close_run(RunState.COMPLETED)
    assert dict(filled.ask(Runs(1))[0].found) == {Found.PLACED: 1}
    filled.new_run()
    store(filled, make, (C, B), (D, None))
    assert found_places(filled) == {A: ((), (C, D)), B: ((C,), ())}
    store(filled, make, (C, A), (D, B))
    assert found_places(filled) == {A: ((), (D,)), B: ((D,), ())}
    store(filled, make, (D, A))
    assert found_places(filled) == {}


def test_the_move_of_a_file_to_a_place_or_from_one_is_told_as_a_move_alone(filled, make):
    store(filled, make, (C, A), (D, A))
    filled.close_run(RunState.COMPLETED)
    filled.new_run()
    filled.write(move(filled, make, A, C))
    store(filled, make, (A, C))
    assert found_places(filled) == {}
    (one,) = filled.ask(Findings(filled.run, 100, 0)).findings
    assert (one.found, one.from_path, one.path) == ((Found.MOVED,), A, C)


def test_what_is_forgotten_is_found_by_no_run(filled, make):
    store(filled, make, (C, A))
    forget_files(filled.connection, Forget(paths=(b"/other",)))
    filled.new_run()
    filled.write(make.store(filled.run, B, audio=b"B"))
    assert found_places(filled) == {}


def test_files_that_are_there_have_a_place_below_each_name_of_their_root(filled, make):
    store(filled, make, (b"/music/sub/link.flac", A))
    filled.write(MarkMissing(filled.run, (B,)))
    for _ in range(2):
        filled.write(JoinMoved(filled.run, ((b"/music", b"/second"),)))
        assert places(filled) == [(b"/music/sub/link.flac", A), (b"/second/a.flac", A), (b"/second/sub/link.flac", A)]
    folders = "SELECT path_text FROM folder ORDER BY 1"
    assert [text for (text,) in filled.connection.execute(folders)] == [
        *("/music", "/music/sub", "/second", "/second/sub")
    ]
    filled.close_run(RunState.COMPLETED)
    undo_run(filled.connection, filled.run, 1)
    assert places(filled) == []


def test_a_place_may_come_before_the_first_result_of_its_file(filled, make):
    store(filled, make, (D, C))
    assert filled.file(C).state is FileState.PENDING
    filled.write(make.store(2, C, audio=b"c"))
    assert (filled.file(D).path, filled.file(D).state) == (C, FileState.ANALYSED)
    filled.close_run(RunState.COMPLETED)
    undo_run(filled.connection, 2, 0)
    assert places(filled) == []
    assert filled.file(C) is None


def test_a_file_that_moves_to_a_place_of_it_is_not_there_as_well(filled, make):
    store(filled, make, (C, A), (D, A))
    filled.write(move(filled, make, A, C))
    assert places(filled) == [(D, C)]
    filled.close_run(RunState.COMPLETED)
    undo_run(filled.connection, 2, 0)
    assert places(filled) == []
    assert filled.file(A).path == A


def test_undo_gives_a_place_back_to_its_file(filled, make):
    store(filled, make, (C, A), (D, A))
    filled.close_run(RunState.COMPLETED)
    filled.new_run()
    store(filled, make, (C, B), (D, None))
    filled.close_run(RunState.COMPLETED)
    undo_run(filled.connection, 3, 0)
    assert places(filled) == [(C, A), (D, A)]


def test_a_file_that_moves_over_one_that_only_began_has_the_places_of_it(filled, make):
    store(filled, make, (D, C))
    guid = filled.file(A).guid
    filled.write(move(filled, make, A, C))
    assert places(filled) == [(D, C)]
    assert filled.file(D).guid == guid


def test_a_missing_file_that_a_new_one_is_has_the_places_of_it(filled, make):
    stamp = replace(make.stamp, mtime_ns=9)
    guid = filled.file(A).guid
    filled.write(make.store(2, C, audio=b"a", stamp=stamp))
    store(filled, make, (D, C))
    filled.write(MarkMissing(2, (A,)), JoinMoved(2))
    assert places(filled) == [(D, C)]
    assert filled.file(D).guid == guid
