"""Groups for the linker: files that may form an album, with their waiting passages."""

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from passagework.domain.analysis import Fingerprint
from passagework.domain.codes import open_code
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Guid
from passagework.domain.json_text import write_json
from passagework.domain.views import DeferredItems
from passagework.domain.waiting import FileAsCut, WaitingFile, WaitingPassage
from passagework.persistence.read.queries import DeferredIdentification, WaitingGroups
from passagework.persistence.rows.analysis import STAMP, given_cuts_from, piece_of, stamp_from
from passagework.persistence.rows.columns import OWN_OF_PASSAGE, listed, named_rows
from passagework.persistence.rows.json_texts import decode_shifted, decode_tags
from passagework.persistence.rows.packed import fingerprint_text

# From waiting passages to their groups, and from these to all their passages. There are three cases of a waiting
# passage, each found by a separate index:
# - a person asked for it (asked): before all others, in the order of asking;
# - it has no decision (undecided);
# - its decision is provisional and due (provisional).
# The files of a folder are read once, however many albums it contains.
_MEMBERS: Final = """
WITH asked AS (
    SELECT p.file_id, p.link_asked_ns FROM passage AS p
    WHERE p.link_asked_ns IS NOT NULL AND p.retired_ns IS NULL AND coalesce(p.link_retry_ns, 0) <= :now
    ORDER BY p.link_asked_ns, p.file_id LIMIT :limit
), undecided AS (
    SELECT p.file_id, NULL FROM passage AS p
    WHERE p.link_state = 'waiting' AND p.retired_ns IS NULL AND coalesce(p.link_retry_ns, 0) <= :now
    ORDER BY p.file_id LIMIT :limit
), provisional AS (
    SELECT p.file_id, NULL FROM passage AS p
    WHERE p.link_retry_ns IS NOT NULL AND p.retired_ns IS NULL AND p.link_retry_ns <= :now
        AND p.link_state <> 'waiting'
    ORDER BY p.file_id LIMIT :limit
), seed AS (
    SELECT * FROM asked UNION ALL SELECT * FROM undecided UNION ALL SELECT * FROM provisional
), wanted AS MATERIALIZED (
    SELECT f.folder_id, t.medium, compact(coalesce(t.album, '')) AS album,
        row_number() OVER (ORDER BY min(s.link_asked_ns) IS NULL, min(s.link_asked_ns), min(f.id)) AS place
    FROM seed AS s CROSS JOIN file AS f ON f.id = s.file_id CROSS JOIN file_tags AS t ON t.file_id = f.id
    GROUP BY f.folder_id, t.medium, compact(coalesce(t.album, ''))
)
SELECT w.place, p.id,
    (p.link_state = 'waiting' OR p.link_retry_ns IS NOT NULL) AND coalesce(p.link_retry_ns, 0) <= :now AS due
FROM (SELECT DISTINCT folder_id FROM wanted) AS d
CROSS JOIN file AS f ON f.folder_id = d.folder_id
CROSS JOIN file_tags AS t ON t.file_id = f.id
CROSS JOIN wanted AS w
    ON w.folder_id = d.folder_id AND w.medium IS t.medium AND w.album = compact(coalesce(t.album, ''))
CROSS JOIN passage AS p ON p.file_id = f.id AND p.retired_ns IS NULL
ORDER BY w.place, due DESC, f.path, p.start_ticks, p.id
LIMIT :limit + 1
"""

_FILES: Final = f"""
SELECT f.id AS id, f.path AS path, t.fields AS fields, t.raw AS raw, f.link_revision AS revision,
    f.given_cuts AS given_cuts, {listed(STAMP, "f")}, f.analysis_run AS run,
    f.audio_hash AS audio_hash, f.duration_ticks AS duration,
    f.user_cuts IS NOT NULL AS by_person, f.cut_by AS cut_by, f.track_list AS track_list, f.made_list AS made_list,
    (SELECT count(*) FROM passage AS p WHERE p.file_id = f.id AND p.retired_ns IS NULL) AS passages
FROM file AS f CROSS JOIN file_tags AS t ON t.file_id = f.id
WHERE f.id IN (SELECT p.file_id FROM passage AS p WHERE p.id IN (SELECT value FROM json_each(:ids)))
ORDER BY f.path
"""

_SET_BESIDE_RECORDING: Final = listed((column for column in OWN_OF_PASSAGE if column != "user_recording"), "p")

