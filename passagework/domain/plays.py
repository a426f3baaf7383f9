"""What a host has played, and when."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.ids import Guid

_MICROSECOND: Final = dt.timedelta(microseconds=1)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

EARLIEST: Final = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
"""Nothing was played before: such a moment comes from a clock that was not set."""

AHEAD: Final = dt.timedelta(days=1)
"""So far a play may lie in the future: hosts plan, and their clocks differ."""

MOST_AT_ONCE: Final = 10_000
"""Reports in one transaction: some hundredths of a second in which nothing else is written."""


class PlayError(PassageworkError):
    """A play cannot be reported so: its moment is impossible, or its guid names several passages."""

    code = "play-invalid"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Play:
    """A passage, by its guid, that began to play at a moment, in nanoseconds since 1970."""

    passage: Guid
    at_ns: int

    @property
    def at(self) -> dt.datetime:
        """The moment, in UTC, to the microsecond."""
        return moment_of(self.at_ns)


@dataclass(frozen=True, slots=True)
class PlayReport:
    """What a host says: these were played, or were not; passages by their guids, or unambiguous prefixes."""

    plays: tuple[tuple[str, int], ...]
    taken_back: bool = False


def moment_of(at_ns: int) -> dt.datetime:
    """Return nanoseconds since 1970 as a moment in UTC; what no calendar holds becomes its end."""
    try:
        return _EPOCH + dt.timedelta(microseconds=at_ns // 1_000)
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def nanoseconds_of(at: dt.datetime) -> int:
    """Return an aware moment in nanoseconds since 1970; PlayError for one without a time zone."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise PlayError(f"{at.isoformat()} has no time zone; nothing was changed")
    # A division of times is exact; that of their seconds is not.
    return (at - _EPOCH) // _MICROSECOND * 1_000


def played_at(at: dt.datetime | None, now_ns: int) -> int:
    """Return when something was played, None: now. PlayError for a moment at which nothing can have been."""
    if at is None:
        return now_ns
    found = nanoseconds_of(at)
    if not nanoseconds_of(EARLIEST) <= found <= now_ns + AHEAD // _MICROSECOND * 1_000:
        raise PlayError(
            f"{at.isoformat()} is no moment at which something can have been played: from {EARLIEST:%Y-%m-%d} on, and "
            "at most a day ahead of the clock; nothing was changed"
        )
    return found


def report_of(
    passages: Sequence[tuple[str, dt.datetime | None]], now_ns: int, *, taken_back: bool = False
) -> PlayReport:
    """Return a report of some plays; PlayError if there are too many, or one cannot have been."""
    if len(passages) > MOST_AT_ONCE:
        raise PlayError(f"{len(passages)} plays at once; report at most {MOST_AT_ONCE}; nothing was changed")
    return PlayReport(tuple((passage, played_at(at, now_ns)) for passage, at in passages), taken_back)
