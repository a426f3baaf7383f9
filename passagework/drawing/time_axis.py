"""Marks and labels of the time axis."""

from dataclasses import dataclass
from typing import Final

from passagework.domain.units import TICKS_PER_SECOND, Ticks

_SECOND: Final = 1000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR

_STEPS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_SECOND * count for count in (1, 2, 5, 10, 15, 30)),
    *(_MINUTE * count for count in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * count for count in (1, 2, 3, 6, 12)),
)
"""Round intervals between two labels, in milliseconds."""

_LEAST_ROOM: Final = 90.0
"""Pixels between two labels."""


@dataclass(frozen=True, slots=True)
class AxisTick:
    """A mark on the time axis."""

    at: Ticks
    label: str


def axis_ticks(duration: Ticks, width: float) -> tuple[AxisTick, ...]:
    """Choose round times from 0 to ``duration`` for an axis of ``width`` pixels.

    Labels have the form ``m:ss``, with hours if the file is that long and decimals if the step needs them.
    """
    per_label = duration * 1000 / TICKS_PER_SECOND * _LEAST_ROOM / width
    step = next((step for step in _STEPS if step >= per_label), None) or _DAY * -(-int(per_label) // _DAY)
    last = duration * 1000 // TICKS_PER_SECOND
    return tuple(
        AxisTick(Ticks(at * TICKS_PER_SECOND // 1000), _label(at, step, hours=last >= _HOUR))
        for at in range(0, last + 1, step)
    )


def _label(milliseconds: int, step: int, *, hours: bool) -> str:
    minutes, rest = divmod(milliseconds, _MINUTE)
    second, thousandths = divmod(rest, _SECOND)
    decimals = 0 if step >= _SECOND else 1 if step >= _SECOND // 10 else 2 if step >= _SECOND // 100 else 3
    fraction = f".{thousandths:03}"[: decimals + 1] if decimals else ""
    clock = f"{minutes // 60}:{minutes % 60:02}" if hours else f"{minutes}"
    return f"{clock}:{second:02}{fraction}"
