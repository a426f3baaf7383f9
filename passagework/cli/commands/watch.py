"""``passagework watch``: follow folders, and import what changes in them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from passagework import Importer, Watch
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.say import put_all
from passagework.cli.output.update_view import show_update
from passagework.cli.output.watch_view import WatchLines, print_event
from passagework.cli.streams import say_at_once, stop_now
from passagework.domain.errors import NoRootsError
from passagework.domain.progress import Event


@click.command("watch", cls=SettingsCommand)
@click.argument("folders", nargs=-1, type=GivenPath())
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines: one object for each run.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
@click.option("--verbose", "-v", is_flag=True, help="Log to stderr, too.")
@click.pass_obj
def watch(chosen: Chosen, folders: tuple[str, ...], *, as_json: bool, quiet: bool, verbose: bool) -> None:
    """Import FOLDERS, then follow them: what changes is imported when it rests.

    Without FOLDERS, the roots of the configuration. Goes on until Ctrl-C or SIGTERM, which end it cleanly with exit
    code 0. SIGHUP looks through everything at once. The configuration ([watch], scan.every, scan.at) says how and when.
    """
    settings = chosen.settings()
    if not folders and not settings.scan.roots:
        # Before the importer opens, and makes, the library.
        raise NoRootsError
    configure_logging(settings.log, to_stderr=verbose)
    lines = WatchLines(settings.watch.poll_seconds)

    def show(event: Event) -> None:
        (print_event if as_json else lines)(event)
        # A pipe or a journal gets each line when it is due.
        put_all()

    listeners = [] if quiet else [show]
    with Importer(settings, listeners=listeners, on_update=show_update()) as importer:
        watching = importer.watch(folders or None)
        with _stopped_by_signals(watching):
            watching.wait()


@contextmanager
def _stopped_by_signals(watching: Watch) -> Iterator[None]:
    """Stop at SIGINT and SIGTERM, and look through everything at SIGHUP."""
    asked = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            stop_now()
        asked = True
        watching.stop()
        say_at_once(b"stopping; stored results stay (again: stop at once)\n")

    def rescan(_number: int, _frame: FrameType | None) -> None:
        watching.rescan()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: rescan}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
