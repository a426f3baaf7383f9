"""The result of a check of a whole library."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryCheckup:
    """What is damaged, whether the library is marked as damaged now, and whether a mark was removed.

    ``index_is_wrong``: the search index does not say what the library says; the next import makes it again.
    """

    damage: tuple[str, ...]
    is_marked: bool
    mark_removed: bool
    index_is_wrong: bool = False
