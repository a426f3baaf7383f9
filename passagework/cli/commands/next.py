"""``passagework next``: what to play next."""

import datetime as dt
import sys
from collections.abc import Iterable

import click

from passagework import Library
from passagework.cli.moment import Moment
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.say import say
from passagework.cli.output.view_text import what
from passagework.cli.passage_named import passage_named
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.passage_filter import PassageFilter
from passagework.domain.playing import Factor, NextUp
from passagework.domain.units import clock_time, seconds


@click.command("next", cls=SettingsCommand)
@click.option("--after", type=GivenPath(), metavar="PASSAGE", help="The passage that plays before it.")
@click.option("--at", type=Moment(), metavar="TIME", help="When it begins; default: now.")
@click.option("--artist", help="Only of this artist: a name or an MBID.")
@click.option("--album", help="Only of this album: a title or an MBID.")
@click.option("--text", metavar="WORDS", help="Only where words begin so, as `list` finds them.")
@click.option("--near", type=GivenPath(), metavar="PASSAGE", help="Prefer what is near to the flavor of this passage.")
@click.option("--seed", metavar="TEXT", help="The same seed gives the same passage.")
@click.option("--explain", is_flag=True, help="Say what its chance is made of.")
@click.option("--even-resting", is_flag=True, help="If all rest, the one that has rested first.")
@click.option("--keep-gapless", is_flag=True, help="What runs on is followed by what it runs on in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def next_(  # noqa: PLR0913 - its options
    chosen: Chosen,
    *,
    after: str | None,
    at: dt.datetime | None,
    artist: str | None,
    album: str | None,
    text: str | None,
    near: str | None,
    seed: str | None,
    explain: bool,
    even_resting: bool,
    keep_gapless: bool,
    as_json: bool,
) -> None:
    """Choose what to play next, by chance, by probabilities, and by how long things have rested.

    It changes nothing: report what you play with `passagework played`. If everything rests, the exit code is 4, and it
    says when the first passage is free.
    """
    settings = chosen.settings()
    with Library.open(settings.library.path) as library:
        found = library.next(
            None if after is None else passage_named(library, after),
            at,
            None if artist is album is text is None else PassageFilter(artist=artist, album=album, text=text),
            near=None if near is None else passage_named(library, near),
            seed=seed,
            explain=explain,
            even_resting=even_resting,
            keep_gapless=keep_gapless,
            settings=settings,
        )
    if as_json:
        from passagework.cli.output.document import print_document  # noqa: PLC0415 - the text needs none of it
        from passagework.json_forms.next_up import next_json  # noqa: PLC0415 - as above

        print_document(next_json(found))
    else:
        for line in _lines(found):
            say(line)
    if found.passage is None:
        say(_why_nothing(found), err=True)
        sys.exit(ExitCode.NOTHING_FOUND)


def _why_nothing(found: NextUp) -> str:
    if found.free_at is None:
        return "no passage can be played"
    return f"all {found.playable} passages rest; the first is free at {found.free_at.astimezone().isoformat()}"


def _lines(found: NextUp) -> Iterable[str]:
    passage = found.passage
    if passage is None:
        return
    span = f"{clock_time(passage.start)}-{clock_time(passage.end)}"
    yield f"{passage.guid}  {span}  {what(passage)}  [{display_path(passage.path)}]"
    if found.is_resting and found.free_at is not None:
        yield f"  still rests, until {found.free_at.astimezone().isoformat()}"
    if (fade := found.crossfade) is not None:
        how = "follows without a gap" if fade.gapless else f"overlaps {seconds(fade.overlap):.3f} s"
        yield f"  begins {seconds(fade.after):.3f} s after the one before it; {how}"
    if found.gain_db is not None:
        yield f"  gain {found.gain_db:+.2f} dB"
    if (why := found.explanation) is not None:
        yield (
            f"  weight {why.weight:.4g}: {why.share:.2%} of all; "
            f"{found.playable} can be played, {found.resting} of them rest"
        )
        for factor in why.factors:
            yield f"    {_factor(factor)}"


def _factor(factor: Factor) -> str:
    last = "never played" if factor.last is None else f"last played {factor.last.astimezone().isoformat()}"
    return (
        f"{factor.kind} {factor.key or '(not linked)'}: probability {factor.probability:g}, share {factor.share:.3g}, "
        f"rested {factor.rest:.3f}, {last}"
    )
