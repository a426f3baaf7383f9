"""``passagework demo``: create a small music folder, import it, and suggest commands to try."""

import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from passagework.cli.commands.run_import import run_import
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.report import exit_code_for
from passagework.cli.output.say import say
from passagework.demo import DemoFolder, make_demo_folder
from passagework.domain.counted import counted
from passagework.domain.exit_codes import ExitCode
from passagework.domain.progress import RunReport

LIBRARY = "demo.passages"


@click.command(cls=SettingsCommand)
@click.argument("folder", default="passagework-demo", type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="No progress; only the report.")
@click.pass_obj
def demo(chosen: Chosen, folder: Path, *, quiet: bool) -> None:
    """Create a small folder of music in FOLDER (default: passagework-demo) and import it.

    The library is created in the same folder, unless this command line or its --config names another one. Two of the
    files are no music. Their failure is part of the demo and does not affect the exit code.
    """
    settings = _with_own_library(chosen, folder).settings()
    configure_logging(settings.log, to_stderr=False)
    made = make_demo_folder(folder)
    refused = sum(file.failure is not None for file in made.files)
    _say(
        f"{counted(made.made, 'file')} created in {folder}" if made.made else f"nothing to create: {folder} is complete"
    )
    _say(f"{refused} of its files are no music on purpose: an import rejects them and says why")
    report = run_import(settings, (str(folder),), quiet=quiet)
    for line in _conclusion(made, report):
        _say(line)
    code = exit_code_for(report)
    if code is ExitCode.FAILED and report.error is None and not _unexpected(made, report):
        code = ExitCode.OK
    if code is ExitCode.OK:
        say()
        for line in _next_steps(made, settings.library.path):
            _say(line)
    sys.exit(code)


def _with_own_library(chosen: Chosen, folder: Path) -> Chosen:
    """Keep the demo's music out of the library of real music, which the user's configuration may name."""
    if chosen.config is not None and chosen.resolve().sources["library.path"] != "default":
        return chosen
    return replace(chosen, overrides={"library.path": str(folder / LIBRARY), **chosen.overrides})


def _conclusion(made: DemoFolder, report: RunReport) -> Iterator[str]:
    """Separate the expected failures from others, and explain what a second run shows."""
    unexpected = _unexpected(made, report)
    for path in sorted(unexpected):
        yield f"this failure is not part of the demo: {os.fsdecode(path)}"
    if report.new_failures and not unexpected:
        yield f"the {len(report.summary.failed)} failures are expected in the demo"
    if not report.summary.analysed and report.progress.files_unchanged:
        yield "nothing was analysed again: no file has changed since the last import"


def _unexpected(made: DemoFolder, report: RunReport) -> frozenset[bytes]:
    """Return the paths of the files that failed unexpectedly, or for another reason."""
    expected = {os.path.abspath(os.fsencode(made.folder / file.path)): file.failure for file in made.files}
    return frozenset(
        failed.path for failed in report.summary.failed if expected.get(failed.path) is not failed.failure.code
    )


def _next_steps(made: DemoFolder, library: Path) -> Iterator[str]:
    own = made.folder / LIBRARY
    option = f"--library {shlex.quote(str(own if own.absolute() == library else library))}"
    side = max(made.files, key=lambda file: len(file.pieces))
    file = shlex.quote(str(made.folder / side.path))
    yield "try next:"
    yield f"  passagework list {option}"
    yield f"  passagework show {option} {file}"
    yield f"  passagework plot {option} {file}"
    one = next(file for file in made.files if len(file.pieces) == 1 and file.failure is None)
    yield f"  passagework similar {option} --n 3 {shlex.quote(str(made.folder / one.path))}    (what is like this?)"
    yield f"  passagework demo {shlex.quote(str(made.folder))}    (again: nothing is analysed twice)"


def _say(line: str) -> None:
    say(line)
