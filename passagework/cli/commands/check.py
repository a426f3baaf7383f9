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
    """Look for damage in all of the library. Takes some 20 seconds for each gigabyte, and changes nothing in it.

    SQLite looks whether the file is whole; then the library's own rules are looked at: curves and fingerprints can be
    read, passages lie within their files, names are those that are stated, and so on. A damaged library is marked
    (LIBRARY.damaged), and nothing writes to it until a check finds nothing wrong or you delete the mark. Exit code 3 if
    anything is wrong.
    """
    settings = chosen.settings().library
    found = Library.check(settings.path, synced=settings.synchronous == "full")
    for line in _lines(found, str(settings.path)):
        say(line)
    sys.exit(ExitCode.OK if found.is_whole else ExitCode.LIBRARY_UNAVAILABLE)


def _lines(found: LibraryCheckup, path: str) -> Iterable[str]:
    if found.damage:
        yield from _damaged(found.damage, path)
        return
    if found.broken:
        yield f"{path} is whole, but breaks its own rules:"
        for rule in found.broken:
            yield f"  {rule.what}: {rule.count}, the first is {rule.example}"
            yield f"    what to do: {rule.advice}"
    else:
        yield f"ok: {path} is whole"
    for part in found.wrong:
        yield f"its {part} did not agree with it: the next import makes that again"
    if found.mark_removed:
        yield "its mark was removed: it can be written again"
    elif found.is_marked and found.broken:
        yield f"its mark stays; to let an import mend it, delete {path}.damaged"
    elif found.is_marked:
        yield "its mark stays, because another process holds the library or nothing may be written beside it"


def _damaged(damage: Iterable[str], path: str) -> Iterable[str]:
    yield f"{LibraryDamagedError.code}: {path}"
    for line in damage:
        yield f"  {' '.join(line.split())}"
    yield "Nothing was changed. What to do:"
    yield "  1. restore a backup: put it in the place of the library, and delete the -wal and -shm files beside it;"
    # Another name, beside it: SQLite's shell would add to a library that is there.
    rescued = shlex.quote(f"{path}.recovered")
    yield f'  2. or save what can be read: sqlite3 {shlex.quote(path)} ".recover" | sqlite3 {rescued}'
    yield "     and put that in the place of the library in the same way;"
    yield '  then run "passagework check" again: it removes the mark of a library that is whole.'
