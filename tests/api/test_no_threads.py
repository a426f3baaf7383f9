"""Where the system gives no more threads: a clear error, and nothing is left open."""

import os
import threading
from contextlib import suppress

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.domain.errors import NoThreadError

MOST = 12
"""More threads than an importer has."""


@pytest.fixture
def settings(tmp_path):
    return load_settings(overrides={"library.path": str(tmp_path / "music.passages")})


@pytest.fixture
def permit(monkeypatch):
    """Give a function after which so many threads can still be started."""
    start = threading.Thread.start

    def permitted(number):
        left = iter(range(number))

        def start_or_refuse(thread):
            if next(left, None) is None:
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", start_or_refuse)

    yield permitted
    monkeypatch.setattr(threading.Thread, "start", start)


def handles():
    return len(os.listdir("/proc/self/fd"))


def test_an_importer_that_gets_too_few_threads_says_so_and_leaves_nothing(settings, permit):
    before, open_before, refused = set(threading.enumerate()), handles(), 0
    for number in range(MOST):
        permit(number)
        try:
            importer = Importer(settings, make_executor=InlineExecutor, listeners=[print])
        except NoThreadError:
            refused += 1
        else:
            importer.close()
            break
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
        assert set(threading.enumerate()) == before
        assert handles() == open_before
    assert refused >= 7
    permit(MOST)
    with Importer(settings, make_executor=InlineExecutor):
        """The library is free again."""


@pytest.mark.parametrize("what", ["listen", "watch"])
def test_what_needs_a_thread_later_says_that_there_is_none(settings, permit, tmp_path, what):
    with Importer(settings, make_executor=InlineExecutor) as importer:
        before = handles()
        permit(0)
        with pytest.raises(NoThreadError):
            importer.listen(print) if what == "listen" else importer.watch(tmp_path)
        assert handles() == before
        permit(MOST)
        with suppress(NoThreadError):
            importer.listen(print)


def test_other_runtime_errors_are_no_lack_of_threads(settings, monkeypatch):
    def fail(_thread):
        raise RuntimeError("threads can only be started once")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(RuntimeError, match="only be started once"):
        Importer(settings, make_executor=InlineExecutor)
