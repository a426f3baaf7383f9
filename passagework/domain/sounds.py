"""Which of the sounds of a file are music: the long ones, hits that come together, and strokes in a steady rhythm."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.stretches import stretches

_DIP: Final = 0.05
"""Seconds. A shorter dip does not end a sound: tones below 50 Hz ripple in 10 ms hops, and fades flicker."""

_HIT: Final = 0.05
_CLICK: Final = 0.03
"""Seconds. A hit is at least so long, and a click of a record shorter."""

_RINGING: Final = 20.0
"""dB. A hit lasts as long as it is not so far below its loudest hop; further down a click rings in the filter, too."""

_HIT_DEPTH: Final = 20.0
_STROKE_DEPTH: Final = 40.0
"""dB. A hit is at most so far below the programme at its loudest hop; and a stroke of a rhythm."""

_TOGETHER: Final = 2.0
"""Seconds. Hits closer than this to each other, or to music, belong together."""

_STROKES: Final = 5
_MOST_STROKES: Final = 12
"""So many sounds at equal distances are a rhythm, more where there are many clicks; the music that they lead to counts
as one."""

_CHANCE: Final = 1e-4
"""How probable it may be that clicks go on like a rhythm."""

_FASTEST: Final = 0.08
_SLOWEST: Final = 1.25
"""Seconds between strokes. A scratch returns after 1.33 s or more (45 turns a minute)."""

_UNEVEN: Final = (0.01, 0.02)
"""Seconds, and share of the distance, by which distances differ in a rhythm, together."""

_BETWEEN: Final = 5
"""So many clicks may be between two strokes."""

_LEVELS_APART: Final = 6.0
"""dB by which the strokes of a rhythm differ at most."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stretches of sound in hops, ordered and disjoint, end exclusive; ``loud`` counts the hops above the level."""

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    loud: NDArray[np.intp]

    @classmethod
    def above(cls, levels: NDArray[np.float32], level: float) -> "Pieces":
        """Find the runs of hops above a level."""
        starts, ends = stretches(levels > level)
        return cls(starts, ends, ends - starts)

    def bridged(self, shortest_gap: float) -> "Pieces":
        """Join neighbours that are less than ``shortest_gap`` hops apart."""
        if self.starts.size == 0:
            return self
        firsts = np.flatnonzero(np.concatenate(([True], self.starts[1:] - self.ends[:-1] >= shortest_gap)))
        lasts = np.concatenate((firsts[1:], [self.starts.size])) - 1
        return Pieces(self.starts[firsts], self.ends[lasts], np.add.reduceat(self.loud, firsts))

    def kept(self, which: NDArray[np.bool_]) -> "Pieces":
        """Keep some of them."""
        return Pieces(self.starts[which], self.ends[which], self.loud[which])


def music_of(
    levels: NDArray[np.float32], sound: float, programme: float, per_second: float, shortest_sound: float
) -> tuple[Pieces, Pieces]:
    """Return the sounds of a file that are music, and all its sounds.

    ``sound``: the level in dB above which a hop is sound, ``programme`` that of the file as a whole.

    - A sound of at least ``shortest_sound`` seconds is music.
    - A shorter one that is no click, at its loudest not 20 dB below the programme, is a hit. Hits that are less than
      2 s from music are music; and so are hits that are less than 2 s from each other, if they last ``shortest_sound``
      together.
    - Five sounds or more, however short, are a rhythm if they are equally far apart and about equally loud. Clicks are
      not, except for a scratch, which returns with every turn of the record, slower than any rhythm that is looked for.
    """
    parts = Pieces.above(levels, sound)
    runs = parts.bridged(_DIP * per_second)
    if runs.starts.size == 0:
        return runs, runs
    least = shortest_sound * per_second
    long = runs.loud >= least
    if long.all():
        return _without_clicks(runs, parts, per_second), runs
    peaks = np.maximum.reduceat(levels, runs.starts)
    longest = np.maximum.reduceat(_near_peak(levels, parts), np.searchsorted(parts.starts, runs.starts))
    lasting = longest >= min(_HIT * per_second, least)
    hits = ~long & lasting & (peaks >= programme - _HIT_DEPTH)
    strokes = long | (peaks >= programme - _STROKE_DEPTH)
    music = long | _rhythmic(runs, peaks, long, strokes, per_second)
    music |= _together(runs, music, hits, least, per_second)
    return _without_clicks(runs, parts, per_second).kept(music), runs


def _near_peak(levels: NDArray[np.float32], parts: Pieces) -> NDArray[np.intp]:
    """Count the hops of each run that are about as loud as its loudest."""
    peaks = np.maximum.reduceat(levels, parts.starts)
    firsts = np.cumsum(parts.loud) - parts.loud
    inside = np.repeat(parts.starts - firsts, parts.loud) + np.arange(parts.loud.sum())
    near = levels[inside] > np.repeat(peaks - np.float32(_RINGING), parts.loud)
    counts: NDArray[np.intp] = np.add.reduceat(near.astype(np.intp), firsts)
    return counts


def _without_clicks(runs: Pieces, parts: Pieces, per_second: float) -> Pieces:
    """Leave out a click at either edge of a sound that is long otherwise."""
    firsts, lasts = np.searchsorted(parts.starts, runs.starts), np.searchsorted(parts.ends, runs.ends)
    click = parts.ends - parts.starts < _CLICK * per_second
    apart = np.append(parts.starts[1:] - parts.ends[:-1], 0) > 1
    several = lasts - firsts > 1
    at_start, at_end = several & click[firsts] & apart[firsts], several & click[lasts] & apart[lasts - 1]
    starts = np.where(at_start, parts.starts[np.minimum(firsts + 1, parts.starts.size - 1)], runs.starts)
    return Pieces(starts, np.where(at_end, parts.ends[lasts - 1], runs.ends), runs.loud)


