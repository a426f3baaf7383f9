"""``passagework similar``: what sounds like a passage, or like several."""

import sys
from collections.abc import Iterable, Sequence
from typing import Literal

import click

from passagework import Library
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say
from passagework.cli.output.view_text import what
from passagework.cli.passage_named import passage_named
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.flavor.similar import Similar
from passagework.domain.units import clock_time
from passagework.json_forms.similar import similar_json


@click.command(cls=SettingsCommand)
@click.argument("passages", nargs=-1, required=True, type=GivenPath(), metavar="PASSAGE...")
@click.option("-n", "--n", "count", type=click.IntRange(min=1, max=10_000), default=10, help="How many; default: 10.")
@click.option("--not-artist", multiple=True, metavar="ARTIST", help="None of this artist: a name or an MBID.")
@click.option("--not-album", multiple=True, metavar="ALBUM", help="None of this album: a title or an MBID.")
@click.option("--not-played", multiple=True, metavar="PASSAGE", help="Not this one, nor a copy of it.")
@click.option("--once", type=click.Choice(["artist", "album"]), help="Each artist, or each album, at most once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def similar(
    chosen: Chosen,
    passages: tuple[str, ...],
    *,
    count: int,
    not_artist: tuple[str, ...],
    not_album: tuple[str, ...],
    not_played: tuple[str, ...],
    once: Literal["artist", "album"] | None,
    as_json: bool,
) -> None:
    """List what sounds like PASSAGE, or like several together, the most alike first.

    A PASSAGE is named by its guid or a prefix of it, or by its file, if that has no other passage. Other copies of it
    are not listed, and of each piece one passage. The options that exclude something may be given more than once.
    """
    with Library.open(chosen.settings().library.path) as library:
        seeds = [passage_named(library, name) for name in passages]
        found = library.similar(
            seeds,
            count,
            not_artist=not_artist,
            not_album=not_album,
            not_played=[passage_named(library, name) for name in not_played],
            once=once,
        )
    if as_json:
        print_document(similar_json(seeds, found))
        return
    for line in _lines(found):
        say(line)
    if not found:
        say("nothing else can be compared", err=True)
        sys.exit(ExitCode.NOTHING_FOUND)


def _lines(found: Sequence[Similar]) -> Iterable[str]:
    for each in found:
        passage = each.passage
        span = f"{clock_time(passage.start)}-{clock_time(passage.end)}"
        yield (f"{each.proximity:.3f}  {passage.guid[:8]}  {span}  {what(passage)}  [{display_path(passage.path)}]")
        parts = (("alike", each.agreement.alike), ("unlike", each.agreement.unlike))
        if said := "; ".join(f"{word} in {', '.join(names)}" for word, names in parts if names):
            yield f"       {said}"
