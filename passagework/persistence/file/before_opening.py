"""Judge a library and what lies beside it before SQLite opens it, which rolls back, deletes and copies on its own.

Everything here only reads. SQLite copies any log beside a file into it when the last connection closes, deletes the log
of an empty file, and rolls back any journal. So these are compared with the library first: a log belongs to it if the
pages in it follow upon those of the library.
"""

import os
import struct
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passagework.domain.errors import ForeignLogError, LibraryDamagedError, LibraryUnavailableError, UnavailableKind
from passagework.persistence.file.damage_mark import WHAT_TO_DO
from passagework.persistence.file.free_pages import free_pages
from passagework.persistence.file.header import HEADER_BYTES, PAGE_SIZES, Header
from passagework.persistence.file.raw_reading import is_open_here, reading
from passagework.persistence.file.side_files import beside, foreign, open_side_file, wal_of
from passagework.persistence.file.wal_frames import (
    FRAME_HEADER_BYTES,
    MAGICS,
    WAL_HEADER_BYTES,
    WalFrames,
    scan_frames,
)

_BTREE_PAGES: Final = frozenset({2, 5, 10, 13})
"""The first byte of a page of a table or an index."""

_SHM_VERSION: Final = 3_007_000
_SHM_MARKER_BYTES: Final = 3
_SHM_PAGE_BYTES: Final = 4096
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
_JOURNAL_HEADER: Final = struct.Struct(">8s5I")
_LEAST_LOST_COMMITS: Final = 2
"""One transaction that did not reach the disk may have left some frames. A second began when the first was synced."""


@dataclass(frozen=True, slots=True)
class Before:
    """What SQLite will find: the header of the library together with its log; None if there is no library yet.

    ``has_log``: it has a log with content. Without one, ``free`` are the pages that its list of free pages names.
    """

    header: Header | None
    has_log: bool
    free: frozenset[int] | None = None


def judge(library: Path, *, synced: bool, was_library: Callable[[], str | None]) -> Before:
    """Judge the library at this resolved path, and the files that SQLite has beside it.

    ``synced``: every transaction was synced (``library.synchronous`` full), so no later one can be whole if an earlier
    one is not. ``was_library`` gives the reason why an empty file was a library once, None if nothing says so.

    Raises:
        LibraryDamagedError: it is damaged, or no library.
        ForeignLogError: the log or the journal beside it belongs to another database.
        SideFileError: something else has one of the names that SQLite uses.
        LibraryUnavailableError: it cannot be read.

    """
    try:
        # Where this process has the library open, closing its shared memory would release the locks on it.
        if not is_open_here(library):
            _refuse_shm(library)
        with ExitStack() as opened:
            return _judge(library, opened, synced=synced, was_library=was_library)
    except OSError as error:
        raise LibraryUnavailableError(
            f"the library {library} is not available: it, or its -wal file, cannot be read: {error.strerror}",
            UnavailableKind.CANNOT_OPEN,
        ) from error


def _judge(library: Path, opened: ExitStack, *, synced: bool, was_library: Callable[[], str | None]) -> Before:
    log = _open(wal_of(library), library, opened)
    log_bytes = os.fstat(log).st_size if log is not None else 0
    journal = _open(beside(library, "-journal"), library, opened)
    try:
        descriptor = opened.enter_context(reading(library))
    except FileNotFoundError:
        descriptor = None
    size = os.fstat(descriptor).st_size if descriptor is not None else 0
    if descriptor is None or not size:
        _refuse_what_an_empty_library_cannot_have(library, log_bytes, journal)
        if descriptor is not None and (reason := was_library()) is not None:
            raise _damaged(library, f"it is empty, but {reason}", "to begin a new library, delete the empty file")
        return Before(None, has_log=False)
    header = Header.read(os.pread(descriptor, HEADER_BYTES, 0))
    if header is None or header.page_size not in PAGE_SIZES:
        raise LibraryDamagedError(
            f"{library} is not a passage library, not even an SQLite file; name another file, or restore a backup"
        )
    if journal is not None and os.fstat(journal).st_size and (header.is_ours or header.pages <= 1):
        _refuse_foreign_journal(library, journal, header, size)
    result, has_log = header, False
    if log is not None and log_bytes:
        result, has_log = _with_log(library, descriptor, log, header, synced=synced)
    if result.is_ours:
        _refuse_defects(library, result, None if has_log else size)
        free = None if has_log else free_pages(descriptor, header)
        if not has_log and free is None:
            raise _damaged(library, "its list of free pages is wrong")
        return Before(result, has_log, free)
    if result.user_version == 0 and result.application_id == 0 and (reason := was_library()) is not None:
        raise _damaged(library, f"its header is that of an empty database, but {reason}")
    return Before(result, has_log)


