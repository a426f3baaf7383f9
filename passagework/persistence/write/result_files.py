"""The files of the results of a batch: what their senders, and hosts, are told when it is committed."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from passagework.domain.changes import Found, StoredFile
from passagework.domain.ids import Guid, RunId
from passagework.persistence.rows.columns import listed
from passagework.persistence.write.writes import StoreAnalysis, StoreFailure, StoreTags, Write

_AT_ONCE: Final = 64

_FILES: Final = f"""
SELECT file.path, file.guid, run_file.what FROM file
LEFT JOIN run_file ON run_file.run_id = ? AND run_file.file_id = file.id
WHERE file.path IN ({listed("?" * _AT_ONCE)})
"""


def files_of_results(connection: sqlite3.Connection, writes: Sequence[Write]) -> dict[int, StoredFile]:
    """Find the file of each result, by its index, within the transaction that has stored them.

    A rejected result has its file, too, if the library knows it. What is delivered twice is told twice in the same way.
    """
    found: dict[int, StoredFile] = {}
    by_run: dict[RunId, dict[bytes, list[int]]] = {}
    for index, write in enumerate(writes):
        if (path := _path_of(write)) is not None:
            by_run.setdefault(write.run, {}).setdefault(path, []).append(index)
    for run, indexes in by_run.items():
        paths: list[bytes | None] = [*indexes]
        # One statement, whatever the number: no file has the path NULL.
        paths += [None] * (-len(paths) % _AT_ONCE)
        for first in range(0, len(paths), _AT_ONCE):
            for path, guid, what in connection.execute(_FILES, (run, *paths[first : first + _AT_ONCE])):
                file = StoredFile(Guid(guid), what == Found.ADDED)
                found.update(dict.fromkeys(indexes[path], file))
    return found


def _path_of(write: Write) -> bytes | None:
    path: object = None
    # Whatever is wrong with a message that is rejected may be wrong here, too.
    with suppress(AttributeError):
        match write:
            case StoreAnalysis(analysis=analysis):
                path = analysis.path
            case StoreTags(tags=tags):
                path = tags.path
            case StoreFailure(path=failed):
                path = failed
    return path if isinstance(path, bytes) else None
