"""The content of a library as lines, without what may differ between two imports: by the dump that the tests use."""

import hashlib
import importlib.util
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType

PROJECT = Path(__file__).resolve().parents[2]
LINES_SHOWN = 3
GUID_OF_EDIT = re.compile(r"(?<=subject='passage' )subject_key='[^']*'")
"""Guids are random."""


def _load_dump() -> ModuleType:
    spec = importlib.util.spec_from_file_location("library_dump", PROJECT / "tests" / "support" / "dump.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_dump = _load_dump()


def lines_of(library: Path) -> list[str]:
    """Give the content, line by line. Nothing beside the library is changed."""
    return sorted(GUID_OF_EDIT.sub("", line) for line in _dump.dump(library))


def digest_of(lines: Sequence[str]) -> bytes:
    """Make contents quick to compare."""
    return hashlib.blake2b("\n".join(lines).encode(errors="surrogateescape"), digest_size=16).digest()


def difference(expected: Sequence[str], found: Sequence[str]) -> str:
    """Show the first lines in which two contents differ."""
    lacking, added = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    shown = [f"lacks {line[:160]}" for line in lacking[:LINES_SHOWN]]
    shown += [f"has {line[:160]}" for line in added[:LINES_SHOWN]]
    return f"{len(lacking)} lines are missing and {len(added)} are too many: " + "; ".join(shown)


def analysed(library: Path) -> set[bytes]:
    """Give the paths of the files that were analysed, and did not fail later."""
    with closing(sqlite3.connect(f"{library.resolve().as_uri()}?mode=rw", uri=True)) as connection:
        return {path for (path,) in connection.execute("SELECT path FROM file WHERE state = 'analysed'")}


def unsound(library: Path) -> list[str]:
    """Give what SQLite itself finds wrong with a library; its log is taken into account and left as it is."""
    # As in the dump: without a log, a connection that cannot write would leave files behind.
    mode = "ro" if library.with_name(f"{library.name}-wal").exists() else "rw"
    try:
        with closing(sqlite3.connect(f"{library.resolve().as_uri()}?mode={mode}", uri=True)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            found += [f"dangling: {row}" for row in connection.execute("PRAGMA foreign_key_check").fetchmany(3)]
    except sqlite3.Error as error:
        return [f"{type(error).__name__}: {error}"]
    return [line.replace("\n", " ")[:200] for line in found]


def newest_run(library: Path) -> int:
    """Give the number of the newest run."""
    with closing(sqlite3.connect(f"{library.resolve().as_uri()}?mode=rw", uri=True)) as connection:
        return int(connection.execute("SELECT max(id) FROM run").fetchone()[0])
