"""``passagework played``: report what was played."""

import datetime as dt

import click

from passagework.api.editing import open_to_edit
from passagework.cli.moment import Moment
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.cli.passage_named import passage_named


@click.command(cls=SettingsCommand)
@click.argument("passages", nargs=-1, required=True, type=GivenPath(), metavar="PASSAGE...")
@click.option("--at", type=Moment(), metavar="TIME", help="When it began; default: now.")
@click.option("--take-back", is_flag=True, help="It was not: remove the report of that --at.")
@click.pass_obj
def played(chosen: Chosen, passages: tuple[str, ...], *, at: dt.datetime | None, take_back: bool) -> None:
    """Report that PASSAGE was played, so that `passagework next` lets it rest. To report it twice does no harm."""
    settings = chosen.settings()
    with open_to_edit(settings.library, on_update=show_update(), on_forwarded=say_forwarded) as library:
        changed = library.played([passage_named(library, name) for name in passages], at, taken_back=take_back)
    for play in changed:
        say(f"{'taken back' if take_back else 'played'} {play.passage} at {play.at.astimezone().isoformat()}")
    if not changed:
        say("nothing to take back" if take_back else "reported already", err=True)
