"""The frames of a WAL: which of them SQLite would use, and what lies behind them (sqlite.org/walformat.html)."""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WAL_HEADER_BYTES: Final = 32
FRAME_HEADER_BYTES: Final = 24
MAGICS: Final = (0x377F0682, 0x377F0683)
FORMAT: Final = 3_007_000
_HEADER: Final = struct.Struct(">8I")
_BLOCK_BYTES: Final = 4 * 2**20
_MOD: Final = 2**32

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WalHeader:
    """The header: ``is_valid`` if its check sum and format are right; ``salts`` mark the frames that belong to it."""

    is_magic: bool
    is_valid: bool
    big_endian: bool
    page_size: int
    salts: Pair
    checksum: Pair


@dataclass(slots=True)
class WalFrames:
    """What a scan of a WAL found.

    ``pages`` are the positions in the file of the last committed version of each page that SQLite would read from it,
    and ``first_pages`` all versions of page 1 among them. ``database_pages`` is the size of the database after the last
    commit; ``sizes`` are all sizes after commits. ``lost_pages`` and ``lost_commits`` are behind the point up to which
    SQLite reads, in frames that fit together although one before them does not: they were written, and cannot be used.
    """

    header: WalHeader
    pages: dict[int, int] = field(default_factory=dict)
    first_pages: list[int] = field(default_factory=list)
    sizes: set[int] = field(default_factory=set)
    database_pages: int = 0
    lost_pages: dict[int, int] = field(default_factory=dict)
    lost_commits: int = 0
    is_blank_behind: bool = True


def read_wal_header(descriptor: int) -> WalHeader:
    """Read the first 32 bytes of a WAL; shorter or other content gives a header that is not valid."""
    content = os.pread(descriptor, WAL_HEADER_BYTES, 0).ljust(WAL_HEADER_BYTES, b"\0")
    magic, version, page_size, _sequence, *salts_and_sums = _HEADER.unpack(content)
    salt_1, salt_2, sum_1, sum_2 = salts_and_sums
    big_endian = bool(magic & 1)
    words = struct.unpack((">" if big_endian else "<") + "6I", content[:24])
    state = (0, 0)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (state[0] + even + state[1]) % _MOD
        state = (first, (state[1] + odd + first) % _MOD)
    return WalHeader(
        is_magic=magic in MAGICS,
        is_valid=magic in MAGICS and version == FORMAT and state == (sum_1, sum_2),
        big_endian=big_endian,
        page_size=page_size,
        salts=(salt_1, salt_2),
        checksum=(sum_1, sum_2),
    )


def bytes_in_use(descriptor: int, size: int) -> int:
    """Return the bytes of the frames since a WAL of this size began anew, in a few reads: they have its salts.

    Frames of a transaction that was rolled back may be counted, too. No check sums are compared.
    """
    header = read_wal_header(descriptor)
    if not header.is_valid:
        return 0
    salts = struct.pack(">2I", *header.salts)
    frame = FRAME_HEADER_BYTES + header.page_size
    low, high = 0, (size - WAL_HEADER_BYTES) // frame
    while low < high:
        middle = (low + high) // 2
        if os.pread(descriptor, 8, WAL_HEADER_BYTES + middle * frame + 8) == salts:
            low = middle + 1
        else:
            high = middle
    return low * frame


def scan_frames(descriptor: int, page_size: int) -> WalFrames:
    """Scan a whole WAL with pages of this size, in blocks; its check sums are those of sqlite.org/walformat.html."""
    found = WalFrames(read_wal_header(descriptor))
    reaches = found.header.is_valid and found.header.page_size == page_size
    chain, stored = found.header.checksum, found.header.checksum
    uncommitted: dict[int, int] = {}
    first_pages: list[int] = []
    unused: dict[int, int] = {}
    words = (8 + page_size) // 4
    for at, block in _blocks(descriptor, page_size):
        own = _own_sums(block, found.header.big_endian)
        heads = block[:, :FRAME_HEADER_BYTES].copy().view(">u4").tolist()
        for number, (head, sums) in enumerate(zip(heads, own, strict=True)):
            page, size, *salts_and_sums = head
            place = at + number * block.shape[1] + FRAME_HEADER_BYTES
            after = tuple(salts_and_sums[2:])
            if reaches:
                chain = _continued(chain, sums, words)
                if tuple(salts_and_sums[:2]) == found.header.salts and chain == after and page:
                    uncommitted[page] = place
                    if page == 1:
                        first_pages.append(place)
                    if size:
                        found.pages.update(uncommitted)
                        found.first_pages += first_pages
                        found.sizes.add(size)
                        found.database_pages = size
                        uncommitted, first_pages = {}, []
                    stored = after
                    continue
                reaches = False
            # A frame that continues the one before it was written after it, whatever is wrong with an earlier one.
            if page and _continued(stored, sums, words) == after and _is_lost(found.header, salts_and_sums[:2]):
                unused[page] = place
                if size:
                    found.lost_commits += 1
                    found.lost_pages.update(unused)
                    unused = {}
            else:
                unused = {}
            found.is_blank_behind = found.is_blank_behind and not block[number].any()
            stored = after
    return found


def _is_lost(header: WalHeader, salts: list[int]) -> bool:
    """Frames with other salts than those of a valid header are of an earlier generation: they are in the database."""
    return not header.is_valid or tuple(salts) == header.salts


def _blocks(descriptor: int, page_size: int) -> Iterator[tuple[int, "NDArray[np.uint8]"]]:
    """Yield the frames of a WAL, many at a time, each block with its place in the file."""
    import numpy as np  # noqa: PLC0415 - nearly no opening finds a WAL with content, and this import takes longest

    frame = FRAME_HEADER_BYTES + page_size
    at_once = max(1, _BLOCK_BYTES // frame)
    at = WAL_HEADER_BYTES
    while True:
        content = os.pread(descriptor, at_once * frame, at)
        count = len(content) // frame
        if not count:
            return
        yield at, np.frombuffer(content, np.uint8, count * frame).reshape(count, frame)
        at += count * frame


def _own_sums(block: "NDArray[np.uint8]", big_endian: bool) -> list[list[int]]:  # noqa: FBT001 - of the header
    """Return for each frame what it adds to the running check sum, which is linear modulo 2^32.

    Each word w makes z(k) = z(k-1) + z(k-2) + w(k) of the two sums before it, so Fibonacci numbers weigh the words.
    """
    import numpy as np  # noqa: PLC0415 - as above

    order = ">u4" if big_endian else "<u4"
    covered = np.concatenate([block[:, :8], block[:, FRAME_HEADER_BYTES:]], axis=1)
    words = covered.view(order).astype(np.uint32)
    count = words.shape[1]
    left = np.arange(count, 0, -1)
    fibonacci = np.array(_fibonacci(count + 2), np.uint32)
    sums: list[list[int]] = (words @ np.stack([fibonacci[left - 1], fibonacci[left]], axis=1)).tolist()
    return sums


@cache
def _fibonacci(count: int) -> tuple[int, ...]:
    """Return the first Fibonacci numbers, from F(0) = 0 on, modulo 2^32."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append((numbers[-1] + numbers[-2]) % _MOD)
    return tuple(numbers)


def _continued(before: Pair, own: list[int], words: int) -> Pair:
    """Continue a check sum by a frame of so many words that adds ``own``."""
    *_, less, same, more = _fibonacci(words + 2)
    first, second = before
    return (own[0] + less * first + same * second) % _MOD, (own[1] + same * first + more * second) % _MOD
