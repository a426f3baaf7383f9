"""Messages that the library cannot store: their record, and the failure of their file."""

import sqlite3
from dataclasses import asdict
from typing import Final, assert_never

from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.persistence.rows.analysis import stamp_row
from passagework.persistence.write.conflict_free_groups import paths_of
from passagework.persistence.write.links import GIVE_UP_LINKS
from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    JoinMoved,
    MarkExcluded,
    MarkMissing,
    MarkPresent,
    MoveFiles,
    SeeFolders,
    StampFiles,
    StoreAnalysis,
    StoreAnswers,
    StoreFailure,
    StoreLinks,
    StorePlaces,
    StoreRedone,
    StoreTags,
    StoreTrackList,
    Write,
)

LONGEST_REASON: Final = 300
_LARGEST: Final = 1 << 63

_RECORD: Final = """
INSERT INTO rejection (run_id, path, path_text, kind, code, reason, at_ns)
SELECT (SELECT run.id FROM run WHERE run.id = :run), :path, :path_text, :kind, :code, :reason, :now
WHERE NOT EXISTS (
    SELECT 1 FROM rejection AS r
    WHERE (r.run_id, r.path, r.kind, r.reason)
        IS ((SELECT run.id FROM run WHERE run.id = :run), :path, :kind, :reason)
)
"""


def rejection_of(error: Exception) -> Failure:
    """Make the failure that the sender receives: one line of valid text."""
    text = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace").decode()
    return Failure(FailureCode.LIBRARY_REJECTED, " ".join(text.split())[:LONGEST_REASON])


def record_rejection(
    connection: sqlite3.Connection, write: Write, failure: Failure, now_ns: int
) -> StoreFailure | None:
    """Record the rejection, and return the message that stores it as the failure of the file.

    Any value of the message may be the one that cannot be stored, so run, path and stamp are not trusted either.
    """
    path = next(iter(paths_of(write)), None)
    path = path if isinstance(path, bytes) else None
    parameters: dict[str, object] = {
        "run": write.run if _storable(write.run) else None,
        "path": path,
        "path_text": None if path is None else display_path(path),
        "kind": type(write).__name__,
        "code": failure.code,
        "reason": failure.detail,
        "now": now_ns,
    }
    connection.execute(_RECORD, parameters)
    if path is None:
        return None
    # There are three cases: a file failed, links failed, or nothing waits for the message.
    match write:
        case BeginAttempt(run=run, stamp=stamp) | StoreFailure(run=run, stamp=stamp):
            return StoreFailure(run, path, _storable_stamp(stamp), failure)
        case StoreAnalysis(run, found) | StoreTags(run, found):
            return StoreFailure(run, path, _storable_stamp(found.stamp), failure)
        case StoreLinks() | StoreTrackList() | DeferIdentification():
            connection.execute(GIVE_UP_LINKS, parameters)
            return None
        case (
            StoreAnswers()
            | MarkMissing()
            | MarkPresent()
            | MarkExcluded()
            | SeeFolders()
            | StoreRedone()
            | MoveFiles()
            | StorePlaces()
            | StampFiles()
            | JoinMoved()
        ):
            # No file has failed: the next scan finds it again, and answers are requested again.
            return None
        case _:
            assert_never(write)


def record_lost_links(connection: sqlite3.Connection, write: StoreAnalysis, failure: Failure, now_ns: int) -> None:
    """Record that the links which came with an analysis cannot be stored; its passages no longer wait for any."""
    path = write.analysis.path
    parameters: dict[str, object] = {
        "run": write.run,
        "path": path,
        "path_text": display_path(path),
        "kind": StoreLinks.__name__,
        "code": failure.code,
        "reason": failure.detail,
        "now": now_ns,
    }
    connection.execute(_RECORD, parameters)
    connection.execute(GIVE_UP_LINKS, parameters)


def _storable(number: object) -> bool:
    return isinstance(number, int) and -_LARGEST <= number < _LARGEST


def _storable_stamp(stamp: object) -> FileStamp:
    """Return the stamp, with 0 for numbers that cannot be stored: the file then looks changed and is tried again."""
    if not isinstance(stamp, FileStamp):
        return FileStamp(0, 0)
    row = stamp_row(stamp)
    return FileStamp(
        **{name: number if row[name] is None or _storable(row[name]) else 0 for name, number in asdict(stamp).items()}
    )
