"""How the tests share the machine: which of them are spread over processes, and who may be alone."""

import fcntl
import os
import threading
from types import SimpleNamespace

import pytest

from tests.support.beside_others import MOST_WORKERS, Room, leave_out_unless_asked_for, workers_for


def config(*args, keyword="", markexpr="", collectonly=False):
    option = SimpleNamespace(keyword=keyword, markexpr=markexpr, collectonly=collectonly)
    return SimpleNamespace(args=list(args), option=option, hook=SimpleNamespace(pytest_deselected=lambda **_: None))


@pytest.mark.parametrize(
    "asked", [config("tests/a/test_b.py"), config("tests/a/test_b.py::test_c"), config("tests", keyword="gap")]
)
def test_what_somebody_chose_to_look_at_runs_in_this_process(asked):
    assert workers_for(asked) == 0


@pytest.mark.parametrize("asked", [config("tests"), config("tests", markexpr="not slow"), config("tests/domain")])
def test_folders_are_spread_over_the_cores(asked):
    assert workers_for(asked) == min(os.cpu_count(), MOST_WORKERS)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        (config("tests"), ["often"]),
        (config("tests", markexpr="not slow"), ["often"]),
        (config("tests", markexpr="once"), ["often", "once"]),
        (config("tests/a/test_b.py::once"), ["often", "once"]),
    ],
)
def test_what_is_run_once_is_left_out_unless_it_is_asked_for(asked, left):
    marks = {"often": (), "once": ("once",)}
    items = [SimpleNamespace(name=name, get_closest_marker=marks[name].__contains__) for name in marks]
    leave_out_unless_asked_for(asked, items)
    assert [item.name for item in items] == left


def is_held(path, how):
    with open(path, "rb") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_who_wants_to_be_alone_waits_for_the_others_and_lets_nobody_in_meanwhile(tmp_path):
    inside, leave = threading.Event(), threading.Event()

    def be_alone():
        with Room(tmp_path).entered(alone=True):
            inside.set()
            leave.wait(30)

    alone = threading.Thread(target=be_alone)
    with Room(tmp_path).entered(alone=False):
        with Room(tmp_path).entered(alone=False):
            alone.start()
            while not is_held(tmp_path / "door", fcntl.LOCK_SH):
                pass
        assert not inside.is_set()
    assert inside.wait(30)
    assert is_held(tmp_path / "room", fcntl.LOCK_SH)
    leave.set()
    alone.join()
    assert not is_held(tmp_path / "room", fcntl.LOCK_EX)
