"""The result of a check of a whole library."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule of the library that some of its rows break, although SQLite finds the file whole.

    ``what`` names such rows in the plural, ``count`` is their number, ``example`` the first of them, ``advice`` what a
    person can do.
    """

    what: str
    count: int
    example: str
    advice: str


@dataclass(frozen=True, slots=True)
class LibraryCheckup:
    """What is damaged, whether the library is marked as damaged now, and whether a mark was removed.

    ``wrong`` is what was derived from the library and does not agree with it: the next import makes it again.
    ``broken``: rules that do not hold. They keep nobody from writing, but a mark that is there stays.
    """

    damage: tuple[str, ...]
    is_marked: bool
    mark_removed: bool
    wrong: tuple[str, ...] = ()
    broken: tuple[BrokenRule, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is damaged and every rule holds. What is derived can be made again."""
        return not (self.damage or self.broken)
