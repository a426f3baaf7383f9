"""Undo a run: delete the rows it inserted, and restore the rows it changed, in one transaction.

Only the newest run that changed anything can be undone: then no row of a later run refers to its rows. User values
and plays are never undone. They are in separate columns and a table of their own, which are not restored. A row of the
run with user values is kept: an entity unchanged, a passage, also one that was played, as retired; it returns when the
same span is imported again.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from passagework.domain.errors import NotFoundError
from passagework.domain.ids import RunId
from passagework.domain.undo import Undone, UndoRefusedError
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.transaction import transaction
from passagework.persistence.rows.analysis import AUDIO
from passagework.persistence.rows.columns import has_values_or_plays, listed
from passagework.persistence.write.changes import FORGET_NOTED
from passagework.persistence.write.derive import derive_these
from passagework.persistence.write.gapless import pair_everywhere
from passagework.persistence.write.journal import REPLACED, follow_run, put_back
from passagework.persistence.write.waiting import LOOK_AGAIN

_OWN: Final = frozenset(
    {
        *("user_title", "user_name", "user_date", "probability", "cooldown_seconds", "ramp_seconds", "approval"),
        *(
            "user_recording",
            "user_lead_in_ticks",
            "user_lead_out_ticks",
            "user_flavor",
            "user_cuts",
            "weight",
            "weight_source",
        ),
    }
)
"""The columns with user values. Weights that no person set become equal again at the end."""

_RUN: Final = "SELECT has_images, undone_ns FROM run WHERE id = :run"

# Everything that a run does to the library leaves one of these.
_NEWEST_THAT_CHANGED: Final = """
SELECT max(id) FROM run WHERE undone_ns IS NULL AND (
    EXISTS (SELECT 1 FROM before_image WHERE run_id = run.id)
    OR EXISTS (SELECT 1 FROM run_file WHERE run_id = run.id)
    OR EXISTS (SELECT 1 FROM run_change WHERE run_id = run.id)
    OR EXISTS (SELECT 1 FROM rejection WHERE run_id = run.id)
    OR id IN (SELECT run_id FROM file_place)
    OR id IN (SELECT run_id FROM attempt)
)
"""

_OF_RUN: Final = tuple(
    f"DELETE FROM {table} WHERE run_id = :run" for table in ("rejection", "run_change", "run_file", *REPLACED)
)

_KEEP_PASSAGES: Final = f"""
UPDATE passage SET retired_ns = coalesce(retired_ns, :now), retired_run = coalesce(retired_run, :run),
    {LOOK_AGAIN}
WHERE first_run = :run AND {has_values_or_plays("passage")}
"""

_DROP_PASSAGES: Final = f"""
DELETE FROM passage WHERE first_run = :run AND NOT {has_values_or_plays("passage")}
"""

_DROP_FILES: Final = """
DELETE FROM file WHERE first_run = :run AND user_cuts IS NULL
    AND NOT EXISTS (SELECT 1 FROM passage WHERE passage.file_id = file.id)
"""

# A file that stays only because of a passage, or because a person cut it, has no analysis any more. By its audio it is
# known when it has moved.
_FORGOTTEN: Final = (
    *("failure_code", "failure_detail", "state_run", "missing_run", "excluded_run"),
    *(*(column for column in AUDIO if column != "audio_hash"), "warnings", "analysis_run", "provenance_id"),
    "track_list",
)

_FORGET_FILES: Final = f"""
UPDATE file SET state = 'pending', {", ".join(f"{column} = NULL" for column in _FORGOTTEN)} WHERE first_run = :run
"""

_DROP_FOLDERS: Final = """
DELETE FROM folder WHERE first_run = :run AND NOT EXISTS (SELECT 1 FROM file WHERE file.folder_id = folder.id)
    AND NOT EXISTS (SELECT 1 FROM file_place WHERE file_place.folder_id = folder.id)
