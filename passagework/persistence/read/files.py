"""Queries of files: for the scanner, for the linker, and for people."""

import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from passagework.domain.analysis import AudioFormat, Damage, Envelope, Waveform
from passagework.domain.codes import open_code
from passagework.domain.errors import LibraryError
from passagework.domain.failures import Failure, FailureCode, WarningCode
from passagework.domain.files import display_path
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Guid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.measured import loudness_from
from passagework.domain.track_lists.track_list import read_track_list
from passagework.domain.views import (
    DoubtfulGap,
    FailedFile,
    FileCurves,
    FileState,
    FileView,
    HeldRelease,
    KnownFile,
    SeenFolder,
    Settled,
    SettledFile,
)
from passagework.domain.waiting import WaitingFile, WaitingPassage
from passagework.persistence.read.passages import PASSAGE_COLUMNS, TEXTS_OF_PASSAGE, passage_views
from passagework.persistence.read.queries import (
    Curves,
    FailedFiles,
    KnownFiles,
    KnownFolders,
    PresentFiles,
    SeenFolders,
    SettledFiles,
    ShowFile,
    WaitingFiles,
)
from passagework.persistence.rows.analysis import AUDIO, STAMP, given_cuts_from, piece_of, stamp_from
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.json_texts import decode_gaps, decode_tags
from passagework.persistence.rows.packed import CURVES, unpacked_extrema, unpacked_levels

# An open attempt takes precedence over the stored state; its stamp is that of the content in work.
_KNOWN_COLUMNS: Final = f"""
SELECT {{path}} AS path, {", ".join(f"iif(a.open, a.{column}, f.{column}) AS {column}" for column in STAMP)},
    iif(a.open, 'begun', f.state) AS state, coalesce(a.alone, 0) AS alone, f.failure_code AS failure_code,
    f.analysis_version AS analysis_version, f.missing_run IS NOT NULL AS missing,
    f.excluded_run IS NOT NULL AS excluded, {{is_place}} AS is_place
"""

_FOLDERS_AT_ONCE: Final = 64
"""Named in one statement. With more, what it reads no longer fits into the cache of a processor."""

_FILES_OF_FOLDERS: Final = f"""
FROM folder AS d CROSS JOIN file AS f ON f.folder_id = d.id
WHERE d.path IN ({", ".join("?" * _FOLDERS_AT_ONCE)})
"""

_PLACES_OF_FOLDERS: Final = _FILES_OF_FOLDERS.replace(
    "CROSS JOIN file AS f ON f.folder_id = d.id",
    "CROSS JOIN file_place AS l ON l.folder_id = d.id CROSS JOIN file AS f ON f.id = l.file_id",
)

_ANY_PLACE: Final = "SELECT EXISTS (SELECT 1 FROM file_place WHERE path > x'')"


def _in_folders(path: str, files: str, *, is_place: bool) -> str:
    columns = _KNOWN_COLUMNS.format(path=path, is_place=int(is_place))
    joined = files.replace("WHERE", "LEFT JOIN attempt AS a ON a.file_id = f.id WHERE")
    return f"{columns} {joined} ORDER BY {path}"


_IN_FOLDERS: Final = (
    _in_folders("f.path", _FILES_OF_FOLDERS, is_place=False),
    _in_folders("l.path", _PLACES_OF_FOLDERS, is_place=True),
)

# The folder is named only for files that are not settled: almost all are, and each value of a row costs time.
_WHETHER_SETTLED: Final = f"""
{listed(STAMP, "f")}, iif(
    f.state = 'analysed' AND f.analysis_version >= ? AND f.missing_run IS NULL AND f.excluded_run IS NULL
    AND f.id NOT IN (SELECT file_id FROM attempt WHERE open), NULL, d.path
)
"""

_SETTLED: Final = f"SELECT f.path, {_WHETHER_SETTLED} {_FILES_OF_FOLDERS}"
_SETTLED_PLACES: Final = f"SELECT l.path, {_WHETHER_SETTLED} {_PLACES_OF_FOLDERS}"

