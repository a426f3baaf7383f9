"""Files that a run added, and that are missing files with the same audio: the statements that make one of each two.

A move between file systems with new tags shows only in the audio, and that a file is gone only at the end of the walk,
or when its root is imported again. So the new file has a row of its own until then. The order matters:

1. The pairs are found. Of files with the same audio those with the same content go together first. A file that could be
   one of several is none of them: see rows/alike.py.
2. What the new file knows better goes to the missing one: content hash, warnings, tags; all that was measured, if that
   is of other settings, of an older version, cut otherwise, or lost (_AGAIN); then what the run found.
3. Plays of the new file's passages become those of the passages that stay.
4. The row of the new file is deleted with all that belongs to it. The missing one moves to its path (moves.py).
"""

from typing import Final

from passagework.persistence.rows.alike import ALIKE, LAST_COMPLETED
from passagework.persistence.rows.analysis import AUDIO, PASSAGE, STAMP
from passagework.persistence.rows.columns import assigned, listed, upsert
from passagework.persistence.rows.flavor import FLAVOR
from passagework.persistence.rows.packed import CURVES, FINGERPRINT
from passagework.persistence.rows.passage_values import MEASURED, VALUE_KEY
from passagework.persistence.rows.statements import STATEMENTS
from passagework.persistence.rows.tag_rows import COMPARED, TAGS
from passagework.persistence.write.moves import CLEAR_MOVES, MOVE_FILES
from passagework.persistence.write.waiting import LOOK_AGAIN

_PAIRS: Final = f"""
INSERT INTO temp.staged_pair (gone_id, new_id, same)
SELECT gone_id, new_id, same FROM (
    SELECT *, count(*) OVER (PARTITION BY gone_id) AS news, count(*) OVER (PARTITION BY new_id) AS gones FROM (
        SELECT *, max(same) OVER (PARTITION BY gone_id) AS best_of_gone,
            max(same) OVER (PARTITION BY new_id) AS best_of_new
        FROM ({ALIKE.format(run="temp.staged_join")})
    ) WHERE same = best_of_gone AND same = best_of_new
) WHERE news = 1 AND gones = 1
"""

_COMPARE: Final = """
UPDATE temp.staged_pair SET (relink, again) = (
    SELECT (SELECT t.fields FROM file_tags AS t WHERE t.file_id = n.id)
        IS NOT (SELECT t.fields FROM file_tags AS t WHERE t.file_id = g.id),
        g.state <> 'analysed' OR g.provenance_id IS NOT n.provenance_id
            OR g.user_cuts IS NULL AND (g.sheet_hash, g.pieces_hash) IS NOT (n.sheet_hash, n.pieces_hash)
    FROM file AS g, file AS n WHERE g.id = gone_id AND n.id = new_id
)
"""

# Its passages do not stand yet; that they do changes names.
_NOTE_STANDING: Final = """
INSERT OR IGNORE INTO temp.stood (passage_id, stands)
SELECT p.id, 0 FROM temp.staged_pair AS m CROSS JOIN passage AS p ON p.file_id = m.gone_id
"""

_FOUND: Final = ("content_hash", "warnings")

_FILES: Final = f"""
UPDATE file SET {assigned(_FOUND, "n")}, link_revision = file.link_revision + m.relink,
    user_cuts = coalesce(file.user_cuts, n.user_cuts), track_list = coalesce(file.track_list, n.track_list)
FROM temp.staged_pair AS m JOIN file AS n ON n.id = m.new_id WHERE file.id = m.gone_id
"""

# The rest is for missing files that other settings or an older version have made, that a sheet or their tags cut
# otherwise, or that were no music when they were last seen. Passages are the same if they overlap by more than half of
# the longer: no other overlaps so with either.
_AGAIN: Final = "(SELECT gone_id FROM temp.staged_pair WHERE again)"

_ANALYSES: Final = f"""
UPDATE file SET {assigned(AUDIO, "n")}, state = 'analysed', failure_code = NULL, failure_detail = NULL,
    state_run = n.state_run, analysis_run = n.analysis_run, provenance_id = n.provenance_id
FROM temp.staged_pair AS m JOIN file AS n ON n.id = m.new_id WHERE file.id = m.gone_id AND m.again
"""

# What a person cut stays so; a file that is not cut like that now, or of which something else is said now, is to be
# analysed again.
_CUT_AGAIN: Final = """
UPDATE file SET analysis_version = 0
WHERE analysis_version <> 0 AND id IN (
    SELECT g.id FROM temp.staged_pair AS m JOIN file AS g ON g.id = m.gone_id JOIN file AS n ON n.id = m.new_id
    WHERE g.user_cuts IS NOT g.made_cuts OR g.track_list IS NOT g.made_list
        OR (g.sheet_hash, g.pieces_hash) IS NOT (n.sheet_hash, n.pieces_hash)
)
"""

