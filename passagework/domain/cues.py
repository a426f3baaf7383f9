"""Leads and fades of passages, from the level of their file: where the neighbouring passage may overlap them."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis_rules import CueRules
from passagework.domain.cut_sound import goes_on
from passagework.domain.fades import fade_length
from passagework.domain.file_levels import FileLevels
from passagework.domain.noise_floor import programme_level
from passagework.domain.spans import Span

_SMOOTHING: Final = 0.05
"""Seconds to each side over which levels are averaged: drum hits count, single crackles do not."""

_FALL: Final = 10.0 ** (-10.0 / 10.0)
_LOOKED_AT: Final = 8.0
_NOTE: Final = 0.5
"""An ending may be overlapped where it is 10 dB below, half as loud as, some second of the 8 s before it.

A held chord, a pianissimo, a hall and a slow crescendo move less, whatever their level, and are heard.
"""


@dataclass(frozen=True, slots=True)
class Cues:
    """Lengths in samples from the edges of the passage; None: no fade.

    ``begins_in_sound`` and ``ends_in_sound``: the edge cuts through sound.
    """

    lead_in: int
    lead_out: int
    fade_in: int | None
    fade_out: int | None
    begins_in_sound: bool = False
    ends_in_sound: bool = False


def find_cues(of_file: FileLevels, spans: tuple[Span, ...], rules: CueRules) -> tuple[Cues, ...]:
    """Find how far the edges of the passages of a file may be overlapped, and the fades of the recording itself.

    All is relative to the loudness of the passage by the levels of the file, so nothing depends on gain.

    - Where an edge cuts through sound, the lead is 0 (:func:`goes_on`).
    - Otherwise a lead reaches from the edge to the first level, averaged over 100 ms, that is within ``lead_drop`` of
      the passage, or that does not lie 10 dB below what is heard in the 8 s further inside: where the passage does not
      fall towards its end, or rise at its beginning, it is music however quiet it is.
    - A lead shorter than ``quick_ramp`` is none, and none is longer than ``longest_lead``.

    Lead-in and lead-out together are never longer than the passage. Fades: :func:`fades.fade_length`.
    """
    noise = 0.0 if of_file.floor is None else _ratio(of_file.floor.sound)
    return tuple(
        _cues_of(of_file, slice(span.start // of_file.hop, -(-span.end // of_file.hop)), noise, rules) for span in spans
    )


def _cues_of(of_file: FileLevels, hops: slice, noise: float, rules: CueRules) -> Cues:
    powers, hop, per_second = of_file.powers, of_file.hop, of_file.per_second
    inside = powers[hops]
    level = of_file.programme if inside.size == powers.size else programme_level(inside, per_second)
    if level is None:
        return Cues(0, 0, None, None)
    loudness = _ratio(level)

    backwards, before, behind = inside[::-1], powers[: hops.start][::-1], powers[hops.stop :]
    begins_in_sound = goes_on(inside, before, loudness, noise, per_second)
    ends_in_sound = goes_on(backwards, behind, loudness, noise, per_second)

    def fade(inward: NDArray[np.float64]) -> int | None:
        found = fade_length(inward, loudness, per_second)
        return None if found is None else hop * found

    return Cues(
        lead_in=0 if begins_in_sound else hop * _lead(inside, loudness, per_second, rules),
        lead_out=0 if ends_in_sound else hop * _lead(backwards, loudness, per_second, rules),
        fade_in=fade(inside),
        fade_out=fade(backwards),
        begins_in_sound=begins_in_sound,
        ends_in_sound=ends_in_sound,
    )


def _ratio(decibels: float) -> float:
    """Convert decibels to a ratio of powers."""
    return float(10.0 ** (decibels / 10.0))


def _sliding_mean(powers: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """Average each hop with up to ``reach`` hops on either side."""
    sums = np.concatenate(([0.0], np.cumsum(powers)))
    hops = np.arange(powers.size)
    first, last = np.maximum(hops - reach, 0), np.minimum(hops + reach + 1, powers.size)
    means: NDArray[np.float64] = (sums[last] - sums[first]) / (last - first)
    return means


def _lead(inward: NDArray[np.float64], loudness: float, per_second: float, rules: CueRules) -> int:
    """Return the hops from the edge to the beginning of the music. ``inward``: powers from the edge to the middle."""
    looked_at, note = round(_LOOKED_AT * per_second), round(_NOTE * per_second)
    longest = round(rules.longest_lead * per_second)
    near = inward[: longest + looked_at + note]
    smooth = _sliding_mean(near, round(_SMOOTHING * per_second))
    lead = _first(smooth[:longest] >= loudness * _ratio(-rules.lead_drop))
    further_in = np.concatenate((_sliding_mean(near, note), np.zeros(looked_at)))
    loudest = np.lib.stride_tricks.sliding_window_view(further_in, looked_at)[:lead].max(axis=1)
    lead = _first(smooth[:lead] >= loudest * _FALL)
    return lead if lead >= max(rules.quick_ramp * per_second, 2) else 0


def _first(found: NDArray[np.bool_]) -> int:
    """Count the hops before the first that is true."""
    there = np.flatnonzero(found)
    return int(there[0]) if there.size else found.size
