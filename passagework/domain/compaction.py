"""What compacting a library takes, and what came of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Compactable:
    """A library before it is compacted, in bytes; ``needed`` is what the copy beside it may take."""

    size: int
    unused: int
    page_size: int
    needed: int
    free_on_disk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """Bytes of the file before and after."""

    before: int
    after: int
