"""A large library is read again beside the questions: until that is done, they are answered from what is there."""

import threading
from contextlib import closing

import pytest

from passagework.domain.errors import LibraryError
from passagework.domain.playing import NextWanted, PlayRules
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.playing import choose, state
from passagework.persistence.read.playing.state import PlayingState
from passagework.persistence.read.queries import NextPassage
from passagework.persistence.write.writes import MarkMissing
from tests.support.library import Maker

PATHS = tuple(f"/music/{name}.flac".encode() for name in "abcd")
FOREVER = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def filled(library):
    for number, path in enumerate(PATHS):
        library.write(Maker.store(library.run, path, ((0, 29), (31, 60)), audio=b"%d" % number))
    return library


@pytest.fixture
def reader(filled):
    with closing(open_readonly(filled.connection.path, any_thread=True)) as connection:
        yield connection


class Clock:
    """A clock that a test sets."""

    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def playing(clock):
    """The state of a reader for which every library is a large one."""
    made = PlayingState(0.0, clock)
    yield made
    made.close()
    assert threads() == []


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "passagework-next"]


def wait_for_threads():
    for thread in threads():
        thread.join()


def recut(library, path, *, audio):
    library.write(Maker.store(library.run, path, ((0, 20), (21, 40), (41, 60)), audio=audio))


def in_use(current):
    return int(current.playable.sum())


def test_old_arrays_answer_until_the_new_ones_are_read(filled, reader, playing, clock):
    first, fresh = playing.take(reader)
    assert (in_use(first), fresh) == (8, True)
    clock.now += 1_000
    recut(filled, PATHS[0], audio=b"new")
    assert playing.take(reader) == (first, False)
    wait_for_threads()
    current, fresh = playing.take(reader)
    assert (in_use(current), fresh) == (9, True)


def test_they_are_not_read_again_all_the_time(filled, reader, playing, clock):
    first, _ = playing.take(reader)
    recut(filled, PATHS[0], audio=b"new")
    assert playing.take(reader) == (first, False)
    assert threads() == []
    clock.now += 1_000
    playing.take(reader)
    wait_for_threads()
    recut(filled, PATHS[1], audio=b"newer")
    assert playing.take(reader)[1] is False
    assert threads() == []


def test_what_could_not_be_read_beside_is_read_by_the_next_question_which_raises_what_is_wrong(
    filled, reader, playing, clock, monkeypatch
):
    playing.take(reader)
    clock.now += 1_000
    recut(filled, PATHS[0], audio=b"new")
    whole = state._read

    def fails(*_):
        raise LibraryError("it cannot be read")

    monkeypatch.setattr(state, "_read", fails)
    assert playing.take(reader)[1] is False
    wait_for_threads()
    for _ in range(2):
        with pytest.raises(LibraryError, match="it cannot be read"):
            playing.take(reader)
    monkeypatch.setattr(state, "_read", whole)
    current, fresh = playing.take(reader)
    assert (in_use(current), fresh) == (9, True)


def test_closing_interrupts_what_is_read(filled, reader, playing, clock, monkeypatch):
    playing.take(reader)
    clock.now += 1_000
    recut(filled, PATHS[0], audio=b"new")
    reads = threading.Event()

    def endless(connection, _):
        reads.set()
        connection.execute(FOREVER).fetchone()

    monkeypatch.setattr(state, "_read", endless)
    playing.take(reader)
    assert reads.wait(30)
    playing.close()
    assert threads() == []


def test_what_old_arrays_draw_is_compared_with_the_library(filled, reader, clock, monkeypatch):
    monkeypatch.setattr(choose, "PlayingState", lambda: PlayingState(0.0, clock))
    asked = lambda seed: run_query(reader, NextPassage(NextWanted(10**18, PlayRules(), seed=seed)))  # noqa: E731
    assert len({asked(seed).passage.path for seed in range(40)}) == len(PATHS)
    filled.write(MarkMissing(filled.run, PATHS[1:]))
    found = [asked(seed) for seed in range(10)]
    assert {one.fresh for one in found} == {False}
    assert {one.passage.path for one in found} == {PATHS[0]}
