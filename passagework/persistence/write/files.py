"""Files, attempts, results and tags: the statements that store them for a whole batch at once.

A staged path occurs once, so the statements need not look for the latest of several messages. Every update compares
before it writes: a message that is delivered twice changes no row.

There are four kinds of rows in staged_file, and each statement selects its kind:

- attempt: work begins. Only the table attempt changes, so a file in work keeps its last result.
- analysis: a result. Its row in staged_analysis has the same seq.
- tags: the result for a file whose audio is known (tags.py). Its row in staged_tags has the same seq.
- failure: also a result. The values of an earlier analysis stay; passages may be retired (passages.py). A lasting
  failure has a row in staged_failure with the same seq.

The order of the statements matters. Files are inserted and their ids found (KNOW_FILES). Then analyses are compared
with the stored values before they replace them (STORE_ANALYSES), since passages and links depend on what is new.
Passages follow (passages.py). The attempt ends last (STORE_RESULTS), together with the row of run_file.
"""

from typing import Final

from passagework.domain.measured import Loudness, measured_columns
from passagework.persistence.rows.analysis import AUDIO, STAMP
from passagework.persistence.rows.columns import assigned, differs, kept, lacks_some_that_can_be_off, listed, upsert
from passagework.persistence.rows.packed import CURVES
from passagework.persistence.rows.tag_rows import COMPARED, TAGS

_AUDIO: Final = (*AUDIO, "warnings")

# Folders first: files refer to them.
_FOLDERS: Final = """
INSERT INTO folder (path, path_text, first_run)
SELECT folder, folder_text, min(run_id) FROM temp.staged_file GROUP BY folder ORDER BY min(seq)
ON CONFLICT (path) DO UPDATE SET first_run = excluded.first_run WHERE excluded.first_run < folder.first_run
"""

# A new file is pending until its result; _RESOLVE finds known and new ones by their path.
_FILES: Final = f"""
INSERT INTO file (guid, folder_id, path, path_text, {listed(STAMP)}, state, first_run)
SELECT s.guid, folder.id, s.path, s.path_text, {listed(STAMP, "s")}, 'pending', s.run_id
FROM temp.staged_file AS s CROSS JOIN folder ON folder.path = s.folder
WHERE true
ORDER BY s.seq
ON CONFLICT (path) DO NOTHING
"""

# Before anything is stored: what is found is compared with what the last result was about. Only the hashes say whether
# a file that could be analysed then and now is another one.
_RESOLVE: Final = """
UPDATE temp.staged_file SET (file_id, what) = (
    SELECT file.id, CASE
        WHEN staged_file.kind = 'attempt' THEN NULL
        WHEN file.state = 'pending' THEN 'added'
        WHEN file.state <> 'analysed' OR staged_file.kind = 'failure' THEN
            iif((file.size, file.mtime_ns) = (staged_file.size, staged_file.mtime_ns), 'redone', 'changed')
        ELSE (
            SELECT CASE
                WHEN file.content_hash IS n.content_hash THEN 'redone'
                WHEN file.audio_hash = n.audio_hash THEN 'retagged'
                ELSE 'changed'
            END
            FROM (
                SELECT seq, content_hash, audio_hash FROM temp.staged_analysis
                UNION ALL SELECT seq, content_hash, audio_hash FROM temp.staged_tags
            ) AS n WHERE n.seq = staged_file.seq
        )
    END
    FROM file WHERE file.path = staged_file.path
)
"""

# A repeated or late delivery has a number that is not above the last one of its run: it is ignored. The counts begin
# at 1 again when the content has changed: attempts on other content are no evidence against this one.
_ATTEMPTS: Final = f"""
INSERT INTO attempt (file_id, run_id, number, was_alone, open, attempts, alone, {listed(STAMP)}, begun_ns)
SELECT file_id, run_id, number, alone, 1, 1, alone, {listed(STAMP)}, :now
FROM temp.staged_file WHERE kind = 'attempt'
ON CONFLICT (file_id) DO UPDATE SET
    run_id = excluded.run_id, number = excluded.number, was_alone = excluded.was_alone, open = 1,
    attempts = excluded.attempts + iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), attempts, 0),
    alone = excluded.alone + iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), alone, 0),
    {assigned(STAMP, "excluded")}, begun_ns = excluded.begun_ns
WHERE (excluded.run_id, excluded.number) > (attempt.run_id, attempt.number)
"""

