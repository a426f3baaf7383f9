"""Redo passages and cues of a file from what the library holds of it, where that gives what a decode would. Pure."""

from typing import Any

import numpy as np

from passagework.domain.analysis_rules import CueRules, SegmentationRules
from passagework.domain.chosen_cuts import Heard, choose
from passagework.domain.cues import find_cues
from passagework.domain.file_levels import FileLevels
from passagework.domain.parts import FROM_LIBRARY, PartName, Provenance, dearest_of
from passagework.domain.redone import RedoneCues, RedoneFile, StaleFile
from passagework.domain.segmentation import find_cuts
from passagework.domain.spans import Span
from passagework.domain.units import Ticks, samples_from_ticks, ticks_from_samples


def redo(file: StaleFile, weighted: bytes, now: Provenance) -> RedoneFile | None:
    """Redo the stale parts of a file; None: that takes a decode. ``weighted``: the levels of its curves, unpacked.

    Passages stay if they would be found where they are, and with them all that was measured of them. What would be
    elsewhere would have to be measured there.
    """
    steps = np.frombuffer(weighted, np.uint8)
    if dearest_of(file.stale) not in FROM_LIBRARY or not file.hop or steps.size != -(-file.samples // file.hop):
        return None
    levels = FileLevels.of(steps, file.hop, file.sample_rate)
    spans = tuple(_span(passage.start, passage.end, file.sample_rate) for passage in file.passages)
    names = tuple(one.part for one in file.stale)
    if PartName.PASSAGES in names and file.given is not None and file.given.track_list is not None:
        # The spectra by which a track list is placed are not stored.
        return None
    if PartName.PASSAGES in names and not _stay(file, levels, spans, now):
        return None
    cues = _cues(file, levels, spans, now) if PartName.CUES in names else ()
    return RedoneFile(file.path, file.made.with_parts(names, now), cues)


def _stay(file: StaleFile, levels: FileLevels, spans: tuple[Span, ...], now: Provenance) -> bool:
    """Return whether the passages, and the stretches that may be gaps, would be found where they are."""
    rules = SegmentationRules(**_values(now, PartName.PASSAGES))
    cuts = find_cuts(levels, file.samples, rules)
    doubtful = tuple(_span(start, end, file.sample_rate) for start, end in file.doubtful_gaps)
    bounds = None if file.given is None else file.given.bounds
    heard = Heard.of(cuts, file.samples, file.sample_rate, rules)
    chosen = choose(heard, bounds, () if file.said is None else (file.said,))
    return (chosen.spans, cuts.doubtful) == (spans, doubtful)


def _cues(file: StaleFile, levels: FileLevels, spans: tuple[Span, ...], now: Provenance) -> tuple[RedoneCues, ...]:
    rate = file.sample_rate
    rules = CueRules(**_values(now, PartName.CUES))
    found = []
    for passage, cues in zip(file.passages, find_cues(levels, spans, rules), strict=True):
        found.append(
            RedoneCues(
                start=passage.start,
                end=passage.end,
                lead_in=ticks_from_samples(cues.lead_in, rate),
                lead_out=ticks_from_samples(cues.lead_out, rate),
                fade_in=None if cues.fade_in is None else ticks_from_samples(cues.fade_in, rate),
                fade_out=None if cues.fade_out is None else ticks_from_samples(cues.fade_out, rate),
            )
        )
    return tuple(found)


def _span(start: Ticks, end: Ticks, sample_rate: int) -> Span:
    return Span(samples_from_ticks(start, sample_rate), samples_from_ticks(end, sample_rate))


def _values(provenance: Provenance, part: PartName) -> dict[str, Any]:
    """Return the settings of a part by their names in its rules."""
    return {key.partition(".")[2]: value for key, value in provenance.settings(part).items()}
