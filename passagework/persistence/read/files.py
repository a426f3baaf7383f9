"""Files: what the scanner and the linker need to know, and what a person wants to see of one."""

import json
import sqlite3
from typing import Final

from passagework.domain.analysis import AudioFormat, Damage, Envelope, Waveform
from passagework.domain.codes import open_code
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.ids import Guid
from passagework.domain.measured import Loudness
from passagework.domain.views import FailedFile, FileCurves, FileState, FileView, KnownFile
from passagework.domain.waiting import WaitingFile, WaitingPassage
from passagework.persistence.read.passages import PASSAGE_COLUMNS, TEXTS_OF_PASSAGE, passage_views
from passagework.persistence.read.queries import Curves, FailedFiles, KnownFiles, KnownFolders, ShowFile, WaitingFiles
from passagework.persistence.rows.stamps import stamp_of
from passagework.persistence.rows.tags import decode_tags

# An open attempt hides the state behind it, and its stamp is that of the content in work.
_KNOWN_COLUMNS: Final = """
SELECT f.path,
    iif(a.open, a.size, f.size), iif(a.open, a.mtime_ns, f.mtime_ns),
    iif(a.open, a.device, f.device), iif(a.open, a.inode, f.inode),
    iif(a.open, 'begun', f.state), coalesce(a.alone, 0), f.failure_code, f.analysis_version, f.missing_run
"""

_IN_FOLDER: Final = f"""
{_KNOWN_COLUMNS}
FROM file AS f LEFT JOIN attempt AS a ON a.file_id = f.id
WHERE f.folder_id = (SELECT folder.id FROM folder WHERE folder.path = :folder)
ORDER BY f.path
"""  # noqa: S608 - a constant of this module

_FOLDERS: Final = """
SELECT d.path FROM folder AS d
WHERE (d.path = :root OR (d.path >= :first AND d.path < :behind))
    AND EXISTS (SELECT 1 FROM file AS f WHERE f.folder_id = d.id AND (f.missing_run IS NULL OR :missing))
ORDER BY d.path
"""

_WAITING_FILES: Final = """
SELECT f.id, f.path, t.fields, t.raw, f.link_revision,
    (SELECT count(*) FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL)
FROM (
    SELECT DISTINCT p.file_id FROM passage AS p
    WHERE p.link_state = 'waiting' AND p.retired_ns IS NULL ORDER BY p.file_id LIMIT :limit
) AS w
CROSS JOIN file AS f ON f.id = w.file_id
LEFT JOIN file_tags AS t ON t.file_id = f.id
ORDER BY f.id
"""

_WAITING_PASSAGES: Final = """
SELECT p.file_id, p.guid, p.start_ticks, p.end_ticks, p.user_recording FROM passage AS p
WHERE p.file_id IN (SELECT value FROM json_each(:ids)) AND p.link_state = 'waiting' AND p.retired_ns IS NULL
ORDER BY p.file_id, p.start_ticks, p.id
"""

_FILE: Final = """
SELECT f.guid, f.path, f.size, f.mtime_ns, f.device, f.inode, iif(a.open, 'begun', f.state), f.missing_run,
    f.failure_code, f.failure_detail, f.warnings, coalesce(a.attempts, 0),
    f.container, f.codec, f.sample_rate, f.channels, f.bit_rate,
    f.duration_ticks, f.samples, f.content_hash, f.audio_hash,
    f.loudness_integrated, f.loudness_range, f.true_peak, f.sample_peak,
    f.bad_packets, f.missing_samples, t.fields, t.raw
FROM file AS f LEFT JOIN attempt AS a ON a.file_id = f.id LEFT JOIN file_tags AS t ON t.file_id = f.id
WHERE f.path = :path
"""

_PASSAGES_OF_FILE: Final = f"""
{PASSAGE_COLUMNS}
FROM file AS f CROSS JOIN passage AS p ON p.file_id = f.id {TEXTS_OF_PASSAGE}
WHERE f.path = :path AND p.retired_ns IS NULL
ORDER BY p.start_ticks, p.id
"""

_FAILED: Final = """
SELECT path, failure_code, failure_detail FROM file
WHERE path > :after AND failure_code IS NOT NULL AND missing_run IS NULL
ORDER BY path LIMIT :limit
"""

_CURVES: Final = """
SELECT f.container, f.codec, f.sample_rate, f.channels, f.bit_rate, f.samples,
    c.envelope_hop, c.envelope, c.samples_per_point, c.waveform
FROM file AS f JOIN file_curves AS c ON c.file_id = f.id
WHERE f.path = :path
"""