"""

# Junction rows first; then rows without user values that nothing refers to any more.
_DROP_ENTITIES: Final = (
    "DELETE FROM merged_mbid WHERE first_run = :run",
    "DELETE FROM work_artist WHERE first_run = :run",
    "DELETE FROM song_work WHERE first_run = :run",
    "DELETE FROM album_artist WHERE first_run = :run",
    "DELETE FROM song_artist WHERE first_run = :run AND weight_source = 'equal'",
    """
    DELETE FROM song WHERE first_run = :run
        AND coalesce(user_title, probability, cooldown_seconds, ramp_seconds) IS NULL
        AND NOT EXISTS (SELECT 1 FROM passage_song WHERE song_id = song.id)
        AND NOT EXISTS (SELECT 1 FROM song_artist WHERE song_id = song.id)
        AND NOT EXISTS (SELECT 1 FROM song_work WHERE song_id = song.id)
    """,
    """
    DELETE FROM album WHERE first_run = :run AND coalesce(user_title, user_date) IS NULL
        AND NOT EXISTS (SELECT 1 FROM passage_album WHERE album_id = album.id)
        AND NOT EXISTS (SELECT 1 FROM album_artist WHERE album_id = album.id)
    """,
    """
    DELETE FROM work WHERE first_run = :run
        AND coalesce(user_title, probability, cooldown_seconds, ramp_seconds) IS NULL
        AND NOT EXISTS (SELECT 1 FROM song_work WHERE work_id = work.id)
        AND NOT EXISTS (SELECT 1 FROM work_artist WHERE work_id = work.id)
    """,
    """
    DELETE FROM artist WHERE first_run = :run
        AND coalesce(user_name, probability, cooldown_seconds, ramp_seconds) IS NULL
        AND NOT EXISTS (SELECT 1 FROM song_artist WHERE artist_id = artist.id)
        AND NOT EXISTS (SELECT 1 FROM album_artist WHERE artist_id = artist.id)
        AND NOT EXISTS (SELECT 1 FROM work_artist WHERE artist_id = artist.id)
    """,
)

# Two passages of a file may have exchanged bounds: until all are restored, none may conflict with another.
_MAKE_ROOM: Final = """
UPDATE passage SET retired_ns = :now, retired_run = :run
WHERE id IN (SELECT c1 FROM before_image WHERE run_id = :run AND of_table = 'passage')
"""

# Files may have exchanged their paths, and one that the run added may be kept at the former path of another. No path of
# a file has // in it.
_LEAVE_PATHS: Final = """
UPDATE file SET path = CAST('//' || guid AS BLOB)
WHERE (id, path) IN (
    SELECT f.id, f.path FROM before_image AS b JOIN file AS f ON f.id = b.c1
    WHERE b.run_id = :run AND b.of_table = 'file' AND b.c4 <> f.path
)
"""

_LEAVE_PATHS_OF_OTHERS: Final = """
UPDATE file SET path = CAST(path || '//' || guid AS BLOB), path_text = path_text || '//' || guid
WHERE first_run = :run AND path IN (SELECT c4 FROM before_image WHERE run_id = :run AND of_table = 'file')
"""

_EQUAL_WEIGHTS: Final = """
UPDATE song_artist SET weight = shares.weight
FROM (
    SELECT song_id, 1.0 / count(*) AS weight FROM song_artist
    GROUP BY song_id HAVING max(weight_source <> 'equal') = 0
) AS shares
WHERE song_artist.song_id = shares.song_id AND song_artist.weight <> shares.weight
"""

# A restored artist of a song whose weights a person has set meanwhile.
_WITHOUT_WEIGHT: Final = """
UPDATE song_artist SET weight = 0
WHERE weight_source = 'equal' AND weight <> 0
    AND song_id IN (SELECT song_id FROM song_artist WHERE weight_source <> 'equal')
"""

# The linker has to repeat the links of a person's decisions that are no longer there.
_CARRY_OUT: Final = f"""
UPDATE passage SET {LOOK_AGAIN}
WHERE user_recording IS NOT NULL AND link_state <> 'waiting' AND user_recording IS NOT (
    SELECT CASE
        WHEN count(*) = 0 THEN 'none'
        WHEN min(song.mbid = user_recording OR EXISTS (
            SELECT 1 FROM merged_mbid WHERE old = user_recording AND new = song.mbid
        )) THEN user_recording
    END
    FROM passage_song JOIN song ON song.id = song_id WHERE passage_id = passage.id
)
"""

# What was put back is perhaps not cut as a person wants it now.
_CUT_AGAIN: Final = """
UPDATE file SET analysis_version = 0
WHERE (user_cuts IS NOT made_cuts OR track_list IS NOT made_list) AND state = 'analysed' AND analysis_version <> 0
"""

_WITHOUT_STATEMENT: Final = """
passage_id IN (SELECT c1 FROM before_image WHERE run_id = :run AND of_table = '{table}') AND stated_at_ns = -1
"""

# Links from before statements were kept: their passages are decided again.
_DECIDE_AGAIN: Final = tuple(
    statement
    for table in ("passage_song", "passage_album")
    for condition in (_WITHOUT_STATEMENT.format(table=table),)
    for statement in (
        f"UPDATE passage SET {LOOK_AGAIN} WHERE id IN (SELECT passage_id FROM {table} WHERE {condition})",
        f"UPDATE {table} SET stated_at_ns = NULL WHERE {condition}",
    )
)

# What entities were called before the run follows from statements, too: files that stated it may be forgotten since.
_RESTORED: Final = MappingProxyType(
    {
        entity: f"""
