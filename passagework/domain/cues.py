"""Leads and fades of a passage, from its level: where the neighbouring passage may overlap it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.analysis_rules import CueRules
from passagework.domain.fades import fade_length

_SMOOTHING: Final = 0.05
"""Seconds to each side over which levels are averaged: drum hits count, single crackles do not."""

_STEADY_SECONDS: Final = 5.0
_STEADY: Final = 10.0 ** (-2.5 / 10.0)
"""Quiet music is steady if the outer half of its innermost 5 s has at least this share of the power of the inner half.

2.5 dB: a held chord has about 0 dB; a ramp linear in amplitude has 8.5 dB if it is more than 12 dB below its top for
less than 5 s, and still 2.9 dB if it takes 40 s in total.
"""

_MUSIC_DROPS: Final = 3.0
"""A steady quiet edge counts as music down to this many times ``lead_drop`` below the passage, below that as noise."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Lengths in samples from the edges of the passage; None: no fade."""

    lead_in: int
    lead_out: int
    fade_in: int | None
    fade_out: int | None


def find_cues(levels: NDArray[np.float32], hop: int, sample_rate: int, loudness: float | None, rules: CueRules) -> Cues:
    """Find how far the edges of a passage may be overlapped, and the fades of the recording itself.

    ``levels`` is the RMS level in dBFS (channels averaged) of every ``hop`` samples of the passage, ``loudness`` its
    integrated loudness in LUFS. The reference is that loudness, unchanged; without one (shorter than 0.4 s) the energy
    mean of the levels. LUFS emphasise treble, attenuate bass, leave out pauses and add up channels, so for stereo they
    are about 3 dB above the levels they are compared with: the edge may be overlapped up to about 9 dB below the mean
    level, 12 dB for mono. If no level comes near the reference, it is not the passage's own, and both leads are 0.

    - A lead reaches from the edge to the first level, averaged over 100 ms, within ``lead_drop`` of the reference;
      loud edges, and ramps that reach that level within ``quick_ramp``, have a lead of 0.
    - An edge that is quiet for 5 s or more but steady is music: a held chord, a pianissimo. Steady means that the last
      5 s before it turns loud do not fall off by more than 2.5 dB from half to half. The reference is then the
      mean of those 5 s, so the edge is overlapped only where it dies away itself; unless it is so far down (three
      times ``lead_drop``) that it can only be noise. A shorter quiet edge is the ring of the last note, and is
      overlapped.

    Lead-in and lead-out together are never longer than the passage. Fades: :func:`fades.fade_length`.
    """
    powers = np.nan_to_num(10.0 ** (levels.astype(np.float64) / 10.0), nan=0.0)
    reference = _reference(powers, loudness)
    if reference is None:
        return Cues(0, 0, None, None)
    per_second = sample_rate / hop
    smooth = _sliding_mean(powers, round(_SMOOTHING * per_second))
    lead_in, lead_out = 0, 0
    if np.any(smooth >= reference * _ratio(-rules.lead_drop)):
        lead_in = _lead(smooth, reference, per_second, rules)
        lead_out = _lead(smooth[::-1], reference, per_second, rules)
    fade_in = fade_length(powers, reference, per_second)
    fade_out = fade_length(powers[::-1], reference, per_second)
    return Cues(
        lead_in=lead_in * hop,
        lead_out=lead_out * hop,
        fade_in=None if fade_in is None else fade_in * hop,
        fade_out=None if fade_out is None else fade_out * hop,
    )


def _reference(powers: NDArray[np.float64], loudness: float | None) -> float | None:
    """Return the power that represents the passage as a whole; None without sound."""
    if loudness is not None and np.isfinite(loudness):
        return _ratio(loudness)
    mean = float(np.mean(powers)) if powers.size else 0.0
    return mean if mean > 0.0 else None


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


def _lead(inward: NDArray[np.float64], reference: float, per_second: float, rules: CueRules) -> int:
    """Return the hops from the edge to the beginning of the music. ``inward``: powers from the edge to the middle."""
    edge = inward[: round(rules.longest_lead * per_second)]
    lead = _quiet_hops(edge, reference * _ratio(-rules.lead_drop))
    if lead < max(rules.quick_ramp * per_second, 2):
        return 0
    window = round(_STEADY_SECONDS * per_second)
    if lead < window:
        return lead
    steady = edge[lead - window : lead]
    outer, inner = np.mean(steady[: steady.size // 2]), np.mean(steady[steady.size // 2 :])
    own = float(np.mean(steady))
    if outer >= inner * _STEADY and own > reference * _ratio(-_MUSIC_DROPS * rules.lead_drop):
        lead = _quiet_hops(edge, own * _ratio(-rules.lead_drop))
    return lead if lead >= rules.quick_ramp * per_second else 0


def _quiet_hops(edge: NDArray[np.float64], threshold: float) -> int:
    """Count the hops before the first that reaches ``threshold``."""
    loud = np.flatnonzero(edge >= threshold)
    return int(loud[0]) if loud.size else edge.size