def known_files(connection: sqlite3.Connection, query: KnownFiles) -> tuple[KnownFile, ...]:
    """Give the files of a folder, by path."""
    rows = connection.execute(_IN_FOLDER, {"folder": query.folder.rstrip(b"/")})
    return tuple(_known_file(row) for row in rows)


def known_folders(connection: sqlite3.Connection, query: KnownFolders) -> tuple[bytes, ...]:
    """Give the folders at and below a root. ``0`` is the byte after the slash, so ``behind`` is past all of them."""
    root = query.root.rstrip(b"/")
    rows = connection.execute(
        _FOLDERS, {"root": root, "first": root + b"/", "behind": root + b"0", "missing": query.missing}
    )
    return tuple(path or b"/" for (path,) in rows)


def waiting_files(connection: sqlite3.Connection, query: WaitingFiles) -> tuple[WaitingFile, ...]:
    """Give files whose passages wait for the linker, in the order in which they came into the library."""
    files = connection.execute(_WAITING_FILES, {"limit": query.limit}).fetchall()
    passages: dict[int, list[WaitingPassage]] = {row[0]: [] for row in files}
    for file, guid, start, end, decided in connection.execute(_WAITING_PASSAGES, {"ids": json.dumps(list(passages))}):
        passages[file].append(WaitingPassage(Guid(guid), start, end, decided))
    return tuple(
        WaitingFile(path, decode_tags(fields, raw), count, tuple(passages[file]), revision)
        for file, path, fields, raw, revision, count in files
    )


def show_file(connection: sqlite3.Connection, query: ShowFile) -> FileView | None:
    """Show a file with its passages."""
    row = connection.execute(_FILE, {"path": query.path}).fetchone()
    if row is None:
        return None
    guid, path, size, mtime_ns, device, inode, state, missing_run, code, detail, warnings, attempts = row[:12]
    container, codec, rate, channels, bit_rate, duration, samples, content_hash, audio_hash = row[12:21]
    analysed = samples is not None
    begun = state == FileState.BEGUN
    return FileView(
        guid=Guid(guid),
        path=path,
        stamp=stamp_of(size, mtime_ns, device, inode),
        state=open_code(FileState, state),
        missing=missing_run is not None,
        failure=_failure(code, detail) if code and not begun else None,
        warnings=tuple(open_code(WarningCode, warning) for warning in json.loads(warnings or "[]")),
        attempts=attempts,
        format=AudioFormat(container, codec, rate, channels, bit_rate) if analysed else None,
        duration=duration,
        samples=samples,
        content_hash=content_hash,
        audio_hash=audio_hash,
        loudness=Loudness(*row[21:25]) if analysed else None,
        damage=Damage(*row[25:27]) if analysed else None,
        tags=decode_tags(*row[27:]),
        passages=passage_views(connection, connection.execute(_PASSAGES_OF_FILE, {"path": query.path}).fetchall()),
    )


def failed_files(connection: sqlite3.Connection, query: FailedFiles) -> tuple[FailedFile, ...]:
    """List the files that could not be analysed."""
    rows = connection.execute(_FAILED, {"after": query.after, "limit": query.limit})
    return tuple(FailedFile(path, _failure(code, detail), new=False) for path, code, detail in rows)


def curves(connection: sqlite3.Connection, query: Curves) -> FileCurves | None:
    """Give what is drawn of a file, None where it was never analysed."""
    row = connection.execute(_CURVES, {"path": query.path}).fetchone()
    if row is None:
        return None
    return FileCurves(
        AudioFormat(*row[:5]),
        row[5],
        Envelope(*row[6:8]),
        Waveform(*row[8:10]),
        passage_views(connection, connection.execute(_PASSAGES_OF_FILE, {"path": query.path}).fetchall()),
    )


def _failure(code: str, detail: str | None) -> Failure:
    return Failure(open_code(FailureCode, code), detail or "")


def _known_file(row: sqlite3.Row) -> KnownFile:
    path, size, mtime_ns, device, inode, state, alone, code, version, missing_run = row
    return KnownFile(
        path,
        stamp_of(size, mtime_ns, device, inode),
        open_code(FileState, state),
        attempts=alone,
        transient=code is not None and _failure(code, None).transient,
        analysis_version=version,
        missing=missing_run is not None,
    )
