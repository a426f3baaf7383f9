"""When all roots are looked through: at an interval, at a time of day, or both."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_EVERY: Final = re.compile(r"(?:[0-9]{1,6}[smhd])+")
_PART: Final = re.compile(r"([0-9]+)([smhd])")
_SHORTEST: Final = 10
_LONGEST: Final = 366 * 86_400
_AT: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def read_every(text: str) -> float | None:
    """Read an interval such as ``1h`` or ``1h30m`` in seconds; None for an empty text. Raises ValueError."""
    if not text:
        return None
    if _EVERY.fullmatch(text) is None:
        raise ValueError("must be an interval such as 30m, 1h or 1d")
    total = sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if not _SHORTEST <= total <= _LONGEST:
        raise ValueError("must be an interval of 10s to 366d")
    return float(total)


def read_at(text: str) -> time | None:
    """Read a time of day such as ``03:00``; None for an empty text. Raises ValueError."""
    if not text:
        return None
    found = _AT.fullmatch(text)
    if found is None:
        raise ValueError("must be a time of day such as 03:00")
    return time(int(found[1]), int(found[2]))


@dataclass(frozen=True, slots=True)
class Schedule:
    """``every`` so many seconds, and ``at`` a time of day; None: not."""

    every: float | None = None
    at: time | None = None

    def __bool__(self) -> bool:
        """Return whether anything is scheduled."""
        return self.every is not None or self.at is not None

    def next_at_ns(self, now_ns: int) -> int | None:
        """Return the next moment after ``now_ns`` at which it is ``at``: once a day, in the local time of then.

        Where a clock skips this time, it is as much later as the clock skips; where it comes twice, the first counts.
        """
        if self.at is None:
            return None
        # Whole seconds suffice, and a float has them exactly.
        now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
        day = now.astimezone().date()
        # Yesterday's may still come where its time was skipped across midnight.
        for days in (-1, 0, 1, 2):
            local = datetime.combine(day + timedelta(days), self.at)
            moment = local.astimezone(UTC)
            if moment.astimezone().time() != self.at:
                # The clock skips it.
                moment = max(moment, local.replace(fold=1).astimezone(UTC))
            if moment > now:
                return int(moment.timestamp()) * 1_000_000_000
        return None
