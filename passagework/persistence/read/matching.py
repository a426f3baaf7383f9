"""Turn a filter into SQL: which passages match is decided here, for lists, counts and whatever chooses passages.

What a filter says of names, changes and words becomes a set of rows, with the help of the search index; the rest are
conditions. Words and distances take long to look at, so a page compares only as many passages as it needs
(:class:`Matching`), while :func:`where` compares all.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from passagework.domain.json_text import write_json
from passagework.domain.passage_filter import PassageFilter, reason_of
from passagework.domain.playable import NotPlayable
from passagework.domain.units import TICKS_PER_SECOND
from passagework.persistence.read.changes import changed_since
from passagework.persistence.read.names import NAMED, named_passages
from passagework.persistence.read.nearness import distance_from, near_enough
from passagework.persistence.read.queries import CountPassages
from passagework.persistence.read.search import files_with_words, having_text
from passagework.persistence.rows.playable import CONDITIONS, PLAYABLE

FEW: Final = 10_000
"""So many passages are looked up one by one, in less time than it takes to go through a large library."""

_AT_ONCE: Final = 500

_OF_FILES: Final = "SELECT p.id FROM json_each(:files) AS j CROSS JOIN passage AS p ON p.file_id = j.value"

_LENGTH: Final = "p.end_ticks - p.start_ticks"

_OF_FILE: Final = "CROSS JOIN file AS f ON f.id = p.file_id"

_EACH: Final = f"passage AS p {_OF_FILE}"

_FEW: Final = f"json_each(:filter_these) AS filter_j CROSS JOIN passage AS p ON p.id = filter_j.value {_OF_FILE}"

_IS_ONE_OF_THESE: Final = "p.id IN (SELECT value FROM json_each(:filter_these))"

Check = Callable[[Sequence[int]], set[int]]
"""Returns those of some passages that match."""


@dataclass(frozen=True, slots=True)
class Matching:
    """What a filter means for a library as it is: a condition in SQL with its values, and what is checked beside it.

    The condition is about ``p``, a passage, and ``f``, its file; all values have names that begin with ``filter_``.
    ``these``: only these rows may match, and the condition does not say so; None: any may.
    """

    condition: str
    values: dict[str, object]
    these: frozenset[int] | None
    checks: tuple[Check, ...]

    @property
    def tables(self) -> str | None:
        """What to select from where few passages may match; None: as it suits the order."""
        return _FEW if self.these is not None and len(self.these) <= FEW else None

    @property
    def whole_condition(self) -> str:
        """The condition, with ``these``."""
        if self.these is None or self.tables is not None:
            return self.condition
        return f"{self.condition} AND {_IS_ONE_OF_THESE}"

    def checked(self, passages: Sequence[int]) -> list[int]:
        """Return those of these passages, in their order, that pass all checks."""
        left = list(passages)
        for check in self.checks:
            kept = check(left) if left else set()
            left = [row for row in left if row in kept]
        return left


def matching(connection: sqlite3.Connection, wanted: PassageFilter) -> Matching:
    """Look up what a filter names. Raises NotFoundError if ``near`` names no passage."""
    conditions, values = _conditions(wanted)
    sets = [named_passages(connection, what, name) for what in NAMED if (name := getattr(wanted, what)) is not None]
    if wanted.changed_since is not None and (changed := changed_since(connection, wanted.changed_since)) is not None:
        sets.append(changed)
    checks: list[Check] = []
    if wanted.text is not None:
        if (files := files_with_words(connection, wanted.text)) is not None:
            rows = connection.execute(_OF_FILES, {"files": write_json(list(files))})
            sets.append({row for (row,) in rows})
        checks.append(partial(having_text, connection, wanted.text))
    if wanted.near is not None and wanted.within is not None:
        checks.append(partial(near_enough, connection, distance_from(connection, wanted.near), wanted.within))
    these = frozenset(set.intersection(*sets)) if sets else None
    if these is not None:
        values["filter_these"] = write_json(sorted(these))
    return Matching(" AND ".join(conditions) or "true", values, these, tuple(checks))


def where(connection: sqlite3.Connection, wanted: PassageFilter) -> tuple[str, dict[str, object]]:
    """Return a condition in SQL, and its values, that exactly the passages meet that match.

    The condition is about ``p``, a passage, and ``f``, its file; all values have names that begin with ``filter_``. It
    holds for the state of the library in which it was made. Raises NotFoundError if ``near`` names no passage.
    """
    found = matching(connection, wanted)
    if not found.checks:
        these = "" if found.these is None else f" AND {_IS_ONE_OF_THESE}"
        return found.condition + these, found.values
    return _IS_ONE_OF_THESE, {"filter_these": write_json(_rows(connection, found))}


def matching_rows(connection: sqlite3.Connection, wanted: PassageFilter) -> list[int]:
    """Return the row ids of all passages that match, in order. Raises NotFoundError as :func:`where`."""
    return _rows(connection, matching(connection, wanted))


def count_matching(connection: sqlite3.Connection, query: CountPassages) -> int:
    """Return how many passages match. Raises NotFoundError as :func:`where`."""
    condition, values = where(connection, query.wanted)
    (count,) = connection.execute(f"SELECT count(*) FROM {_EACH} WHERE {condition}", values).fetchone()
    return int(count)


def _rows(connection: sqlite3.Connection, found: Matching) -> list[int]:
    statement = f"SELECT p.id FROM {found.tables or _EACH} WHERE {found.whole_condition} ORDER BY p.id"
    rows = [row for (row,) in connection.execute(statement, found.values)]
    return rows if not found.checks else [row for some in _batches(rows) for row in found.checked(some)]


def _batches(rows: Sequence[int]) -> Iterator[Sequence[int]]:
    return (rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE))


def _conditions(wanted: PassageFilter) -> tuple[list[str], dict[str, object]]:
    """Return the conditions that need no look into the library."""
    conditions: list[str] = []
    match wanted.playable:
        case True:
            conditions.append(PLAYABLE)
        case False:
            conditions.append(f"NOT ({PLAYABLE})")
        case None:
            pass
    if wanted.not_playable_because is not None:
        conditions.append(CONDITIONS[reason_of(wanted.not_playable_because)])
    if not wanted.retired and wanted.not_playable_because != NotPlayable.RETIRED and wanted.playable is not True:
        conditions.append(f"NOT ({CONDITIONS[NotPlayable.RETIRED]})")
    bounds = (
        ("p.loudness_integrated >=", "loudness_from", wanted.loudness_from, 1),
        ("p.loudness_integrated <=", "loudness_to", wanted.loudness_to, 1),
        (f"{_LENGTH} >=", "seconds_from", wanted.seconds_from, TICKS_PER_SECOND),
        (f"{_LENGTH} <=", "seconds_to", wanted.seconds_to, TICKS_PER_SECOND),
    )
    given = [(compared, f"filter_{name}", bound * unit) for compared, name, bound, unit in bounds if bound is not None]
    conditions += [f"{compared} :{name}" for compared, name, _ in given]
    return conditions, {name: float(bound) for _, name, bound in given}