def _open(path: Path, library: Path, opened: ExitStack) -> int | None:
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except FileNotFoundError:
        return None
    opened.callback(os.close, descriptor)
    return descriptor


def _damaged(library: Path, what: str, then: str = WHAT_TO_DO) -> LibraryDamagedError:
    return LibraryDamagedError(f"the library {library} is damaged: {what}. Nothing was changed; {then}")


def _refuse_defects(library: Path, header: Header, size: int | None) -> None:
    """Refuse a header that no library has; ``size`` is that of the file if nothing of it is in a log."""
    defects = list(header.defects())
    if header.user_version == 0:
        defects.append("schema version 0")
    if not defects and size is not None and size != header.pages * header.page_size:
        defects.append(f"{header.pages * header.page_size} bytes, but it has {size}")
    if defects:
        raise _damaged(library, f"its header says {', '.join(defects)}")


def _refuse_what_an_empty_library_cannot_have(library: Path, log_bytes: int, journal: int | None) -> None:
    """SQLite would delete both. A library whose making was interrupted has at most a journal without content."""
    if log_bytes:
        raise _damaged(
            library,
            f"it is empty or gone, but its log {wal_of(library).name} has {log_bytes} bytes",
            "put the library back, or restore a backup; to begin a new one, move the log away",
        )
    if journal is None:
        return
    content = os.pread(journal, _JOURNAL_HEADER.size, 0)
    begins_empty = content.startswith(_JOURNAL_MAGIC) and content[16:20] == bytes(4)
    if content.strip(b"\0") and not begins_empty and not _is_not_synced(content):
        raise foreign(beside(library, "-journal"), "a journal of this library")


def _is_not_synced(journal: bytes) -> bool:
    """Tell whether this begins a journal that SQLite does not use yet: magic and number of pages are zero."""
    *_, sector, page_size = _JOURNAL_HEADER.unpack(journal.ljust(_JOURNAL_HEADER.size, b"\0"))
    return not journal[:12].strip(b"\0") and sector in {*PAGE_SIZES, 32} and page_size in PAGE_SIZES


def _refuse_shm(library: Path) -> None:
    """SQLite truncates whatever has the name of its shared memory.

    Programs that only read may make, fill and truncate it meanwhile: what was read need not fit the size. It begins
    with zeros or with the version, whole or cut, at every moment.
    """
    path = beside(library, "-shm")
    try:
        descriptor = open_side_file(path, os.O_RDONLY, library)
    except FileNotFoundError:
        return
    content, size = os.pread(descriptor, 4, 0), os.fstat(descriptor).st_size
    os.close(descriptor)
    begins_like_ours = struct.pack("=I", _SHM_VERSION).startswith(content) or not content.strip(b"\0")
    if not begins_like_ours or (size > _SHM_MARKER_BYTES and size % _SHM_PAGE_BYTES):
        raise foreign(path, "the shared memory of a library")


def _refuse_foreign_journal(library: Path, journal: int, header: Header, size: int) -> None:
    """Accept the journal that a change of the journal mode left when it was interrupted; SQLite rolls it back.

    It holds the former page 1, which names the application. Without any page it only sets the size of the file: to
    nothing, where a new library got its first page.
    """
    path = beside(library, "-journal")
    content = os.pread(journal, _JOURNAL_HEADER.size, 0)
    if not content.strip(b"\0") or _is_not_synced(content):
        return
    if len(content) < _JOURNAL_HEADER.size or not content.startswith(_JOURNAL_MAGIC):
        raise foreign(path, "a journal of this library")
    _, _records, _nonce, pages, sector, page_size = _JOURNAL_HEADER.unpack(content)
    former = None
    if page_size == header.page_size:
        at, record = sector, 8 + page_size
        while len(head := os.pread(journal, 4 + HEADER_BYTES, at)) == 4 + HEADER_BYTES:
            if head[:4] == b"\0\0\0\1":
                former = Header.read(head[4:])
            at += record
        if at == sector:
            made_blank = not pages and header.is_blank
            former = header if made_blank or pages * page_size == size else None
    ours = former is not None and (former.is_ours or (former.application_id == 0 and former.pages <= 1))
    if not ours or (former is not None and former.is_ours and former.pages != pages):
        raise ForeignLogError(
            f"{path} is the journal of another database, and SQLite would copy it over the library; nothing was "
            "changed. Move it away; if it belongs to this library, put back the library that it belongs to"
        )


