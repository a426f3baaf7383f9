"""What an edit comes down to, before anything is written."""

from dataclasses import dataclass

from passagework.domain.edits import Edited, Subject, Value


@dataclass(frozen=True, slots=True)
class Target:
    """The subject of an edit as the library has it: ``row`` is its row id, ``key`` its whole guid or MBID."""

    subject: Subject
    row: int
    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changes, and what the person had set before and has set after; None: nothing."""

    edited: Edited
    own_before: Value
    own_after: Value

    @property
    def is_owned(self) -> bool:
        """Tell whether what the person has set changes, and not only what follows from it."""
        return self.own_before != self.own_after


@dataclass(frozen=True, slots=True)
class Planned:
    """The changes, and the statements with their rows that make them."""

    changes: tuple[Change, ...]
    updates: tuple[tuple[str, tuple[tuple[Value, ...], ...]], ...]