def _together(
    runs: Pieces, music: NDArray[np.bool_], hits: NDArray[np.bool_], least: float, per_second: float
) -> NDArray[np.bool_]:
    """Find the hits that belong to music, or to each other."""
    which = np.flatnonzero(music | hits)
    if which.size == 0:
        return np.zeros(music.size, np.bool_)
    some = runs.kept(music | hits)
    near = some.starts[1:] - some.ends[:-1] < _TOGETHER * per_second
    groups = np.concatenate(([0], np.cumsum(~near)))
    loud = np.bincount(groups, some.loud)
    with_music = np.bincount(groups, music[which]) > 0
    found = np.zeros(music.size, np.bool_)
    found[which] = (with_music | (loud >= least))[groups]
    return found


def _rhythmic(
    runs: Pieces, peaks: NDArray[np.float32], long: NDArray[np.bool_], strokes: NDArray[np.bool_], per_second: float
) -> NDArray[np.bool_]:
    """Find the short sounds that are strokes of a rhythm."""
    found = np.zeros(long.size, np.bool_)
    which = np.flatnonzero(strokes)
    if which.size < _STROKES:
        return found
    starts, ends = runs.starts[which] / per_second, runs.ends[which] / per_second
    loud, short = peaks[which], ~long[which]
    # Music counts by the edge that the rhythm leads to.
    free = ends[-1] - starts[0] - (ends - starts)[~short].sum()
    clicks = max(0.0, short.sum() - _STROKES) / max(free, 1.0)
    forwards = _in_rhythm(starts, loud, short, clicks)
    backwards = _in_rhythm(-np.where(short, starts, ends)[::-1], loud[::-1], short[::-1], clicks)[::-1]
    strokes_of = np.flatnonzero(forwards | backwards)
    found[which] = forwards | backwards
    # A click that hides a stroke belongs to the rhythm, too.
    for first, last in zip(strokes_of[:-1].tolist(), strokes_of[1:].tolist(), strict=True):
        if last > first + 1 and starts[last] - starts[first] <= 2 * _SLOWEST:
            found[which[first:last]] = True
    return found & ~long


def _in_rhythm(
    times: NDArray[np.float64], peaks: NDArray[np.float32], short: NDArray[np.bool_], clicks: float
) -> NDArray[np.bool_]:
    """Mark the sounds that follow each other at the distance of two of them, whatever is between.

    All but the last one are short, and about as loud as the first. ``clicks``: how many short sounds there are in a
    second; the more, the longer is what may come about by chance.
    """
    steps = np.zeros(times.size)
    for skipped in range(1, min(_BETWEEN + 2, times.size)):
        firsts = np.flatnonzero(short[:-skipped] & short[skipped:])
        apart = times[firsts + skipped] - times[firsts]
        able = (apart >= _FASTEST) & (apart <= _SLOWEST)
        able &= np.abs(peaks[firsts + skipped] - peaks[firsts]) <= _LEVELS_APART
        apart = apart[able]
        chain = [firsts[able], firsts[able] + skipped]
        while apart.size and len(chain) < _MOST_STROKES:
            following, fits = _following(times, peaks, short, chain[-1], apart)
            chain = [member[fits] for member in (*chain, following)]
            apart = apart[fits]
            enough = len(chain) >= _strokes_needed(2 * clicks * _uneven(apart))
            for member in chain:
                steps[member[enough]] = apart[enough]
            going_on = short[chain[-1]]
            chain, apart = [member[going_on] for member in chain], apart[going_on]
    _go_on(steps, times, peaks, short)
    return steps > 0.0


def _go_on(
    steps: NDArray[np.float64], times: NDArray[np.float64], peaks: NDArray[np.float32], short: NDArray[np.bool_]
) -> None:
    """Follow each rhythm, from the strokes with their ``steps``, to its end; one stroke may be hidden by a click."""
    new = np.flatnonzero((steps > 0.0) & short)
    while new.size:
        reached = np.zeros(times.size, np.bool_)
        for strokes in (1, 2):
            following, fits = _following(times, peaks, short, new, strokes * steps[new])
            fits &= steps[following] == 0.0
            steps[following[fits]] = steps[new[fits]]
            reached[following[fits & short[following]]] = True
        new = np.flatnonzero(reached)


def _following(
    times: NDArray[np.float64],
    peaks: NDArray[np.float32],
    short: NDArray[np.bool_],
    strokes: NDArray[np.intp],
    apart: NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the sound that is nearest to so many seconds after each stroke, and whether it is the next stroke.

    That is as loud, or it is music.
    """
    expected = times[strokes] + apart
    after = np.clip(np.searchsorted(times, expected), 1, times.size - 1)
    nearest = np.where(expected - times[after - 1] < times[after] - expected, after - 1, after)
    in_time = (np.abs(times[nearest] - expected) <= _uneven(apart)) & (nearest > strokes)
    return nearest, in_time & (~short[nearest] | (np.abs(peaks[nearest] - peaks[strokes]) <= _LEVELS_APART))


def _uneven(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    seconds: NDArray[np.float64] = _UNEVEN[0] + _UNEVEN[1] * apart
    return seconds


def _strokes_needed(by_chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many strokes are a rhythm, where each follows by chance with this probability."""
    more = np.log(_CHANCE) / np.log(by_chance.clip(1e-9, 0.5))
    strokes: NDArray[np.float64] = np.clip(2.0 + np.ceil(more), _STROKES, _MOST_STROKES)
    return strokes