_PASSAGES: Final = f"""
SELECT p.id, p.file_id, p.guid, p.start_ticks, p.end_ticks, p.user_recording,
    p.given_track, p.given_title, p.given_performer, p.given_isrc,
    fp.fingerprint, fp.packed, fp.fingerprint_ticks, fp.shifted, p.link_state = 'waiting',
    EXISTS (SELECT 1 FROM json_each(e.statements) AS s WHERE json_extract(s.value, '$[0]') = 'acoustid'),
    EXISTS (SELECT 1 FROM json_each(e.statements) AS s WHERE json_extract(s.value, '$[0]') = 'musicbrainz'),
    coalesce({_SET_BESIDE_RECORDING}) IS NOT NULL
FROM passage AS p LEFT JOIN passage_fingerprint AS fp ON fp.passage_id = p.id
LEFT JOIN passage_evidence AS e ON e.passage_id = p.id
WHERE p.id IN (SELECT value FROM json_each(:ids))
ORDER BY p.file_id, p.start_ticks, p.id
"""


_PRINT_AT: Final = 10
"""Where in a row of _PASSAGES the fingerprint stands."""

_DEFERRED: Final = """
SELECT count(*), link_reason, max(link_retry_ns) FROM passage
WHERE link_retry_ns IS NOT NULL AND link_attempts > 0 AND retired_ns IS NULL AND link_reason IS NOT NULL
GROUP BY link_reason ORDER BY count(*) DESC, link_reason
"""


def deferred_items(connection: sqlite3.Connection, _query: DeferredIdentification) -> tuple[DeferredItems, ...]:
    """Count what was deferred."""
    return tuple(DeferredItems(*row) for row in connection.execute(_DEFERRED))


def waiting_groups(connection: sqlite3.Connection, query: WaitingGroups) -> tuple[tuple[WaitingFile, ...], ...]:
    """Return whole groups up to the limit, or the first one cut to the limit."""
    found = connection.execute(_MEMBERS, {"limit": query.limit, "now": query.now_ns}).fetchall()
    is_cut = False
    if len(found) > query.limit:
        first, cut = found[0][0], found[-1][0]
        found = [row for row in found[:-1] if row[0] == first or row[0] != cut]
        is_cut = first == cut
    places = {passage: (place, bool(due)) for place, passage, due in found}
    ids = {"ids": write_json(list(places))}
    passages: dict[int, list[WaitingPassage]] = {}
    place_of_file: dict[int, int] = {}
    for row in connection.execute(_PASSAGES, ids):
        passage, file, guid, start, end, decided, *of_piece = row[:_PRINT_AT]
        text, packed, duration, shifted, *now = row[_PRINT_AT:]
        place_of_file[file], due = places[passage]
        undecided, heard, looked_up, is_set = map(bool, now)
        encoded = fingerprint_text(text, packed)
        fingerprint = None if encoded is None else Fingerprint(encoded, duration, decode_shifted(shifted))
        waiting = WaitingPassage(
            Guid(guid),
            start,
            end,
            decided,
            fingerprint,
            due,
            heard=heard,
            looked_up=looked_up,
            stands=not due and (is_cut or undecided),
            piece=piece_of(*of_piece),
            is_set=is_set,
        )
        passages.setdefault(file, []).append(waiting)
    groups: dict[int, list[WaitingFile]] = {place: [] for place in sorted(set(place_of_file.values()))}
    for row in named_rows(connection, _FILES, ids):
        waiting_file = WaitingFile(
            row["path"],
            decode_tags(row["fields"], row["raw"]),
            row["passages"],
            tuple(passages[row["id"]]),
            row["revision"],
            given=given_cuts_from(row["given_cuts"]),
            by_list=row["cut_by"] == CutSource.TRACK_LIST,
            as_cut=_as_cut(row),
        )
        groups[place_of_file[row["id"]]].append(waiting_file)
    return tuple(tuple(files) for files in groups.values())


def _as_cut(row: Mapping[str, Any]) -> FileAsCut | None:
    if row["audio_hash"] is None or row["duration"] is None:
        return None
    cut_by = None if row["cut_by"] is None else open_code(CutSource, row["cut_by"])
    # What a newer version cut is as if a person had done it: it stays.
    is_known = cut_by is None or isinstance(cut_by, CutSource)
    return FileAsCut(
        run=row["run"],
        stamp=stamp_from(row),
        audio_hash=row["audio_hash"],
        duration=row["duration"],
        by_person=bool(row["by_person"]) or not is_known,
        cut_by=cut_by if isinstance(cut_by, CutSource) else None,
        track_list=row["track_list"],
        made_list=row["made_list"],
    )