def _with_log(library: Path, descriptor: int, log: int, header: Header, *, synced: bool) -> tuple[Header, bool]:
    """Return the header after recovery of the log, and whether the log has content."""
    frames = scan_frames(log, header.page_size)
    wal = frames.header
    if wal.is_valid and wal.page_size != header.page_size:
        raise _foreign_log(library, f"its pages have {wal.page_size} bytes, and not {header.page_size}")
    if not wal.is_valid:
        _refuse_no_log(library, descriptor, log, frames, header.page_size)
        return header, False
    if not frames.pages:
        _refuse_lost(library, descriptor, log, frames, header.page_size, synced=synced)
        return header, False
    result = header
    if frames.first_pages:
        latest = Header.read(os.pread(log, HEADER_BYTES, frames.pages[1]))
        if latest is None:
            raise _foreign_log(library, "its first page is not that of a database")
        result = latest
    if not result.is_ours:
        if not header.is_ours and not header.is_blank:
            raise another_program(library)
        raise _foreign_log(library, "it makes another program's database of it")
    if (reason := _does_not_follow(descriptor, log, frames, header, result)) is not None:
        raise _foreign_log(library, reason)
    _refuse_lost(library, descriptor, log, frames, header.page_size, synced=synced)
    return result, True


def another_program(library: Path) -> LibraryDamagedError:
    """Create the error for a database that is not a library."""
    return LibraryDamagedError(f"{library} is another program's database, not a passage library; name another file")


def _foreign_log(library: Path, reason: str) -> ForeignLogError:
    return ForeignLogError(
        f"{wal_of(library)} is not the log of the library {library}: {reason}. SQLite would copy it over the library, "
        "so nothing was changed. Move the log away; after restoring a copy, that is always right"
    )


def _does_not_follow(descriptor: int, log: int, frames: WalFrames, header: Header, result: Header) -> str | None:
    """Return why the log does not follow upon the database; None if it does.

    There are two cases. Page 1 is not in the log: no page was added or freed, so the size is the same, and each page is
    of the same kind. Or page 1 is in it, with a counter that a connection increments once: the log begins with the next
    value, or a checkpoint has copied a value of the log into the database.
    """
    if result.pages != frames.database_pages:
        return f"it is for a database of {frames.database_pages} pages, and not of {result.pages}"
    if not frames.first_pages:
        for page, place in frames.pages.items():
            kind = os.pread(descriptor, 1, (page - 1) * header.page_size)
            if page > header.pages or (kind and kind[0] in _BTREE_PAGES and os.pread(log, 1, place) != kind):
                return f"page {page} in it is of another kind"
        return None
    counters = [
        found.change_counter
        for place in frames.first_pages
        if (found := Header.read(os.pread(log, HEADER_BYTES, place))) is not None
    ]
    if header.change_counter in counters or header.change_counter + 1 in counters[:1]:
        return None
    return f"it begins with change {counters[:1]}, and the library is at change {header.change_counter}"


def _refuse_no_log(library: Path, descriptor: int, log: int, frames: WalFrames, page_size: int) -> None:
    """Refuse a log whose header SQLite would ignore, and overwrite, unless nothing in it is missing from the database.

    There are four cases. It holds transactions, which may be in the database already: a power failure while the log
    began anew. It holds nothing but zeros, or the beginning of a header: a power failure while it was made. It is
    damaged. It is no log at all.
    """
    if frames.lost_commits:
        if _all_copied(descriptor, log, frames, page_size):
            return
        raise _damaged(
            library,
            f"the beginning of its log is overwritten, and {frames.lost_commits} transactions behind it are lost",
        )
    head = os.pread(log, WAL_HEADER_BYTES, 0)
    is_beginning = any(struct.pack(">I", magic).startswith(head[:4]) for magic in MAGICS) if head.strip(b"\0") else True
    nothing_behind = frames.is_blank_behind and not _rest(log, page_size).strip(b"\0")
    if is_beginning and nothing_behind:
        return
    if frames.header.is_magic:
        raise _damaged(library, "its log cannot be read")
    raise foreign(wal_of(library), "the log of a library")


def _rest(log: int, page_size: int) -> bytes:
    """Return what follows the last whole frame."""
    frame = FRAME_HEADER_BYTES + page_size
    size = os.fstat(log).st_size
    return os.pread(log, frame, WAL_HEADER_BYTES + max(0, size - WAL_HEADER_BYTES) // frame * frame)


def _refuse_lost(library: Path, descriptor: int, log: int, frames: WalFrames, page_size: int, *, synced: bool) -> None:
    """Refuse a log that is damaged in its middle: whole transactions behind that point are lost.

    Not so if they are in the database already, or if the log was not synced: a power failure may then lose any part of
    it.
    """
    if synced and frames.lost_commits >= _LEAST_LOST_COMMITS and not _all_copied(descriptor, log, frames, page_size):
        raise _damaged(library, f"its log is damaged, and {frames.lost_commits} transactions in it cannot be read")


def _all_copied(descriptor: int, log: int, frames: WalFrames, page_size: int) -> bool:
    return all(
        os.pread(log, page_size, place) == os.pread(descriptor, page_size, (page - 1) * page_size)
        for page, place in frames.lost_pages.items()
    )
