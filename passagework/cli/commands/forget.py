"""``passagework forget``: delete what the library knows of files and folders, and nothing else."""

import os
import re
import time
from collections.abc import Iterable
from itertools import islice
from typing import Final

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.cli.output.view_text import value_text
from passagework.domain.counted import counted
from passagework.domain.edits import UserValue
from passagework.domain.files import display_path
from passagework.domain.forgetting import Forget, Forgettable, Forgotten, OwnPassage
from passagework.domain.plain_text import plain
from passagework.json_forms.document import path_json

_SHOWN: Final = 20
"""So many files are named to people, and all that people set."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

_LENGTH: Final = re.compile(r"([0-9]{1,6})([smhdw])")


def _length(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """Read a length of time, in nanoseconds."""
    if value is None:
        return None
    written = _LENGTH.fullmatch(value.strip().lower())
    if written is None:
        raise click.BadParameter(f"{value} is no length of time; write 90d, 12h or 8w, for example")
    return int(written[1]) * _SECONDS[written[2]] * 10**9


@click.command(cls=SettingsCommand)
@click.argument("paths", nargs=-1, type=GivenPath(), metavar="[ROOT|FILE]...")
@click.option(
    "--missing-since",
    "missing_ns",
    metavar="LENGTH",
    callback=_length,
    help="Only files that have been missing for longer: 90d, 8w, 12h.",
)
@click.option("--excluded", is_flag=True, help="Only files that the rules of the scan leave out.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object. Without --yes nothing is forgotten.")
@click.pass_obj
def forget(
    chosen: Chosen, paths: tuple[str, ...], *, missing_ns: int | None, excluded: bool, yes: bool, as_json: bool
) -> None:
    """Forget files, or folders with all that is below them: passages, and what was set on them, too.

    It says what would be forgotten, and asks. No file on the disk is touched. It cannot be undone; a file that is still
    there is a new one for the next import. With --missing-since or --excluded a ROOT or FILE may be left out: then all
    of the library is meant.
    """
    if not paths and missing_ns is None and not excluded:
        raise click.UsageError("name what to forget: a ROOT or a FILE, --missing-since LENGTH or --excluded")
    settings = chosen.settings().library
    wanted = Forget(
        paths=tuple(os.path.abspath(os.fsencode(path)) for path in paths),
        missing_before_ns=None if missing_ns is None else time.time_ns() - missing_ns,
        excluded=excluded,
    )
    with Library.open(settings.path) as library:
        found = library.forgettable(wanted)
    if not as_json:
        for line in forget_lines(found):
            say(line)
    done = None
    if (found.files or found.elsewhere) and (yes or (not as_json and click.confirm("Forget this?"))):
        with open_to_edit(settings, on_update=show_update(), on_forwarded=say_forwarded) as library:
            done = library.forget(wanted)
    if as_json:
        print_document(forget_json(found, done))
    elif done is not None:
        of_files = f"{counted(done.files, 'file')}, {counted(done.passages, 'passage')}"
        say(f"forgotten: {of_files} and {counted(done.entities, 'name')} that only they had")
    elif found.files or found.elsewhere:
        say("nothing was forgotten")


def forget_lines(found: Forgettable) -> Iterable[str]:
    """Tell a person what would be forgotten, and what stays."""
    for path, place in islice(found.elsewhere, _SHOWN):
        yield f"stays: {display_path(path)}, which is also {display_path(place)}"
    if len(found.elsewhere) > _SHOWN:
        yield f"stays: {len(found.elsewhere) - _SHOWN} more that are also elsewhere (--json lists all)"
    if not found.files and not found.elsewhere:
        yield "there is nothing to forget"
    if not found.files:
        return
    yield f"to forget: {counted(len(found.files), 'file')} with {counted(found.passages, 'passage')}"
    for path in islice(found.files, _SHOWN):
        yield f"  {display_path(path)}"
    if len(found.files) > _SHOWN:
        yield f"  and {len(found.files) - _SHOWN} more (--json lists all)"
    if found.present:
        yield f"not missing: {found.present} of them; the next import finds those that are there as new files"
    if found.own:
        yield f"what people set on {counted(len(found.own), 'passage')} would be lost:"
    for own in found.own:
        values = ", ".join(f"{_field(one)}={value_text(one.value)}" for one in own.values)
        name = plain(f"{own.artists or '?'} - {own.title or '?'}")
        yield f"  {own.guid[:8]}  {name}: {values}  [{display_path(own.path)}]"
    yield "this cannot be undone; a copy made before would keep it: passagework backup FILE"


def forget_json(found: Forgettable, done: Forgotten | None) -> dict[str, object]:
    """Return what would be forgotten, or was."""
    return {
        "forgotten": done is not None,
        "file_count": len(found.files) if done is None else done.files,
        "present_count": found.present,
        "passage_count": found.passages if done is None else done.passages,
        "entity_count": done and done.entities,
        "file_items": [path_json(path) for path in found.files],
        "own_items": [_own_json(own) for own in found.own],
        "elsewhere_items": [_elsewhere_json(path, place) for path, place in found.elsewhere],
    }


def _own_json(own: OwnPassage) -> dict[str, object]:
    return {
        "guid": own.guid,
        **path_json(own.path),
        "title": own.title,
        "artists": own.artists,
        "values": [{"field": _field(one), "value": one.value} for one in own.values],
    }


def _field(one: UserValue) -> str:
    return one.field if one.part is None else f"{one.field}.{one.part}"


def _elsewhere_json(path: bytes, place: bytes) -> dict[str, object]:
    other = path_json(place)
    return {**path_json(path), "place": other["path"], "place_hex": other["path_hex"]}
