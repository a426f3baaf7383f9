"""The options of commands that ask for some passages: the fields of a filter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, cast

import click

from passagework.domain.passage_filter import LARGEST_PAGE, FilterError, FilterFields, PassageOrder
from passagework.domain.playable import NotPlayable
from passagework.domain.user_fields import moment_from_text

_OPTIONS: Final = (
    click.option("--artist", metavar="NAME", help="Those of this artist: a name as it is shown, or an MBID."),
    click.option("--album", metavar="TITLE", help="Those of this album."),
    click.option("--song", metavar="TITLE", help="Those with this song."),
    click.option("--work", metavar="TITLE", help="Those with a song of this work."),
    click.option("--louder-than", "loudness_from", type=float, metavar="LUFS", help="Those as loud, or louder."),
    click.option("--quieter-than", "loudness_to", type=float, metavar="LUFS", help="Those as quiet, or quieter."),
    click.option("--longer-than", "seconds_from", metavar="TIME", help="Those as long, or longer: 90, or 1:30."),
    click.option("--shorter-than", "seconds_to", metavar="TIME", help="Those as short, or shorter."),
    click.option("--near", metavar="PASSAGE", help="Those that are near to this one in character (flavor distance)."),
    click.option("--within", type=float, metavar="DISTANCE", help="The largest distance from --near, 0 to 1."),
    click.option(
        "--because",
        "not_playable_because",
        type=click.Choice([reason.value for reason in NotPlayable]),
        help="Those that cannot be played now for this reason.",
    ),
    click.option(
        "--changed-since",
        metavar="RUN|TIME",
        help="Those that changed after this run, or since this moment: 2026-05-04T03:02+02:00.",
    ),
)


_PAGING: Final = (
    click.option(
        "--order",
        type=click.Choice([order.value for order in PassageOrder]),
        default=PassageOrder.PATH.value,
        show_default=True,
        help="List in this order; newest and changed begin with the latest.",
    ),
    click.option("--reverse", is_flag=True, help="Turn the order around."),
    click.option("--count", is_flag=True, help="Print only how many there are."),
    click.option(
        "--limit", type=click.IntRange(1, LARGEST_PAGE), help="List at most so many, and tell where to go on."
    ),
    click.option("--after", metavar="PLACE", help="Go on behind what --limit listed before."),
)


@dataclass(frozen=True, slots=True)
class Paging:
    """In which order passages are listed, and how many of them."""

    order: str
    reverse: bool
    count: bool
    limit: int | None
    after: str | None

    @property
    def is_given(self) -> bool:
        """Whether any of these options was given."""
        return self != Paging(PassageOrder.PATH.value, reverse=False, count=False, limit=None, after=None)


def paging_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of order, number and place."""
    for add in reversed(_PAGING):
        command = add(command)
    return command


def paging_of(given: dict[str, Any]) -> Paging:
    """Take the options of order, number and place from all that were given."""
    paging = Paging(**{one.name: given.pop(one.name) for one in fields(Paging)})
    if paging.after is not None and paging.limit is None:
        raise click.UsageError("--after goes on with the list that --limit has cut; give --limit, too")
    return paging


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options."""
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


def filter_fields(given: Mapping[str, object]) -> FilterFields:
    """Return the fields of a filter that were given. Raises FilterError or EditError for what they cannot be."""
    found = {name: value for name, value in given.items() if value is not None}
    for name in ("seconds_from", "seconds_to"):
        if isinstance(text := found.get(name), str):
            found[name] = moment_from_text(name, text)
    if isinstance(since := found.get("changed_since"), str):
        found["changed_since"] = _since(since)
    return cast("FilterFields", found)


def _since(text: str) -> int | datetime:
    """Read the number of a run, or a moment; without a time zone it is of this machine."""
    if text.isascii() and text.isdigit() and len(text) < len(str(1 << 63)):
        return int(text)
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        raise FilterError(
            f"--changed-since is the number of a run, or a moment as 2026-05-04T03:02, not {text[:60]}"
        ) from None
