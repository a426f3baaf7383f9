"""``passagework review``: passages and cuts that need a person's decision, and the decisions."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.cli.options import Chosen, GivenPath, SettingsCommand, how_to_cut
from passagework.cli.output.document import print_line
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.cli.output.view_text import candidate_lines, what
from passagework.domain.counted import counted
from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.edits import EditError
from passagework.domain.files import display_path
from passagework.domain.links import NO_RECORDING
from passagework.domain.units import clock_time, seconds
from passagework.domain.views import PassageView
from passagework.json_forms.views import cuts_in_doubt_json, passage_json

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
    """List passages that need a decision, and decide: accept, reject, or set an MBID; and the same for cuts.

    A decision is final: no import changes it. The next import links the passage accordingly. 'passagework set PASSAGE
    recording=' clears it. Of files whose cuts are in doubt, 'cuts' lists the places; decide with cut or keep.
    'passagework cut --undo FILE' takes that back.
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
        cuts = 0 if as_json else sum(1 for _ in library.review_cuts())
    if not as_json:
        if count:
            say(f"{count} to decide: passagework review accept|reject PASSAGE, or set PASSAGE MBID")
        else:
            say("nothing to decide")
    if cuts:
        say(f"{counted(cuts, 'file')} whose cuts are in doubt: passagework review cuts")


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


@review.command("cuts", cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_obj
def cuts_(chosen: Chosen, *, as_json: bool) -> None:
    """List files whose cuts are in doubt: why, and the places where they may be cut."""
    count = 0
    with Library.open(chosen.settings().library.path) as library:
        for file in library.review_cuts():
            count += 1
            if as_json:
                print_line(cuts_in_doubt_json(file))
                continue
            for line in _lines(file):
                say(line)
    if not (count or as_json):
        say("no cuts are in doubt")


@review.command("cut", cls=SettingsCommand)
@click.argument("file", type=GivenPath())
@click.argument("numbers", type=click.IntRange(min=1), nargs=-1, required=True, metavar="NUMBER...")
@how_to_cut
@click.pass_obj
def cut_(chosen: Chosen, file: str, *, numbers: tuple[int, ...], later: bool, as_json: bool, quiet: bool) -> None:
    """Cut FILE at the middle of these of its places, as 'passagework cut --at' does."""
    from passagework.cli.commands.cut import cut_by_hand  # noqa: PLC0415 - the lists need no importer

    cut_by_hand(
        chosen.settings(),
        file,
        lambda library: library.cut(file, at=tuple(_middles(library, file, numbers))),
        later=later,
        as_json=as_json,
        quiet=quiet,
    )


@review.command("keep", cls=SettingsCommand)
@click.argument("file", type=GivenPath())
@how_to_cut
@click.pass_obj
def keep(chosen: Chosen, file: str, *, later: bool, as_json: bool, quiet: bool) -> None:
    """Decide that FILE is cut as it should be: no import cuts it in another way."""
    from passagework.cli.commands.cut import cut_by_hand  # noqa: PLC0415 - the lists need no importer

    cut_by_hand(
        chosen.settings(),
        file,
        lambda library: library.cut(file, keep=True),
        later=later,
        as_json=as_json,
        quiet=quiet,
    )


def _lines(file: CutsInDoubt) -> Iterable[str]:
    path = display_path(file.path)
    named = shlex.quote(path)
    score = "" if file.score is None else f", score {file.score:.2f}"
    yield f"{path}  {counted(file.passages, 'passage')}{score}"
    yield from (f"  why     {reason}: {reason.explanation}" for reason in file.reasons)
    for number, gap in enumerate(file.candidates, 1):
        yield f"  maybe   {number}  {clock_time(gap.start)}-{clock_time(gap.end)}"
    if file.candidates:
        yield f"  decide  passagework review cut {named} NUMBER..."
    else:
        yield f"  decide  passagework cut {named} --at TIME, or --join TIME"
    yield f"  or      passagework review keep {named}"


def _middles(library: Library, file: str, numbers: Iterable[int]) -> Iterator[float]:
    """Yield the moments, in seconds, at which to cut a file. Raises EditError for a number that it does not have."""
    found = next(library.review_cuts(file), None)
    path = display_path(library.file(file).path)
    if found is None:
        raise EditError(f"the cuts of {path} are not in doubt; passagework cut cuts it anyway; nothing was changed")
    for number in sorted(set(numbers)):
        if number > len(found.candidates):
            places = counted(len(found.candidates), "place")
            raise EditError(f"{path} has {places} where it may be cut, but no number {number}; nothing was changed")
        yield seconds(found.candidates[number - 1].middle)


def _named(candidates: Sequence[object], passage: PassageView, number: int) -> str:
    if not candidates:
        raise EditError(
            f"passage {passage.guid} has no candidates; name one: passagework review set {passage.guid} MBID"
        )
    if number > len(candidates):
        raise EditError(f"passage {passage.guid} has {len(candidates)} candidates, but no number {number}")
    return passage.candidates[number - 1].recording


def _decide(chosen: Chosen, passage: PassageView, recording: str) -> None:
    with open_to_edit(chosen.settings().library, on_update=show_update(), on_forwarded=say_forwarded) as library:
        edited = library.set(passage.guid, recording=recording)
    said = "no known recording" if recording == NO_RECORDING else f"recording {recording}"
    say(f"{passage.guid}: {said}" if edited else f"{passage.guid}: {said}, already decided")
    say("the next import links it; no import changes it")