_CURVES: Final = upsert(
    "file_curves",
    ("file_id",),
    CURVES,
    f"""
    SELECT m.gone_id, {listed(CURVES, "c")}, c.run_id
    FROM temp.staged_pair AS m JOIN file_curves AS c ON c.file_id = m.new_id WHERE m.again
    """,
)

_OVERLAP: Final = "min(n.end_ticks, o.end_ticks) - max(n.start_ticks, o.start_ticks)"

_HEIRS: Final = f"""
INSERT INTO temp.staged_heir (new_id, old_id)
SELECT n.id, (
    SELECT o.id FROM passage AS o
    WHERE o.file_id = m.gone_id
        AND 2 * ({_OVERLAP}) > max(n.end_ticks - n.start_ticks, o.end_ticks - o.start_ticks)
    ORDER BY o.retired_ns IS NOT NULL, o.id DESC LIMIT 1
)
FROM temp.staged_pair AS m JOIN passage AS n ON n.file_id = m.new_id WHERE m.again AND n.retired_ns IS NULL
"""

_OF_HEIRS: Final = "(SELECT old_id FROM temp.staged_heir WHERE old_id IS NOT NULL)"

_RETIRE: Final = f"""
UPDATE passage SET retired_ns = :now, retired_run = (SELECT run_id FROM temp.staged_join)
WHERE file_id IN {_AGAIN} AND retired_ns IS NULL AND id NOT IN {_OF_HEIRS}
"""

_REVIVE: Final = f"""
UPDATE passage SET {LOOK_AGAIN}
FROM temp.staged_heir AS h JOIN passage AS n ON n.id = h.new_id
WHERE passage.id = h.old_id AND (
    passage.retired_ns IS NOT NULL OR (passage.start_ticks, passage.end_ticks) <> (n.start_ticks, n.end_ticks)
)
"""

_HEARD: Final = (("passage_fingerprint", FINGERPRINT), ("passage_flavor", FLAVOR))

# What was heard of another span is deleted, unless new values replace it.
_FORGET_HEARD: Final = tuple(
    f"""
DELETE FROM {table}
WHERE passage_id IN (
    SELECT o.id FROM temp.staged_heir AS h
    CROSS JOIN passage AS o ON o.id = h.old_id CROSS JOIN passage AS n ON n.id = h.new_id
    WHERE (o.start_ticks, o.end_ticks) <> (n.start_ticks, n.end_ticks)
        AND NOT EXISTS (SELECT 1 FROM {table} AS f WHERE f.passage_id = n.id)
)
"""
    for table, _ in _HEARD
)

_MEASURES: Final = f"""
UPDATE passage SET {assigned(PASSAGE.names, "n")}, analysis_run = n.analysis_run, retired_ns = NULL, retired_run = NULL
FROM temp.staged_heir AS h JOIN passage AS n ON n.id = h.new_id WHERE passage.id = h.old_id
"""

_TAKE_HEARD: Final = tuple(
    upsert(
        table,
        ("passage_id",),
        columns,
        f"""
        SELECT h.old_id, {listed(columns, "f")}, f.run_id
        FROM temp.staged_heir AS h JOIN {table} AS f ON f.passage_id = h.new_id WHERE h.old_id IS NOT NULL
        """,
    )
    for table, columns in _HEARD
)

# What an extension says now takes the place of what it said; of another span nothing is left.
_FORGET_VALUES: Final = """
DELETE FROM passage_value
WHERE (passage_id, extension, measure) IN (
    SELECT v.passage_id, v.extension, v.measure
    FROM temp.staged_heir AS h
    CROSS JOIN passage AS o ON o.id = h.old_id CROSS JOIN passage AS n ON n.id = h.new_id
    CROSS JOIN passage_value AS v ON v.passage_id = o.id
    WHERE ((o.start_ticks, o.end_ticks) <> (n.start_ticks, n.end_ticks)
        OR EXISTS (SELECT 1 FROM passage_value AS g WHERE g.passage_id = n.id AND g.extension = v.extension))
    AND NOT EXISTS (
        SELECT 1 FROM passage_value AS g
        WHERE g.passage_id = n.id AND g.extension = v.extension AND g.measure = v.measure
    )
)
"""

_TAKE_VALUES: Final = upsert(
    "passage_value",
    VALUE_KEY,
    MEASURED,
    """
    SELECT h.old_id, g.extension, g.measure, g.version, g.value, g.text, g.failure, g.run_id
    FROM temp.staged_heir AS h CROSS JOIN passage_value AS g ON g.passage_id = h.new_id WHERE h.old_id IS NOT NULL
    """,
)

_PASSAGES: Final = """
UPDATE passage SET file_id = (SELECT m.gone_id FROM temp.staged_pair AS m WHERE m.new_id = file_id)
WHERE id IN (SELECT new_id FROM temp.staged_heir WHERE old_id IS NULL)
"""

