"""``passagework review``: passages that need a person's decision, and the decisions."""

from collections.abc import Sequence
from typing import Final

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_line
from passagework.cli.output.say import say
from passagework.cli.output.update_view import show_update
from passagework.cli.output.view_json import passage_json
from passagework.cli.output.view_text import candidate_lines, what
from passagework.domain.edits import EditError
from passagework.domain.files import display_path
from passagework.domain.links import NO_RECORDING
from passagework.domain.units import clock_time
from passagework.domain.views import PassageView

_DEFAULT: Final = "list"


class _Review(click.Group):
    """The group of commands; without a command, it lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command if the first argument is no command."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Review)
def review() -> None:
    """List passages that need a decision, and decide: accept, reject, or set an MBID.

    A decision is final: no import changes it. The next import links the passage accordingly. 'passagework set PASSAGE
    recording=' clears it.
    """


@review.command(_DEFAULT, cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_obj
def list_(chosen: Chosen, *, as_json: bool) -> None:
    """List proposals and doubtful passages with their candidates, best first."""
    count = 0
    with Library.open(chosen.settings().library.path) as library:
        for passage in library.review():
            count += 1
            if as_json:
                print_line(passage_json(passage))
                continue
            span = f"{clock_time(passage.start)}-{clock_time(passage.end)}"
            say(f"{passage.guid[:8]}  {span}  {what(passage)}  [{display_path(passage.path)}]")
            for line in candidate_lines(passage):
                say(line)
    if not as_json:
        if count:
            say(f"{count} to decide: passagework review accept|reject PASSAGE, or set PASSAGE MBID")
        else:
            say("nothing to decide")


@review.command("accept", cls=SettingsCommand)
@click.argument("passage")
@click.option("--candidate", type=click.IntRange(min=1), default=1, help="Number of the candidate; default: the first.")
@click.pass_obj
def accept(chosen: Chosen, passage: str, *, candidate: int) -> None:
    """Decide that PASSAGE (a prefix of its guid) is its first candidate, or another one."""
    with Library.open(chosen.settings().library.path) as library:
        found = library.passage(passage)
    named = _named(found.candidates, found, candidate)
    _decide(chosen, found, named)


@review.command("reject", cls=SettingsCommand)
@click.argument("passage")
@click.pass_obj
def reject(chosen: Chosen, passage: str) -> None:
    """Decide that PASSAGE is none of its candidates, and no known recording."""
    with Library.open(chosen.settings().library.path) as library:
        found = library.passage(passage)
    _decide(chosen, found, NO_RECORDING)


@review.command("set", cls=SettingsCommand)
@click.argument("passage")
@click.argument("recording", metavar="MBID")
@click.pass_obj
def set_(chosen: Chosen, passage: str, recording: str) -> None:
    """Decide that PASSAGE is the recording with this MBID."""
    with Library.open(chosen.settings().library.path) as library:
        found = library.passage(passage)
    _decide(chosen, found, recording.strip().lower())


def _named(candidates: Sequence[object], passage: PassageView, number: int) -> str:
    if not candidates:
        raise EditError(
            f"passage {passage.guid} has no candidates; name one: passagework review set {passage.guid} MBID"
        )
    if number > len(candidates):
        raise EditError(f"passage {passage.guid} has {len(candidates)} candidates, but no number {number}")
    return passage.candidates[number - 1].recording


def _decide(chosen: Chosen, passage: PassageView, recording: str) -> None:
    with open_to_edit(chosen.settings().library, on_update=show_update()) as library:
        edited = library.set(passage.guid, recording=recording)
    said = "no known recording" if recording == NO_RECORDING else f"recording {recording}"
    say(f"{passage.guid}: {said}" if edited else f"{passage.guid}: {said}, already decided")
    say("the next import links it; no import changes it")