# The statements for passages depend on these: whether the audio is the same, whether all are to be linked again, and
# whether a person's cuts are taken back.
_COMPARE: Final = """
UPDATE temp.staged_file SET
    same_audio = (SELECT file.audio_hash IS a.audio_hash FROM file WHERE file.id = staged_file.file_id),
    relink = a.fields IS NOT (SELECT t.fields FROM file_tags AS t WHERE t.file_id = staged_file.file_id)
        OR (SELECT count(*) FROM temp.staged_passage AS n WHERE n.seq = staged_file.seq)
        <> (SELECT count(*) FROM passage AS p WHERE p.file_id = staged_file.file_id AND p.retired_ns IS NULL)
        OR (a.cut_by IS 'track-list')
        <> (SELECT file.cut_by IS 'track-list' FROM file WHERE file.id = staged_file.file_id),
    cuts_cleared = a.made_cuts IS NULL
        AND (SELECT file.made_cuts IS NOT NULL FROM file WHERE file.id = staged_file.file_id)
FROM temp.staged_analysis AS a
WHERE a.seq = staged_file.seq
"""

# The stored value of a measurement that is now switched off stays, if the audio is the same. Before _ANALYSES, which
# would overwrite it.
_KEEP_MEASURED: Final = f"""
UPDATE temp.staged_analysis SET {kept(measured_columns(Loudness), "staged_analysis", "file")}
FROM temp.staged_file AS s CROSS JOIN file ON file.id = s.file_id
WHERE s.seq = staged_analysis.seq AND s.same_audio
    AND {lacks_some_that_can_be_off(measured_columns(Loudness), "staged_analysis")}
"""

# Files of some folders are made otherwise than the others of the run.
_KNOW_PARTS: Final = """
INSERT INTO provenance (parts) SELECT DISTINCT a.parts FROM temp.staged_analysis AS a WHERE a.parts IS NOT NULL
ON CONFLICT (parts) DO NOTHING
"""

_MADE_BY: Final = """
iif(a.parts IS NULL, (SELECT r.provenance_id FROM run AS r WHERE r.id = s.run_id),
    (SELECT v.id FROM provenance AS v WHERE v.parts = a.parts))
"""

# Other audio is of no release that is known yet, and neither is a file that something else than its sound cuts.
_LIST: Final = """
CASE WHEN s.same_audio AND (a.cut_by IS NULL OR a.cut_by = 'track-list') THEN file.track_list END
"""

# A file that a person has cut otherwise meanwhile, or that holds another release now, is to be analysed again.
_VERSION: Final = f"iif(file.user_cuts IS a.made_cuts AND {_LIST} IS a.made_list, a.analysis_version, 0)"
_STORED: Final = tuple(column for column in _AUDIO if column != "analysis_version")

_ANALYSES: Final = f"""
UPDATE file SET
    {assigned(STAMP, "s")}, {assigned(_STORED, "a")}, analysis_version = {_VERSION}, track_list = {_LIST},
    state = 'analysed', failure_code = NULL, failure_detail = NULL, state_run = s.run_id, missing_run = NULL,
    excluded_run = NULL, analysis_run = s.run_id, provenance_id = {_MADE_BY}
FROM temp.staged_file AS s JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE file.id = s.file_id AND (
    {differs(STAMP, "file", "s")} OR {differs(_STORED, "file", "a")} OR file.analysis_version IS NOT {_VERSION}
    OR file.track_list IS NOT {_LIST}
    OR file.state <> 'analysed' OR coalesce(file.missing_run, file.excluded_run) IS NOT NULL
    OR file.provenance_id IS NOT {_MADE_BY}
)
"""

_ANALYSED: Final = """
FROM temp.staged_file AS s JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE true
"""

_TAGS: Final = upsert(
    "file_tags",
    ("file_id",),
    TAGS,
    f"SELECT s.file_id, {listed(TAGS, 'a')}, s.run_id {_ANALYSED}",
    compared=COMPARED,
)

_CURVES: Final = upsert(
    "file_curves", ("file_id",), CURVES, f"SELECT s.file_id, {listed(CURVES, 'a')}, s.run_id {_ANALYSED}"
)