_STAYS: Final = """
FROM temp.staged_pair AS m
CROSS JOIN passage AS n ON n.file_id = m.new_id CROSS JOIN passage AS o ON o.file_id = m.gone_id
WHERE n.id = {} AND n.start_ticks < o.end_ticks AND o.start_ticks < n.end_ticks
"""

# What was played where the missing file had nothing stays as well, retired.
_KEEP_PLAYED: Final = f"""
UPDATE passage SET file_id = (SELECT m.gone_id FROM temp.staged_pair AS m WHERE m.new_id = file_id),
    retired_ns = coalesce(retired_ns, :now),
    retired_run = coalesce(retired_run, (SELECT run_id FROM temp.staged_join))
WHERE file_id IN (SELECT new_id FROM temp.staged_pair) AND id IN (SELECT passage_id FROM play)
    AND NOT EXISTS (SELECT 1 {_STAYS.format("passage.id")})
"""

# Two reports of one moment are one play: the second goes with its passage.
_PLAYS: Final = f"""
UPDATE OR IGNORE play SET passage_id = (
    SELECT o.id {_STAYS.format("play.passage_id")}
    ORDER BY o.retired_ns IS NOT NULL, {_OVERLAP} DESC, o.id LIMIT 1
)
WHERE passage_id IN (
    SELECT p.id FROM temp.staged_pair AS m CROSS JOIN passage AS p ON p.file_id = m.new_id
)
"""

_LOOK_AGAIN: Final = f"""
UPDATE passage SET {LOOK_AGAIN}
WHERE file_id IN (SELECT gone_id FROM temp.staged_pair WHERE relink) AND retired_ns IS NULL
"""

_TAGS: Final = upsert(
    "file_tags",
    ("file_id",),
    TAGS,
    f"""
    SELECT m.gone_id, {listed(TAGS, "t")}, t.run_id
    FROM temp.staged_pair AS m JOIN file_tags AS t ON t.file_id = m.new_id WHERE true
    """,
    compared=COMPARED,
)

# A run that was completed before has added a file; what it was shows only now.
_RUN_FILES: Final = f"""
UPDATE OR REPLACE run_file SET file_id = m.gone_id,
    what = iif(run_file.run_id <= {LAST_COMPLETED}, run_file.what, iif(m.same, 'redone', 'retagged'))
FROM temp.staged_pair AS m, temp.staged_join AS j
WHERE run_file.file_id = m.new_id
"""

_MOVES: Final = f"""
INSERT INTO temp.staged_move (run_id, guid, source, target, target_text, folder, folder_text, lost, {listed(STAMP)})
SELECT j.run_id, g.guid, g.path, n.path, n.path_text, d.path, d.path_text, 0, {listed(STAMP, "n")}
FROM temp.staged_join AS j, temp.staged_pair AS m
JOIN file AS g ON g.id = m.gone_id JOIN file AS n ON n.id = m.new_id JOIN folder AS d ON d.id = n.folder_id
"""

_PLACES: Final = """
UPDATE file_place SET file_id = m.gone_id, run_id = j.run_id
FROM temp.staged_pair AS m, temp.staged_join AS j WHERE file_place.file_id = m.new_id
"""

_NEW: Final = "SELECT new_id FROM temp.staged_pair"

# What only the new file has stated is stated no more.
_TOUCH: Final = tuple(
    f"""
INSERT OR IGNORE INTO temp.touched_{kind} (id) SELECT s.{kind}_id
FROM temp.staged_pair AS m CROSS JOIN passage AS p ON p.file_id = m.new_id
CROSS JOIN {table} AS s ON s.passage_id = p.id
"""
    for kind, table in STATEMENTS.items()
)

_OF_PASSAGE: Final = (
    *("passage_fingerprint", "passage_flavor", "passage_song", "passage_album", "passage_evidence", "candidate"),
    *("artist_statement", "work_statement", "play", "passage_value"),
)

_OF_FILE: Final = ("passage", "file_tags", "file_curves", "attempt", "run_change")

_DROP: Final = (
    *(
        f"DELETE FROM {table} WHERE passage_id IN (SELECT id FROM passage WHERE file_id IN ({_NEW}))"
        for table in _OF_PASSAGE
    ),
    *(f"DELETE FROM {table} WHERE file_id IN ({_NEW})" for table in _OF_FILE),
    f"DELETE FROM file WHERE id IN ({_NEW})",
)

JOIN_MOVED: Final = (
    *(_PAIRS, _COMPARE, _NOTE_STANDING, _FILES),
    *(_ANALYSES, _CUT_AGAIN, _CURVES, _HEIRS, _RETIRE, _REVIVE),
    *(*_FORGET_HEARD, _FORGET_VALUES, _MEASURES, *_TAKE_HEARD, _TAKE_VALUES, _PASSAGES),
    *(_KEEP_PLAYED, _PLAYS),
    *(_LOOK_AGAIN, _TAGS, _RUN_FILES, CLEAR_MOVES, _MOVES),
    *(_PLACES, *_TOUCH, *_DROP, *MOVE_FILES),
)
