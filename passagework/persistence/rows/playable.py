"""Which passages can be played now: one definition for lists, exports and views, here and on a MySQL server.

The conditions are about ``p``, a passage, and ``f``, its file.
"""

from types import MappingProxyType
from typing import Final

from passagework.domain.playable import NotPlayable

CONDITIONS: Final = MappingProxyType(
    {
        NotPlayable.MISSING: "f.missing_run IS NOT NULL",
        NotPlayable.EXCLUDED: "f.excluded_run IS NOT NULL",
        NotPlayable.RETIRED: "p.retired_ns IS NOT NULL",
        NotPlayable.REJECTED: "COALESCE(p.approval, '') = 'rejected'",
    }
)
"""The condition of each reason, true or false and never NULL."""

PLAYABLE: Final = " AND ".join(f"NOT ({condition})" for condition in CONDITIONS.values())

REASONS: Final = " + ".join(f"(({condition}) << {number})" for number, condition in enumerate(CONDITIONS.values()))
"""The expression of a number that :func:`reasons_of` reads."""


def _reasons(number: int) -> tuple[NotPlayable, ...]:
    return tuple(reason for place, reason in enumerate(CONDITIONS) if number >> place & 1)


_OF_NUMBER: Final = tuple(_reasons(number) for number in range(1 << len(CONDITIONS)))


def reasons_of(number: int) -> tuple[NotPlayable, ...]:
    """Read the reasons why a passage cannot be played; none if it can."""
    return _OF_NUMBER[number]