# The values of an earlier analysis stay. A file that failed exists, unless it vanished: its mark is removed.
_FAILURES: Final = f"""
UPDATE file SET
    {assigned(STAMP, "s")},
    state = s.state, failure_code = s.failure_code, failure_detail = s.failure_detail, state_run = s.run_id,
    missing_run = iif(s.failure_code = 'vanished', file.missing_run, NULL),
    excluded_run = iif(s.failure_code = 'vanished', file.excluded_run, NULL)
FROM temp.staged_file AS s
WHERE file.id = s.file_id AND s.kind = 'failure' AND (
    {differs((*STAMP, "state", "failure_code", "failure_detail"), "file", "s")}
    OR (coalesce(file.missing_run, file.excluded_run) IS NOT NULL AND s.failure_code <> 'vanished')
)
"""

# Any result ends the attempt and resets the counts that are evidence against the file.
_END_ATTEMPTS: Final = """
UPDATE attempt SET open = 0, attempts = 0, alone = 0
FROM temp.staged_file AS s
WHERE attempt.file_id = s.file_id AND s.kind <> 'attempt' AND (attempt.open OR attempt.attempts OR attempt.alone)
"""

_FOUND: Final = ("failure_code", "failure_detail", "warnings", "duration_ticks", "passages")

# The second result of a run for a file is compared with the first: it was added by both.
_NEWS_OF_CONTENT: Final = """
(run_file.what, excluded.what) IN (VALUES ('redone', 'retagged'), ('redone', 'changed'), ('retagged', 'changed'))
"""

# Of a file whose tags alone were read, nothing was decoded; the passages are those that the library has.
_RUN_FILES: Final = f"""
INSERT INTO run_file (run_id, file_id, {listed(_FOUND)}, what)
SELECT s.run_id, s.file_id, s.failure_code, s.failure_detail, coalesce(a.warnings, t.warnings),
    a.duration_ticks,
    CASE
        WHEN a.seq IS NOT NULL THEN (SELECT count(*) FROM temp.staged_passage AS n WHERE n.seq = s.seq)
        WHEN t.seq IS NOT NULL THEN (
            SELECT count(*) FROM passage AS p WHERE p.file_id = s.file_id AND p.retired_ns IS NULL
        )
    END, s.what
FROM temp.staged_file AS s
LEFT JOIN temp.staged_analysis AS a ON a.seq = s.seq
LEFT JOIN temp.staged_tags AS t ON t.seq = s.seq
WHERE s.kind <> 'attempt'
ON CONFLICT (run_id, file_id) DO UPDATE SET
    {assigned(_FOUND, "excluded")}, what = iif({_NEWS_OF_CONTENT}, excluded.what, run_file.what)
WHERE {differs(_FOUND, "run_file", "excluded")} OR ({_NEWS_OF_CONTENT})
"""

_NOTE_CONTENT: Final = """
INSERT INTO temp.noted_change (file_id, what) SELECT file_id, what FROM temp.staged_file
WHERE what IN ('changed', 'retagged') ORDER BY seq
"""

# The number of the run is that of the scan that first missed the file, or first left it out.
_PRESENCE: Final = """
UPDATE file SET missing_run = iif(p.presence = 'missing', p.run_id, NULL),
    excluded_run = iif(p.presence = 'excluded', p.run_id, NULL)
FROM temp.staged_presence AS p
WHERE file.path = p.path AND p.presence
    <> iif(file.missing_run IS NOT NULL, 'missing', iif(file.excluded_run IS NOT NULL, 'excluded', 'present'))
"""

_SEEN_FOLDERS: Final = """
INSERT INTO seen_folder (path, device, inode, mounted)
SELECT path, device, inode, mounted FROM temp.staged_folder WHERE true
ON CONFLICT (path) DO UPDATE SET device = excluded.device, inode = excluded.inode, mounted = excluded.mounted
WHERE (device, inode, mounted) <> (excluded.device, excluded.inode, excluded.mounted)
"""

KNOW_FILES: Final = (_FOLDERS, _FILES, _RESOLVE, _ATTEMPTS)
STORE_ANALYSES: Final = (_COMPARE, _KEEP_MEASURED, _KNOW_PARTS, _ANALYSES, _TAGS, _CURVES)
STORE_RESULTS: Final = (_FAILURES, _END_ATTEMPTS, _RUN_FILES, _NOTE_CONTENT)
STORE_PRESENCE: Final = (_PRESENCE,)
STORE_SEEN_FOLDERS: Final = (_SEEN_FOLDERS,)
