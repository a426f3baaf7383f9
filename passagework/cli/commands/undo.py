"""``passagework undo``: restore the library to its state before an import."""

from collections.abc import Iterable
from dataclasses import asdict

import click

from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say
from passagework.domain.undo import Undone


@click.command(cls=SettingsCommand)
@click.argument("run", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def undo(chosen: Chosen, run: int, *, as_json: bool) -> None:
    """Undo an import: restore the library to its state before RUN.

    RUN is the number of the newest import that changed anything, as shown by "passagework status"; then the one before
    it can be undone. User values stay, and no music file is touched: the next import gives the same results again.
    """
    with open_to_edit(chosen.settings().library) as library:
        undone = library.undo(run)
    if as_json:
        print_document(asdict(undone))
    else:
        for line in _lines(undone):
            say(line)


def _lines(undone: Undone) -> Iterable[str]:
    yield (
        f"run {undone.run} undone: {undone.files} files and {undone.passages} passages deleted, "
        f"{undone.restored} changed rows restored"
    )
    if undone.kept:
        yield f"{undone.kept} passages with user values are kept; the next import of their files restores them"
