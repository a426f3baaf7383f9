"""What CUE sheets beside files say about them, folder by folder. Plain, no threads.

A folder without a sheet costs nothing: which folders have one is known from the walk, and which files were analysed
with one from the library, by an index.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from stat import S_ISREG
from typing import Final

from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.walk import ListedFile, Listing
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.given_cuts import Given, GivenCuts, cuts_hash
from passagework.domain.scan_scope import ScanPart
from passagework.domain.sheets.cue_sheet import LARGEST_SHEET, CueSheet, parse_cue_sheet
from passagework.domain.sheets.naming import cuts_by_file
from passagework.domain.sheets.text import decode_text
from passagework.persistence.read.queries import SheetFolders, SheetHashes

_MOST_SHEETS: Final = 100
"""Read of one folder, the first by name."""

_KEPT_FOLDERS: Final = 64
"""Files of a folder follow each other, so their sheets are read once."""

_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


class FolderSheets:
    """``may_be_audio`` tells which names are those of music; ``parts`` is where this scan looks."""

    def __init__(self, library: LibraryPort, parts: Sequence[ScanPart], may_be_audio: Callable[[bytes], bool]) -> None:
        self._library = library
        self._parts = parts
        self._may_be_audio = may_be_audio
        self._sheets: dict[bytes, tuple[bytes, ...]] = {}
        self._before: set[bytes] | None = None
        self._read: OrderedDict[bytes, Mapping[bytes, GivenCuts]] = OrderedDict()

    def listed(self, listings: Iterable[Listing], sheets: Iterable[bytes]) -> None:
        """Note the sheets in some folders."""
        found: dict[bytes, list[bytes]] = {}
        for path in sheets:
            folder, _, name = path.rpartition(b"/")
            found.setdefault(folder, []).append(name)
        if found or self._sheets:
            for listing in listings:
                folder = listing.folder.rstrip(b"/")
                self._sheets.pop(folder, None)
                self._read.pop(folder, None)
        self._sheets.update({folder: tuple(sorted(names)[:_MOST_SHEETS]) for folder, names in found.items()})

    def with_sheet(self, file: FileInHand) -> FileInHand:
        """Return the file with what a sheet says about it."""
        sheet = self._of(file.path)
        if sheet is None:
            return file
        return replace(file, given=replace(file.given or Given(), sheet=sheet))

    def said_otherwise(
        self, listings: Iterable[Listing], unchanged: Callable[[ListedFile], bool]
    ) -> Iterator[ListedFile]:
        """Yield the unchanged files about which their sheet says something else than when they were analysed.

        That there is none now, or was none, is something else. Raises what a query raises while the library is away.
        """
        before = self._folders_before()
        asked = [one for one in listings if one.folder in before or one.folder.rstrip(b"/") in self._sheets]
        if not asked:
            return
        hashes = self._library.query(SheetHashes([one.folder for one in asked]))
        for listing in asked:
            for file in sorted(listing.files):
                if unchanged(file):
                    sheet = self._of(file[0])
                    if hashes.get(file[0]) != (None if sheet is None else cuts_hash((sheet,))):
                        yield file

    def _of(self, path: bytes) -> GivenCuts | None:
        folder, _, name = path.rpartition(b"/")
        if folder not in self._sheets:
            return None
        if folder not in self._read:
            self._read[folder] = self._read_folder(folder, self._sheets[folder])
            if len(self._read) > _KEPT_FOLDERS:
                self._read.popitem(last=False)
        return self._read[folder].get(name)

    def _read_folder(self, folder: bytes, names: Iterable[bytes]) -> Mapping[bytes, GivenCuts]:
        try:
            with os.scandir(folder or b"/") as entries:
                there = [one.name for one in entries if self._may_be_audio(one.name) and one.is_file()]
        except OSError:
            return {}
        return cuts_by_file({name: _read_sheet(folder + b"/" + name) for name in names}, there)

    def _folders_before(self) -> Collection[bytes]:
        if self._before is None:
            self._before = {
                folder
                for part in self._parts
                for folder in (self._library.query(SheetFolders(part.folder)) if part.below else (part.folder,))
            }
        return self._before


def _read_sheet(path: bytes) -> CueSheet:
    """Read a sheet; what cannot be read has a fault. A pipe or a device is not even opened."""
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return CueSheet(fault="not a file")
        descriptor = os.open(path, _FLAGS)
        with open(descriptor, "rb") as file:
            data = file.read(LARGEST_SHEET + 1)
    except OSError as error:
        return CueSheet(fault=os.strerror(error.errno) if error.errno else str(error))
    if len(data) > LARGEST_SHEET:
        return CueSheet(fault="too large")
    return parse_cue_sheet(decode_text(data))
