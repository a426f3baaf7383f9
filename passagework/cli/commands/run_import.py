"""``passagework import``: run an import, show its progress and its report."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType

import click

from passagework import Importer
from passagework.api.any_run import AnyRun
from passagework.api.dry_run import settings_to_try
from passagework.api.importing import ForwardedImporter, open_to_import
from passagework.api.possible_flavor import with_possible_flavor
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.progress_view import show_progress
from passagework.cli.output.report import exit_code_for, print_report
from passagework.cli.output.say import say, say_to_stderr
from passagework.cli.output.trial import Trial
from passagework.cli.output.update_view import show_update
from passagework.cli.streams import reader_has_left, say_at_once, stop_now
from passagework.config.settings import Settings
from passagework.domain.errors import NoRootsError
from passagework.domain.library_update import unheard
from passagework.domain.progress import RunReport
from passagework.json_forms.report import report_json


@click.command("import", cls=SettingsCommand)
@click.argument("folders", nargs=-1, type=GivenPath())
@click.option("--retry-failed", is_flag=True, help="Also analyse unchanged files that failed earlier.")
@click.option("--reanalyze", is_flag=True, help="Also analyse unchanged files, for example after a change of settings.")
@click.option("--dry-run", is_flag=True, help="Try it on a copy of the library, and print what would be different.")
@click.option("--online", is_flag=True, help="With --dry-run: also ask the services, as an import does.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object; progress goes to stderr.")
@click.option("--quiet", "-q", is_flag=True, help="No progress; only the report.")
@click.option("--verbose", "-v", is_flag=True, help="Log to stderr instead of the progress.")
@click.pass_obj
def import_(  # noqa: PLR0913 - one for each option
    chosen: Chosen,
    folders: tuple[str, ...],
    *,
    retry_failed: bool,
    reanalyze: bool,
    dry_run: bool,
    online: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Import FOLDERS of music into the library; without FOLDERS, the roots of the configuration.

    Files are only read, never changed. Ctrl-C once stops cleanly: stored results stay, and the next import continues
    from there. Ctrl-C twice stops at once.

    With --dry-run the library is not touched: a copy of it takes the import, is compared, and is deleted. No service is
    asked for it, unless --online says so.
    """
    # It may hold a password, so it is not repeated.
    if any("://" in folder and not os.path.exists(folder) for folder in folders):
        raise click.UsageError("import takes folders of this machine, and no addresses")
    if online and not dry_run:
        raise click.UsageError("--online belongs to --dry-run; an import asks the services that are configured")
    settings = chosen.settings()
    configure_logging(settings.log, to_stderr=verbose)
    if not folders and not settings.scan.roots:
        raise NoRootsError
    with ExitStack() as until_printed:
        trial = Trial(settings.library.path) if dry_run else None
        if trial is not None:
            settings = until_printed.enter_context(settings_to_try(settings, online=online))
        report = run_import(
            settings,
            folders,
            retry_failed=retry_failed,
            reanalyze=reanalyze,
            as_json=as_json,
            quiet=quiet or verbose,
            trial=trial,
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
    trial: Trial | None = None,
) -> RunReport:
    """Import, print the report, and return it. ``trial``: the library of these settings is a copy to try it on.

    Raises LibraryError after the report if the remaining results cannot be written.
    """
    if not folders and not settings.scan.roots:
        # Before the importer opens, and makes, the library.
        raise NoRootsError
    report: RunReport | None = None
    try:
        with (
            _noticed() as interrupt,
            ExitStack() as until_closed,
            _opened(settings, trial, quiet=quiet) as importer,
        ):
            if isinstance(importer, Importer) and (no_nets := with_possible_flavor(settings)[1]) is not None:
                say(f"warning: flavor.level is full, and this import hears without nets: {no_nets}", err=True)
            interrupt.opening = False
            run = importer.start(folders or None, retry_failed=retry_failed, reanalyze=reanalyze)
            until_closed.enter_context(_interruptible(run))
            if interrupt.came:
                run.cancel()
            show_progress(run, quiet=quiet)
            report = run.wait()
    finally:
        if report is not None:
            _print(report, settings, trial, as_json=as_json)
    return report


def _opened(
    settings: Settings, trial: Trial | None, *, quiet: bool
) -> AbstractContextManager[Importer | ForwardedImporter]:
    return open_to_import(
        settings,
        on_update=unheard if quiet else show_update(),
        listeners=() if trial is None else (trial.hear,),
        instead_of=None if trial is None else trial.library,
        say=say_to_stderr,
    )


def _print(report: RunReport, settings: Settings, trial: Trial | None, *, as_json: bool) -> None:
    try:
        if trial is not None:
            trial.tell(report, settings.library.path, as_json=as_json)
        elif as_json:
            print_document(report_json(report))
        else:
            print_report(report, settings.library.path)
    except BrokenPipeError:
        reader_has_left()


class _Noticed:
    """Handle SIGINT while the importer opens, and until the run can be cancelled: then it is only noted, once.

    Python only prints a KeyboardInterrupt that is raised in a destructor or a callback, and goes on.
    """

    def __init__(self) -> None:
        self.came = False
        self.opening = True

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note it; what can be left is left."""
        leaves = self.opening or self.came
        self.came = True
        if leaves:
            signal.default_int_handler(number, frame)


@contextmanager
def _noticed() -> Iterator[_Noticed]:
    noticed = _Noticed()
    before = signal.signal(signal.SIGINT, noticed)
    try:
        yield noticed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _interruptible(run: AnyRun) -> Iterator[None]:
    """Cancel the run at the first SIGINT or SIGTERM; exit at the second, also while the library is being closed.

    If the library cannot be written, the end does not wait for it.
    """
    asked = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            stop_now()
        asked = True
        run.cancel()
        say_at_once(b"\nstopping; stored results stay (again: stop at once)\n")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
