"""``passagework set``: set user values."""

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.cli.output.view_text import value_text
from passagework.cli.passage_named import passage_of_file
from passagework.domain.edits import Edited, EditError, Subject, UserValues
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.flavor.written_shares import read_shares, sums_to_1
from passagework.domain.given_cuts import read_bounds
from passagework.domain.units import clock_time
from passagework.domain.user_fields import from_text, moment_from_text
from passagework.json_forms.views import edited_json

_BACK: Final = {True: " (cleared)", False: " (cleared: imports maintain it again)"}


@click.command("set", cls=SettingsCommand)
@click.argument("target", type=GivenPath())
@click.argument("values", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def set_(chosen: Chosen, target: str, values: tuple[str, ...], *, as_json: bool) -> None:
    """Set user values, which no import changes. FIELD= clears a value.

    TARGET is a passage, by its guid or a prefix of it; a song, artist, work or album, by its MBID; or a FILE with one
    passage.

    \b
    passage       title, recording (MBID or none), probability, approval (approved or rejected),
                  start, end (its file is cut so by the next import), lead_in, lead_out; TIME in seconds or as 3:20.5,
                  flavor.NAME=MEMBER:SHARE,... a characteristic of your own; its shares sum to 1
    song          title, probability, cooldown_seconds, ramp_seconds,
                  weight.ARTIST_MBID of each artist (they sum to 1; weight= clears all)
    artist        name, probability, cooldown_seconds, ramp_seconds
    work          title, probability, cooldown_seconds, ramp_seconds
    album         title, date
    """  # noqa: D301 - \b is click's mark for a paragraph that is not wrapped
    wanted = _read(values)
    settings = chosen.settings()
    with Library.open(settings.library.path) as library:
        key = passage_of_file(library, target) or target
    with open_to_edit(settings.library, on_update=show_update(), on_forwarded=say_forwarded) as library:
        try:
            edited = library.set(key, **wanted)
        except NotFoundError as error:
            path = display_path(os.path.abspath(os.fsencode(target)))
            raise NotFoundError(f"the library has no file {path}; {error}") from error
    if as_json:
        print_document({"edited": [edited_json(each) for each in edited]})
    else:
        for line in _lines(edited, cleared={name for name, value in wanted.items() if value is None}):
            say(line)
    for each in edited:
        if each.field == "flavor" and each.after is not None and not sums_to_1(read_shares(str(each.after))):
            say(f"warning: the shares of flavor.{each.part} do not sum to 1: {each.after}", err=True)


def _read(words: Sequence[str]) -> UserValues:
    """Parse ``FIELD=VALUE`` words."""
    values: dict[str, object] = {}
    parts: dict[str, dict[str, object]] = {"weight": {}, "flavor": {}}
    for word in words:
        name, equals, text = word.partition("=")
        field, dot, part = name.partition(".")
        if not equals:
            raise EditError(f"{word}: write it as FIELD=VALUE, for example probability=0.5")
        place, key = (parts[field], part) if dot and field in parts else (values, name)
        if key in place:
            raise EditError(f"{name} is given twice")
        if name in {"start", "end"} and not text.strip():
            raise EditError(
                f"{name} is of the file: passagework cut FILE --undo, or --clear, has it cut as before;"
                " nothing was changed"
            )
        place[key] = (
            moment_from_text(name, text)
            if name in {"start", "end"}
            else from_text(name if place is values else field, text)
        )
    _put_together(values, "weight", "weights", parts["weight"], "weight.ARTIST_MBID=0.7")
    flavor = {name: None if text is None else dict(read_shares(str(text))) for name, text in parts["flavor"].items()}
    _put_together(values, "flavor", "flavor", flavor, "flavor.seasonal=winter:0.7,summer:0.3")
    # The names and types were checked against the same fields.
    return values  # type: ignore[return-value]


def _put_together(values: dict[str, object], field: str, name: str, parts: Mapping[str, object], example: str) -> None:
    """Add what is set in parts, under its name in Python; the field without a part clears all of them."""
    if field in values:
        if values.pop(field) is not None or parts:
            raise EditError(f"{field}= alone clears all of it; set one as {example}")
        values[name] = None
    elif parts:
        values[name] = parts


def _lines(edited: Sequence[Edited], cleared: set[str]) -> Iterable[str]:
    """Describe the changes, and how to clear them."""
    if not edited:
        yield "nothing to change: already set"
        return
    if values := [each for each in edited if each.subject is not Subject.FILE]:
        yield from _value_lines(values, cleared)
    for each in edited:
        if each.subject is Subject.FILE:
            yield f"file {each.key}"
            bounds = read_bounds(str(each.after))
            yield f"  cut: {', '.join(f'{clock_time(one.start)}-{clock_time(one.end)}' for one in bounds)}"
            yield "the next import of its folder measures it; to take it back: passagework cut --undo FILE"


def _name_in_python(each: Edited) -> str:
    return "weights" if each.field == "weight" else each.field


def _value_lines(edited: Sequence[Edited], cleared: set[str]) -> Iterable[str]:
    yield f"{edited[0].subject} {edited[0].key}"
    undo: dict[str, None] = {}
    for each in edited:
        name = f"{each.field}.{each.part}" if each.part else each.field
        is_back = each.after is None if each.field == "flavor" else _name_in_python(each) in cleared
        if not is_back:
            undo[f"{name if each.field == 'flavor' else each.field}="] = None
        what = value_text(each.after)
        if each.before != each.after:
            what = f"{value_text(each.before)} -> {what}"
        yield f"  {name}: {what}" + (_BACK[each.field == "flavor"] if is_back else "")
    if undo:
        yield f"no import changes it; to clear it: passagework set {edited[0].key} {shlex.join(undo)}"
