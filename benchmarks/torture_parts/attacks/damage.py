"""Damage to the files of a library, and what the commands then do: no write, no crash, and plain words."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import ClassVar

from torture_parts import commands, history, music
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.kinds_of_damage import DAMAGE, LIBRARY, LOCK, LOG, PAGE, SHARED

WRITES = "import", "set", "undo"


class DamagedLibraries(Attack):
    """A case damages one file of a library and runs one command on it."""

    name: ClassVar[str] = "damage"
    aim: ClassVar[str] = "pages zeroed, swapped or strayed, bits, headers, cuts in library, log, index and lock"
    share: ClassVar[float] = 3.5
    deadline: ClassVar[float] = 90.0

    def prepare(self) -> None:
        seeds = music.seeds(self.bench.shared / "seeds")
        self._music = music.fill(self.folder / "music", seeds[:3], range(3))
        lived = history.histories(self.bench.shared)["two runs and an undo"]
        closed = self.bench.shared / "life" / history.NAME
        self._closed = _files_of(closed)
        self._guid = _a_guid(closed, self.folder / "copy of closed")
        # With a log that no checkpoint has moved: the last steps are in it alone.
        below = self.folder / "open"
        below.mkdir()
        library = lived.begin(below)
        store = lived.open(library)
        for step in lived.steps[:-2]:
            step(store)
        self._opened = _files_of(library)
        self._guid_opened = _a_guid(library, self.folder / "copy of open")
        store.close()
        self._commands: dict[str, list[str | Path]] = {
            "status": ["status"],
            "list": ["list"],
            "review": ["review", "list"],
            "export json": ["export", "json", "out.json"],
            "export m3u": ["export", "m3u", "out.m3u"],
            "set": ["set", "GUID", "title=Other"],
            "undo": ["undo", "1"],
            "import": commands.import_words(self._music),
        }

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        suffix = rng.choice((LIBRARY, LIBRARY, LIBRARY, LOG, LOG, SHARED, LOCK))
        opened = suffix in {LOG, SHARED} or rng.random() < 0.3
        files = dict(self._opened if opened else self._closed)
        if suffix == SHARED:
            files.setdefault(SHARED, bytes(8 * PAGE))
        harm = rng.choice(DAMAGE[suffix])
        data = bytearray(files.get(suffix, bytes(PAGE)) or bytes(PAGE))
        harm(data, rng)
        files[suffix] = bytes(data)
        name = rng.choice(list(self._commands))
        kind = f"{name}, {suffix or 'library'}, {harm.__name__}"
        library = _put(files, scratch / "library")
        truth = _what_is_wrong(files, scratch / "judged")
        words = [str(word) for word in self._commands[name]]
        words = [
            self._guid_opened if opened and word == "GUID" else self._guid if word == "GUID" else word for word in words
        ]
        words = [str(scratch / word) if word.startswith("out.") else word for word in words]
        ended = commands.run(words, library, scratch / "output")
        found = ended.complaints(*(commands.UNDO_MAY_END_WITH if name == "undo" else commands.MAY_END_WITH))
        if truth:
            found += _changed(files, library, name, truth)
            if name in WRITES and ended.code == commands.OK:
                found.append(f"{name} reports success, but the library is damaged: {truth}")
        return Verdict(kind, tuple(found))


def _changed(files: dict[str, bytes], library: Path, name: str, truth: str) -> list[str]:
    """Say what a command did to a damaged library. The index of the log and the note in the lock are no content."""
    found = []
    for suffix in (LIBRARY, LOG):
        path = Path(f"{library}{suffix}")
        # An empty log is as good as none.
        was, now = files.get(suffix, b""), path.read_bytes() if path.exists() else b""
        if now != was:
            what = suffix.lstrip("-") or "library"
            found.append(f"{name} wrote into a damaged library: {what} had {len(was)} bytes, now {len(now)} ({truth})")
    return found


def _what_is_wrong(files: dict[str, bytes], folder: Path) -> str:
    """Say what a full check finds in a copy; empty if it finds nothing. Not by the product."""
    library = _put({suffix: files[suffix] for suffix in files if suffix in {LIBRARY, LOG}}, folder)
    try:
        with closing(sqlite3.connect(library)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
            found += [f"dangling: {row}" for row in connection.execute("PRAGMA foreign_key_check").fetchmany(1)]
            if not found and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                return "not a library"
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return f"{error}"
    return found[0].splitlines()[-1][:80] if found else ""


APPLICATION = 0x50574C42
"""``PWLB``, in the header of every library."""


def _put(files: dict[str, bytes], folder: Path) -> Path:
    folder.mkdir()
    for suffix, content in files.items():
        (folder / f"{history.NAME}{suffix}").write_bytes(content)
    return folder / history.NAME


def _files_of(library: Path) -> dict[str, bytes]:
    return {path.name.removeprefix(history.NAME): path.read_bytes() for path in library.parent.glob(f"{history.NAME}*")}


def _a_guid(library: Path, copy: Path) -> str:
    shutil.copytree(library.parent, copy)
    with closing(sqlite3.connect(copy / history.NAME)) as connection:
        guid = connection.execute("SELECT guid FROM passage WHERE retired_ns IS NULL ORDER BY id LIMIT 1").fetchone()[0]
    shutil.rmtree(copy)
    return str(guid)
