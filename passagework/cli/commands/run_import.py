"""``passagework import``: run an import, show how it goes, say how it ended."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import NoReturn

import click

from passagework import Importer, Run
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.progress_view import show_progress
from passagework.cli.output.report import exit_code_for, print_report
from passagework.cli.output.report_json import report_json
from passagework.cli.streams import reader_has_left, restore_terminal, say_at_once
from passagework.config.settings import Settings
from passagework.domain.exit_codes import ExitCode
from passagework.domain.progress import RunReport


@click.command("import", cls=SettingsCommand)
@click.argument("folders", nargs=-1, type=click.Path())
@click.option("--retry-failed", is_flag=True, help="Analyse again what failed earlier, though it has not changed.")
@click.option("--reanalyze", is_flag=True, help="Analyse unchanged files, too, as after a change of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object; progress goes to stderr.")
@click.option("--quiet", "-q", is_flag=True, help="No progress; only the report.")
@click.option("--verbose", "-v", is_flag=True, help="The log on stderr, in place of the progress.")
@click.pass_obj
def import_(
    chosen: Chosen,
    folders: tuple[str, ...],
    *,
    retry_failed: bool,
    reanalyze: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Import FOLDERS of music into the library; without FOLDERS, the roots of the configuration.

    Files are only read, never changed. Ctrl-C once stops cleanly: what is stored stays, and the next import goes on
    from there. Ctrl-C twice stops at once.
    """
    settings = chosen.settings()
    configure_logging(settings.log, to_stderr=verbose)
    report = run_import(
        settings, folders, retry_failed=retry_failed, reanalyze=reanalyze, as_json=as_json, quiet=quiet or verbose
    )
    sys.exit(exit_code_for(report))


def run_import(
    settings: Settings,
    folders: tuple[str, ...],
    *,
    retry_failed: bool = False,
    reanalyze: bool = False,
    as_json: bool = False,
    quiet: bool,
) -> RunReport:
    """Import, print the report, and give it.

    Raises LibraryError behind the report when what is still unwritten at the end cannot be written.
    """
    report: RunReport | None = None
    try:
        with ExitStack() as until_closed, Importer(settings) as importer:
            run = importer.start(folders or None, retry_failed=retry_failed, reanalyze=reanalyze)
            until_closed.enter_context(_interruptible(run))
            show_progress(run, quiet=quiet)
            report = run.wait()
    finally:
        if report is not None:
            _print(report, settings, as_json=as_json)
    return report


def _print(report: RunReport, settings: Settings, *, as_json: bool) -> None:
    try:
        if as_json:
            print_document(report_json(report))
        else:
            print_report(report, settings.library.path)
    except BrokenPipeError:
        reader_has_left()


@contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    """Cancel the run at the first interrupt or termination; at the second, also while the library is closed, stop now.

    With a library that takes no writes the end does not wait for it.
    """
    asked = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            _stop_now()
        asked = True
        run.cancel()
        say_at_once(b"\nstopping; what is stored stays (again: stop at once)\n")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_now() -> NoReturn:
    """Leave without any clean-up: the library is safe at every moment, and the workers die with their parent."""
    restore_terminal()
    os._exit(ExitCode.INTERRUPTED)