_IS_PRESENT: Final = "f.missing_run IS NULL AND (? OR f.excluded_run IS NULL)"

_PRESENT: Final = (
    f"SELECT f.path {_FILES_OF_FOLDERS} AND {_IS_PRESENT} ORDER BY f.path",
    f"SELECT l.path {_PLACES_OF_FOLDERS} AND {_IS_PRESENT} ORDER BY l.path",
)

_FOLDERS: Final = """
SELECT path FROM folder WHERE path = :root OR (path >= :first AND path < :behind) ORDER BY path
"""

_SEEN_FOLDERS: Final = """
SELECT path, device, inode, mounted FROM seen_folder
WHERE path = :path OR path = :root OR (path >= :first AND path < :behind)
"""

_SEEN_FOLDER: Final = "SELECT path, device, inode, mounted FROM seen_folder WHERE path = ?"

_WAITING_FILES: Final = """
SELECT f.id, f.path, t.fields, t.raw, f.link_revision, f.given_cuts, f.cut_by,
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
SELECT p.file_id, p.guid, p.start_ticks, p.end_ticks, p.user_recording,
    p.given_track, p.given_title, p.given_performer, p.given_isrc
FROM passage AS p
WHERE p.file_id IN (SELECT value FROM json_each(:ids)) AND p.link_state = 'waiting' AND p.retired_ns IS NULL
ORDER BY p.file_id, p.start_ticks, p.id
"""

_PATH_OF: Final = "SELECT f.path FROM file_place AS l JOIN file AS f ON f.id = l.file_id WHERE l.path = ?"

_OTHER_PLACES: Final = """
SELECT l.path FROM file AS f CROSS JOIN file_place AS l ON l.file_id = f.id WHERE f.path = ? ORDER BY l.path
"""

_FILE: Final = f"""
SELECT f.guid AS guid, f.path AS path, {listed(STAMP, "f")}, iif(a.open, 'begun', f.state) AS state,
    f.missing_run AS missing_run, f.excluded_run AS excluded_run, f.failure_code AS failure_code,
    f.failure_detail AS failure_detail, f.warnings AS warnings, coalesce(a.attempts, 0) AS attempts,
    {listed(AUDIO, "f")},
    t.fields AS tag_fields, t.raw AS tag_raw, c.doubtful_gaps AS doubtful_gaps
FROM file AS f LEFT JOIN attempt AS a ON a.file_id = f.id LEFT JOIN file_tags AS t ON t.file_id = f.id
    LEFT JOIN file_curves AS c ON c.file_id = f.id
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
WHERE path > :after AND failure_code IS NOT NULL AND missing_run IS NULL AND excluded_run IS NULL
ORDER BY path LIMIT :limit
"""

_CURVES: Final = f"""
SELECT {listed(AUDIO, "f")}, {listed(CURVES, "c")}
FROM file AS f JOIN file_curves AS c ON c.file_id = f.id
WHERE f.path = :path
"""


def settled_files(connection: sqlite3.Connection, query: SettledFiles) -> Settled:
    """Return the files of folders that need no work as long as they do not change."""
    rows: list[SettledFile] = []
    for folders in _padded(query.folders):
        rows += connection.execute(_SETTLED, (query.analysis_version, *folders)).fetchall()
    places: list[SettledFile] = []
    if _has_places(connection):
        for folders in _padded(query.folders):
            places += connection.execute(_SETTLED_PLACES, (query.analysis_version, *folders)).fetchall()
        rows += places
    files = {row[0]: row for row in rows if row[-1] is None}
    others = frozenset(row[-1] or b"/" for row in rows if row[-1] is not None)
    return Settled(files, others, frozenset(row[0] for row in places if row[-1] is None))


def known_files(connection: sqlite3.Connection, query: KnownFiles) -> tuple[KnownFile, ...]:
    """Return the files of folders."""
    statements = _IN_FOLDERS if _has_places(connection) else _IN_FOLDERS[:1]
    rows = [
        row
        for folders in _padded(query.folders)
        for statement in statements
        for row in named_rows(connection, statement, folders)
    ]
    return tuple(_known_file(row) for row in rows)


