"""``passagework undo``: restore the library to its state before an import."""

import sys
from collections.abc import Iterable
from dataclasses import asdict

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.run_text import headline
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.domain.counted import counted
from passagework.domain.exit_codes import ExitCode
from passagework.domain.undo import Undone
from passagework.domain.views import RunView


@click.command(cls=SettingsCommand)
@click.argument("run", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def undo(chosen: Chosen, run: int | None, *, as_json: bool) -> None:
    """Undo an import: restore the library to its state before RUN.

    RUN is the number of the newest import that changed anything; then the one before it can be undone. Without RUN, the
    latest imports are listed, and nothing is undone (exit code 2). User values stay, and no music file is touched: the
    next import gives the same results again.
    """
    if run is None:
        if as_json:
            raise click.UsageError("name the RUN to undo")
        with Library.open(chosen.settings().library.path) as library:
            for line in _list(library.runs()):
                say(line)
        sys.exit(ExitCode.USAGE)
    with open_to_edit(chosen.settings().library, on_update=show_update(), on_forwarded=say_forwarded) as library:
        undone = library.undo(run)
    if as_json:
        print_document(asdict(undone))
    else:
        for line in _lines(undone):
            say(line)


def _list(runs: Iterable[RunView]) -> Iterable[str]:
    yield "the latest imports; the newest that changed anything can be undone: passagework undo RUN"
    for run in runs:
        yield headline(run)


def _lines(undone: Undone) -> Iterable[str]:
    yield (
        f"run {undone.run} undone: {counted(undone.files, 'file')} and {counted(undone.passages, 'passage')} deleted, "
        f"{counted(undone.restored, 'changed row')} restored"
    )
    if undone.kept:
        yield f"kept: {counted(undone.kept, 'passage')} with user values; the next import of their files restores them"
