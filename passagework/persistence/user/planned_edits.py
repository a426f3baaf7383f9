"""The changes and statements of an edit, before anything is written."""

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
    """One value that changes, with the user value before and after; None: not set."""

    edited: Edited
    user_before: Value
    user_after: Value

    @property
    def is_owned(self) -> bool:
        """Tell whether the user value itself changes, and not only a value that follows from it."""
        return self.user_before != self.user_after


@dataclass(frozen=True, slots=True)
class Planned:
    """The changes, and the statements with their rows that perform them."""

    changes: tuple[Change, ...]
    updates: tuple[tuple[str, tuple[tuple[Value, ...], ...]], ...]
