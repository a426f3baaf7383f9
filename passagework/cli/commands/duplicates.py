"""``passagework duplicates``: pieces that the library has more than once."""

from collections.abc import Iterable

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_line
from passagework.cli.output.say import say
from passagework.domain.duplicates import Duplicates
from passagework.domain.files import display_path
from passagework.domain.plain_text import plain
from passagework.json_forms.duplicates import duplicates_json


@click.command(cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_obj
def duplicates(chosen: Chosen, *, as_json: bool) -> None:
    """List what the library has more than once, the best first: same bytes, same audio, same recording.

    Lists and exports leave all but the best out with --best-only, or with the setting duplicates.leave_out.
    """
    with Library.open(chosen.settings().library.path) as library:
        groups = library.duplicates()
    for group in groups:
        if as_json:
            print_line(duplicates_json(group))
        else:
            for line in _lines(group):
                say(line)
    if not groups and not as_json:
        say("nothing is there more than once", err=True)


def _lines(group: Duplicates) -> Iterable[str]:
    yield f"{group.sameness} {group.key[:36]}"
    for number, copy in enumerate(group.copies):
        rate = f", {copy.bit_rate // 1000} kbit/s" if copy.bit_rate and not copy.lossless else ""
        name = plain(f"{copy.artists or '?'} - {copy.title or '?'}")
        mark = "best" if number == 0 else "    "
        form = f"{copy.codec}, {copy.sample_rate} Hz{rate}"
        yield f"  {mark}  {copy.guid[:8]}  {name}  ({form})  [{display_path(copy.path)}]"