def known_folders(connection: sqlite3.Connection, query: KnownFolders) -> tuple[bytes, ...]:
    """Return the folders at and below a root. ``0`` is the byte after the slash, so ``behind`` follows all of them."""
    root = query.root.rstrip(b"/")
    rows = connection.execute(_FOLDERS, {"root": root, "first": root + b"/", "behind": root + b"0"})
    return tuple(path or b"/" for (path,) in rows)


def present_files(connection: sqlite3.Connection, query: PresentFiles) -> tuple[bytes, ...]:
    """Return the files of folders that are not missing."""
    statements = _PRESENT if _has_places(connection) else _PRESENT[:1]
    rows = (
        connection.execute(statement, (*folders, query.excluded))
        for folders in _padded(query.folders)
        for statement in statements
    )
    return tuple(path for some in rows for (path,) in some)


def seen_folders(connection: sqlite3.Connection, query: SeenFolders) -> dict[bytes, SeenFolder]:
    """Return how the last scan found the folders at and below a root, or some of them."""
    if query.only is not None:
        rows = (connection.execute(_SEEN_FOLDER, (folder,)).fetchone() for folder in query.only)
        return {row[0]: row for row in rows if row is not None}
    root = query.root.rstrip(b"/")
    values = {"path": query.root, "root": root, "first": root + b"/", "behind": root + b"0"}
    return {row[0]: row for row in connection.execute(_SEEN_FOLDERS, values)}


def waiting_files(connection: sqlite3.Connection, query: WaitingFiles) -> tuple[WaitingFile, ...]:
    """Return files whose passages wait for the linker, in the order in which they were added to the library."""
    files = connection.execute(_WAITING_FILES, {"limit": query.limit}).fetchall()
    passages: dict[int, list[WaitingPassage]] = {row[0]: [] for row in files}
    ids = {"ids": write_json(list(passages))}
    for file, guid, start, end, decided, *of_piece in connection.execute(_WAITING_PASSAGES, ids):
        passages[file].append(WaitingPassage(Guid(guid), start, end, decided, piece=piece_of(*of_piece)))
    return tuple(
        WaitingFile(
            path,
            decode_tags(fields, raw),
            count,
            tuple(passages[file]),
            revision,
            given=given_cuts_from(given),
            by_list=cut_by == CutSource.TRACK_LIST,
        )
        for file, path, fields, raw, revision, given, cut_by, count in files
    )


def show_file(connection: sqlite3.Connection, query: ShowFile) -> FileView | None:
    """Show a file with its passages."""
    values = {"path": _path_of(connection, query.path)}
    row = next(iter(named_rows(connection, _FILE, values)), None)
    if row is None:
        return None
    is_analysed = row["samples"] is not None
    is_failed = row["failure_code"] is not None and row["state"] != FileState.BEGUN
    return FileView(
        guid=Guid(row["guid"]),
        path=row["path"],
        stamp=stamp_from(row),
        state=open_code(FileState, row["state"]),
        missing=row["missing_run"] is not None,
        excluded=row["excluded_run"] is not None,
        failure=_failure(row["failure_code"], row["failure_detail"]) if is_failed else None,
        warnings=tuple(open_code(WarningCode, warning) for warning in read_json(row["warnings"] or "[]")),
        attempts=row["attempts"],
        format=_format(row) if is_analysed else None,
        duration=row["duration_ticks"],
        samples=row["samples"],
        content_hash=row["content_hash"],
        audio_hash=row["audio_hash"],
        loudness=loudness_from(row) if is_analysed else None,
        damage=Damage(
            bad_packets=row["bad_packets"],
            missing_samples=row["missing_samples"],
            invalid_samples=row["invalid_samples"] or 0,
        )
        if is_analysed
        else None,
        tags=decode_tags(row["tag_fields"], row["tag_raw"]),
        passages=passage_views(connection, _PASSAGES_OF_FILE, values),
        places=tuple(path for (path,) in connection.execute(_OTHER_PLACES, (row["path"],))),
        doubtful_gaps=tuple(DoubtfulGap(*gap) for gap in decode_gaps(row["doubtful_gaps"])),
        cut_by=None if row["cut_by"] is None else open_code(CutSource, row["cut_by"]),
        held=_held(row),
    )


