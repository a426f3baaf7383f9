"""Which files of a folder a sheet is about."""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from passagework.domain.given_cuts import CutSource, GivenCuts
from passagework.domain.sheets.cue_sheet import CueSheet, SheetFile

_SEPARATORS: Final = re.compile(r"[/\\]")


def cuts_by_file(sheets: Mapping[bytes, CueSheet], names: Sequence[bytes]) -> dict[bytes, GivenCuts]:
    """Return what the sheets of a folder say about its files, all by name.

    Of two sheets about one file the one that is named like it counts, then the first by name. A sheet that names one
    file, which is not there, is about the file that is named like the sheet. One with a fault gives its files no
    pieces: that is to be reported with them.
    """
    found: dict[bytes, tuple[bool, GivenCuts]] = {}
    for sheet_name in sorted(sheets):
        sheet = sheets[sheet_name]
        own = _stem(os.fsdecode(sheet_name))
        files = sheet.files or [SheetFile("")]
        for file in files:
            named = files_named(file.name, names)
            if not named and len(files) == 1:
                named = files_named(own, names)
            for name in named:
                is_own = own in {_key(os.fsdecode(name)), _stem(os.fsdecode(name))}
                if name not in found or (is_own and not found[name][0]):
                    found[name] = is_own, sheet.cuts(file, CutSource.CUE_SHEET)
    return {name: cuts for name, (_, cuts) in found.items()}


def files_named(name: str, names: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the files that a sheet means by a name: those of this name, else in other case, else with other suffixes.

    Only the last part of a path counts: sheets have paths of the machine on which they were written. A sheet that was
    written for a WAV file is kept beside what the WAV file was made into.
    """
    wanted = _SEPARATORS.split(name)[-1]
    if not wanted:
        return ()
    names = sorted(names)
    # The last case is a name without a suffix.
    for of_file, of_sheet in ((_same, _same), (_key, _key), (_stem, _stem), (_stem, _key)):
        if found := tuple(one for one in names if of_file(os.fsdecode(one)) == of_sheet(wanted)):
            return found
    return ()


def _same(name: str) -> str:
    return name


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return _key(stem if stem and dot else name)
