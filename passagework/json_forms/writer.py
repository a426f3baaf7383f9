"""The statistics of the writer, for programs."""

from dataclasses import asdict
from typing import Final

from passagework.domain.writer_statistics import WriterStatistics
from passagework.json_forms.old_names import old_statistics_names

_SECONDS: Final = frozenset({"waits", "holds", "reads", "checkpoints", "oldest_wait"})
"""The names that are times, or distributions of times."""


def statistics_json(statistics: WriterStatistics) -> dict[str, object]:
    """Return every number by its name in the embedding API, times with their unit."""
    values = {**asdict(statistics), "retries": dict(statistics.retries)}
    named = {(f"{name}_seconds" if name in _SECONDS else name): value for name, value in values.items()}
    return {**named, **old_statistics_names(statistics)}
