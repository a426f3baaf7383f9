"""The result of a check of a whole library."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryCheckup:
    """What is damaged, whether the library is marked as damaged now, and whether a mark was removed.

    ``wrong`` is what was derived from the library and does not agree with it: the next import makes it again.
    """

    damage: tuple[str, ...]
    is_marked: bool
    mark_removed: bool
    wrong: tuple[str, ...] = ()