def _held(row: Mapping[str, Any]) -> HeldRelease | None:
    if row["made_list"] is None:
        return None
    track_list = read_track_list(row["made_list"])
    return HeldRelease(
        release=track_list.release,
        title=track_list.title,
        artist=track_list.artist,
        date=track_list.date,
        named_by=track_list.named_by,
        tracks=len(track_list.tracks),
        score=row["list_score"],
        matched=WarningCode.LIST_NOT_MATCHED not in read_json(row["warnings"] or "[]"),
    )


def failed_files(connection: sqlite3.Connection, query: FailedFiles) -> tuple[FailedFile, ...]:
    """List the files that could not be analysed."""
    rows = connection.execute(_FAILED, {"after": query.after, "limit": query.limit})
    return tuple(FailedFile(path, _failure(code, detail), new=False) for path, code, detail in rows)


def curves(connection: sqlite3.Connection, query: Curves) -> FileCurves | None:
    """Return the curves of a file; None if it was never analysed."""
    values = {"path": _path_of(connection, query.path)}
    row = next(iter(named_rows(connection, _CURVES, values)), None)
    if row is None:
        return None
    try:
        levels = unpacked_levels(row["envelope"], row["packing"])
        extrema = unpacked_extrema(row["waveform"], row["packing"])
    except (ValueError, zlib.error) as error:
        # The file has what is missing, so this is no reason to write nothing to the library any more.
        raise LibraryError(
            f"the curves of {display_path(query.path)} cannot be read ({error}); "
            "an import with --reanalyze makes them anew"
        ) from error
    return FileCurves(
        format=_format(row),
        samples=row["samples"],
        envelope=Envelope(hop=row["envelope_hop"], levels=levels),
        waveform=Waveform(samples_per_point=row["samples_per_point"], extrema=extrema),
        passages=passage_views(connection, _PASSAGES_OF_FILE, values),
    )


def _path_of(connection: sqlite3.Connection, place: bytes) -> bytes:
    """Return the path of the file that is at a place."""
    found: tuple[bytes] | None = connection.execute(_PATH_OF, (place,)).fetchone()
    return place if found is None else found[0]


def _has_places(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute(_ANY_PLACE).fetchone()[0])


def _padded(folders: Sequence[bytes]) -> Iterator[tuple[bytes | None, ...]]:
    """Yield the folders in groups that fill the statements above; None is equal to no path."""
    for first in range(0, len(folders), _FOLDERS_AT_ONCE):
        some = [folder.rstrip(b"/") for folder in folders[first : first + _FOLDERS_AT_ONCE]]
        yield (*some, *(None,) * (_FOLDERS_AT_ONCE - len(some)))


def _format(row: Mapping[str, Any]) -> AudioFormat:
    return AudioFormat(
        container=row["container"],
        codec=row["codec"],
        sample_rate=row["sample_rate"],
        channels=row["channels"],
        bit_rate=row["bit_rate"],
        decoder=row["decoder"],
    )


def _failure(code: str, detail: str | None) -> Failure:
    return Failure(open_code(FailureCode, code), detail or "")


def _known_file(row: Mapping[str, Any]) -> KnownFile:
    code = row["failure_code"]
    return KnownFile(
        path=row["path"],
        stamp=stamp_from(row),
        state=open_code(FileState, row["state"]),
        attempts=row["alone"],
        transient=code is not None and _failure(code, None).transient,
        analysis_version=row["analysis_version"],
        missing=bool(row["missing"]),
        excluded=bool(row["excluded"]),
        is_place=bool(row["is_place"]),
    )
