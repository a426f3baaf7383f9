"""Names of format 1 in JSON documents. They stay beside those of format 2 for one minor version, then delete this file.

docs/json.md lists them. None has changed its meaning.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from passagework.domain.links import CandidateRow
from passagework.domain.tags import ReplayGain
from passagework.domain.units import Ticks
from passagework.domain.views import PassageView
from passagework.domain.writer_statistics import WriterStatistics

_STATISTICS: Final[Mapping[str, str]] = {
    "waits": "waits",
    "holds": "holds",
    "reads": "reads",
    "checkpoints": "checkpoints",
    "oldest_wait": "oldest_wait",
    "log_bytes": "wal_bytes",
    "log_bytes_largest": "wal_bytes_largest",
    "log_held_by": "wal_held_by",
}


def old_passage_names(passage: PassageView) -> dict[str, object]:
    """Return what a passage had without a unit, and evidence by position."""
    return {
        "start": passage.start,
        "end": passage.end,
        "lead_in": passage.lead_in,
        "lead_out": passage.lead_out,
        "fade_in": passage.fade_in,
        "fade_out": passage.fade_out,
        "integrated_lufs": passage.loudness.integrated,
        "range_lu": passage.loudness.range,
        "evidence": [[e.source, e.kind, e.value] for e in passage.evidence],
    }


def old_candidate_names(candidate: CandidateRow) -> dict[str, object]:
    """Return what a candidate had without a unit, and terms by position."""
    return {
        "seconds": candidate.seconds,
        "terms": [[term.kind, term.value, term.weight, term.note] for term in candidate.terms],
    }


def old_file_names(duration: Ticks | None) -> dict[str, object]:
    """Return what a file had without a unit."""
    return {"duration": duration}


def old_gain_names(found: ReplayGain) -> dict[str, float]:
    """Return the gains without their units."""
    return {name: value for name, value in asdict(found).items() if name.endswith("_gain") and value is not None}


def old_statistics_names(statistics: WriterStatistics) -> dict[str, object]:
    """Return what the writer's statistics had without a unit."""
    values = asdict(statistics)
    return {old: values[name] for old, name in _STATISTICS.items()}


def old_status_names(size: int) -> dict[str, object]:
    """Return what the status had without a unit."""
    return {"bytes": size}


def old_export_names(sending: float, verifying: float) -> dict[str, object]:
    """Return what the report of an export to a server had with the unit in front."""
    return {"seconds_sending": sending, "seconds_verifying": verifying}
