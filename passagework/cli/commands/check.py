"""``passagework check``: look for damage in the whole library."""

import shlex
import sys
from collections.abc import Iterable

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import say
from passagework.domain.checkup import LibraryCheckup
from passagework.domain.errors import LibraryDamagedError
from passagework.domain.exit_codes import ExitCode


@click.command(cls=SettingsCommand)
@click.pass_obj
def check(chosen: Chosen) -> None:
    """Look for damage in all of the library. Takes some 5 seconds for each gigabyte, and changes nothing in it.

    A damaged library is marked (LIBRARY.damaged), and nothing writes to it until a check finds it whole or you delete
    the mark. Exit code 3 if it is damaged.
    """
    settings = chosen.settings().library
    found = Library.check(settings.path, synced=settings.synchronous == "full")
    for line in _lines(found, str(settings.path)):
        say(line)
    sys.exit(ExitCode.LIBRARY_UNAVAILABLE if found.damage else ExitCode.OK)


def _lines(found: LibraryCheckup, path: str) -> Iterable[str]:
    if not found.damage:
        yield f"ok: {path} is whole"
        for part in found.wrong:
            yield f"its {part} did not agree with it: the next import makes that again"
        if found.mark_removed:
            yield "its mark was removed: it can be written again"
        elif found.is_marked:
            yield "its mark stays, because another process holds the library or nothing may be written beside it"
        return
    yield f"{LibraryDamagedError.code}: {path}"
    for damage in found.damage:
        yield f"  {' '.join(damage.split())}"
    yield "Nothing was changed. What to do:"
    yield "  1. restore a backup: put it in the place of the library, and delete the -wal and -shm files beside it;"
    # Another name, beside it: SQLite's shell would add to a library that is there.
    rescued = shlex.quote(f"{path}.recovered")
    yield f'  2. or save what can be read: sqlite3 {shlex.quote(path)} ".recover" | sqlite3 {rescued}'
    yield "     and put that in the place of the library in the same way;"
    yield '  then run "passagework check" again: it removes the mark of a library that is whole.'