SELECT DISTINCT c1 FROM before_image WHERE run_id = :run AND of_table IN ({listed(f"'{table}'" for table in tables)})
"""
        for entity, tables in {
            "artist": ("artist",),
            "work": ("work", "work_artist"),
            "song": ("song", "song_artist", "song_work"),
            "album": ("album", "album_artist"),
        }.items()
    }
)

# Of links from before statements were kept nothing follows.
_IS_OLD: Final = """
SELECT EXISTS (
    SELECT 1 FROM before_image WHERE run_id = :run AND (
        (of_table = 'passage_song' AND c9 = -1) OR (of_table = 'passage_album' AND c14 = -1)
    )
)
"""

_FORGET: Final = "DELETE FROM before_image WHERE run_id = :run"

# A run still marked as running died with its process: the caller has made sure that none is active.
_MARK: Final = "UPDATE run SET undone_ns = :now, state = iif(state = 'running', 'crashed', state) WHERE id = :run"


def undo_run(connection: LibraryConnection, run: RunId, now_ns: int) -> Undone:
    """Undo a run. The caller ensures that no run is active.

    Raises:
        NotFoundError: there is no such run.
        UndoRefusedError: a later run must be undone first, there is nothing to undo, or the run's journal no longer
            exists.
        LibraryUnavailableError: nothing was changed.

    """
    with connection.translated():
        follow_run(connection, None)
    with connection.translated(), transaction(connection):
        _refuse(connection, run)
        return _undo(connection, run, now_ns)


def _ids(connection: LibraryConnection, sql: str, values: Mapping[str, int]) -> list[int]:
    return [number for (number,) in connection.execute(sql, values)]


def _refuse(connection: LibraryConnection, run: RunId) -> None:
    found = connection.execute(_RUN, {"run": run}).fetchone()
    if found is None:
        raise NotFoundError(f"the library has no run {run}")
    has_images, undone_ns = found
    if undone_ns is not None:
        raise UndoRefusedError(f"run {run} has been undone already")
    newest = connection.execute(_NEWEST_THAT_CHANGED).fetchone()[0]
    if newest is None or run > newest:
        last = f"the last one that did is run {newest}" if newest is not None else "and no other run did"
        raise UndoRefusedError(f"run {run} changed nothing, so there is nothing to undo; {last}")
    if run < newest:
        raise UndoRefusedError(f"run {newest} changed the library after run {run}; undo run {newest} first")
    if not has_images:
        raise UndoRefusedError(f"the journal of run {run} no longer exists, so the run cannot be undone")


def _undo(connection: LibraryConnection, run: RunId, now_ns: int) -> Undone:
    values = {"run": run, "now": now_ns}

    def execute(sql: str) -> int:
        return connection.execute(sql, values).rowcount

    # First: a run that no longer runs has no account of what is put back.
    execute(_MARK)
    for statement in _OF_RUN:
        execute(statement)
    kept, passages = execute(_KEEP_PASSAGES), execute(_DROP_PASSAGES)
    files = execute(_DROP_FILES)
    for statement in (_FORGET_FILES, _DROP_FOLDERS, *_DROP_ENTITIES, _MAKE_ROOM, _LEAVE_PATHS, _LEAVE_PATHS_OF_OTHERS):
        execute(statement)
    restored = put_back(connection, run, leave=_OWN)
    if not connection.execute(_IS_OLD, values).fetchone()[0]:
        derive_these(connection, {entity: _ids(connection, sql, values) for entity, sql in _RESTORED.items()})
    for statement in (_CUT_AGAIN, *_DECIDE_AGAIN, _EQUAL_WEIGHTS, _WITHOUT_WEIGHT, _CARRY_OUT, _FORGET, FORGET_NOTED):
        execute(statement)
    pair_everywhere(connection)
    return Undone(run, files=files, passages=passages, restored=restored, kept=kept)
