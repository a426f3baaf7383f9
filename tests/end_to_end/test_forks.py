"""A fork of a host's process, as pools of processes make them, has neither the importer's threads nor its lock."""

import multiprocessing

import pytest

from passagework import Importer, Library, load_settings
from passagework.domain.errors import ImporterForkedError

FORKS = multiprocessing.get_context("fork")

CALLS = {
    "status": lambda importer, _: importer.library.status(),
    "list": lambda importer, _: list(importer.library.passages()),
    "set": lambda importer, _: importer.library.set("guid", title="Title"),
    "start": lambda importer, _: importer.start("/"),
    "watch": lambda importer, _: importer.watch("/"),
    "undo": lambda importer, _: importer.undo(1),
    "listen": lambda importer, _: importer.listen(print),
    "wait": lambda _, run: run.wait(),
    "events": lambda _, run: list(run.events()),
}


@pytest.fixture
def settings(tmp_path):
    return load_settings(overrides={"library.path": str(tmp_path / "a.passages"), "analysis.executor": "inline"})


def in_a_fork(call, *arguments):
    """Give what a call raises in a fork, None if nothing; it has ten seconds."""
    receiver, sender = FORKS.Pipe(duplex=False)

    def work():
        try:
            call(*arguments)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            sender.send(type(error))
        else:
            sender.send(None)

    child = FORKS.Process(target=work)
    child.start()
    assert receiver.poll(10), "the call hangs in the fork"
    found = receiver.recv()
    child.join()
    return found


@pytest.mark.parametrize("what", CALLS)
def test_what_would_wait_for_ever_in_a_fork_is_a_clear_error(what, settings, tmp_path):
    with Importer(settings) as importer:
        run = importer.start(tmp_path)
        run.wait(60)
        assert in_a_fork(CALLS[what], importer, run) is ImporterForkedError
        assert importer.library.status().passages == 0


def test_the_end_of_a_with_block_in_a_fork_closes_nothing_of_the_process_that_it_was_forked_from(settings, tmp_path):
    with Importer(settings) as importer:
        assert in_a_fork(importer.close) is None
        importer.start(tmp_path).wait(60)


def test_a_fork_that_lives_on_does_not_keep_the_library_locked(settings, tmp_path):
    go_on = FORKS.Event()
    with Importer(settings):
        child = FORKS.Process(target=go_on.wait)
        child.start()
    with Importer(settings) as again:
        again.start(tmp_path).wait(60)
    go_on.set()
    child.join()


def test_a_fork_can_open_importers_of_its_own(settings, tmp_path):
    own = settings.model_copy(update={"library": settings.library.model_copy(update={"path": tmp_path / "b.passages"})})
    with Importer(settings):
        assert in_a_fork(lambda: Importer(own).close()) is None
    with Library.open(tmp_path / "b.passages") as library:
        assert library.status().passages == 0
