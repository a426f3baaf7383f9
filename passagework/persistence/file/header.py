"""The header of a library: the first 100 bytes, read without SQLite (sqlite.org/fileformat2.html, section 1.3)."""

import struct
from dataclasses import dataclass
from typing import Final, Self

APPLICATION_ID: Final = 0x50574C42
"""``PWLB``, in the header of every library: distinguishes it from other programs' SQLite files."""

HEADER_BYTES: Final = 100
MAGIC: Final = b"SQLite format 3\0"
_FIELDS: Final = struct.Struct(">16s H 6B 12I 20x 2I")
_LARGEST_PAGE: Final = 65_536
PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
_UTF_8: Final = 1
_PAYLOAD_FRACTIONS: Final = (64, 32, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header says. ``pages`` is the size of the database, ``reserved`` the bytes unused in each page."""

    page_size: int
    versions: tuple[int, int]
    reserved: int
    payload_fractions: tuple[int, ...]
    change_counter: int
    pages: int
    free_pages: tuple[int, int]
    schema_format: int
    encoding: int
    largest_root: int
    user_version: int
    application_id: int
    valid_for: int

    @classmethod
    def read(cls, first_page: bytes) -> Self | None:
        """Read the header at the beginning of a database; None if it is not one."""
        if len(first_page) < HEADER_BYTES or not first_page.startswith(MAGIC):
            return None
        fields = _FIELDS.unpack_from(first_page)
        _, page_size, write, read, reserved, *fractions = fields[:8]
        counter, pages, trunk, free, _, schema_format, _ = fields[8:15]
        largest_root, encoding, user_version, _, application, valid_for, _ = fields[15:]
        return cls(
            page_size=_LARGEST_PAGE if page_size == 1 else page_size,
            versions=(write, read),
            reserved=reserved,
            payload_fractions=tuple(fractions),
            change_counter=counter,
            pages=pages,
            free_pages=(trunk, free),
            schema_format=schema_format,
            encoding=encoding,
            largest_root=largest_root,
            user_version=user_version,
            application_id=application,
            valid_for=valid_for,
        )

    @property
    def is_ours(self) -> bool:
        """Whether it says that this is a passage library."""
        return self.application_id == APPLICATION_ID

    @property
    def is_blank(self) -> bool:
        """Whether it says that the database is nobody's, and has no table."""
        return self.application_id == self.user_version == 0 and self.pages <= 1

    def defects(self) -> tuple[str, ...]:
        """Name what no library has in its header."""
        wrong = {
            f"the format versions {self.versions}": self.versions not in {(1, 1), (2, 2)},
            f"{self.reserved} reserved bytes in each page": self.reserved != 0,
            f"the payload fractions {self.payload_fractions}": self.payload_fractions != _PAYLOAD_FRACTIONS,
            f"the schema format {self.schema_format}": self.schema_format != 4,  # noqa: PLR2004 - the only one since 2006
            f"the text encoding {self.encoding}": self.encoding != _UTF_8,
            f"a change counter of {self.change_counter} and another of {self.valid_for}": (
                self.change_counter != self.valid_for
            ),
            f"{self.free_pages[1]} free pages of {self.pages}": not 0 <= self.free_pages[1] < max(1, self.pages),
            f"its free pages begin at page {self.free_pages[0]} of {self.pages}": (
                self.free_pages[0] > self.pages or (self.free_pages[0] == 0) != (self.free_pages[1] == 0)
            ),
            "auto-vacuum": self.largest_root != 0,
        }
        return tuple(said for said, is_wrong in wrong.items() if is_wrong)
