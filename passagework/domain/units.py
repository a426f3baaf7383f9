"""Time in ticks, and the conversions to and from samples and seconds.

A tick is 1/28,224,000 s: the least common multiple of the usual sample rates from 8 kHz to 192 kHz,
so that every sample boundary at each of those rates is an exact number of ticks.

What converts ticks takes an ``int``: to type checkers, the difference of two times is one.
"""

from typing import Final, NewType

Ticks = NewType("Ticks", int)

TICKS_PER_SECOND: Final = 28_224_000
NO_TIME: Final = Ticks(0)


def ticks_from_samples(samples: int, sample_rate: int) -> Ticks:
    """Convert a sample count at ``sample_rate`` Hz to ticks.

    Exact for every rate that divides 28,224,000; rounded half up for others (a 37,800 Hz file). Because of these
    the sample rate is stored beside the ticks.
    """
    return Ticks((2 * samples * TICKS_PER_SECOND + sample_rate) // (2 * sample_rate))


def samples_from_ticks(ticks: int, sample_rate: int) -> int:
    """Convert ticks to the nearest sample index at ``sample_rate`` Hz."""
    return (2 * ticks * sample_rate + TICKS_PER_SECOND) // (2 * TICKS_PER_SECOND)


def seconds(ticks: int) -> float:
    """Convert ticks to seconds as a float, for people and formulas."""
    return ticks / TICKS_PER_SECOND


def clock_time(ticks: int) -> str:
    """Format ticks for a person: ``m:ss.mmm``, or ``h:mm:ss.mmm`` from one hour on."""
    milliseconds = (2 * ticks * 1000 + TICKS_PER_SECOND) // (2 * TICKS_PER_SECOND)
    whole_seconds, thousandths = divmod(milliseconds, 1000)
    minutes, second = divmod(whole_seconds, 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minute:02}:{second:02}.{thousandths:03}"
    return f"{minute}:{second:02}.{thousandths:03}"
