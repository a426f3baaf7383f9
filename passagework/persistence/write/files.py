"""Files, attempts, results and tags: the statements that store them for a whole batch at once.

A staged path occurs once, so the statements need not look for the latest of several messages. Every update compares
before it writes: what is delivered twice changes no row.
"""

from typing import Final

# Folders first: files refer to them.
_FOLDERS: Final = """
INSERT INTO folder (path, path_text, first_run)
SELECT folder, folder_text, min(run_id) FROM temp.staged_file GROUP BY folder ORDER BY min(seq)
ON CONFLICT (path) DO UPDATE SET first_run = excluded.first_run WHERE excluded.first_run < folder.first_run
"""

# A file that is new waits for its result; one that is known is found below by its path.
_FILES: Final = """
INSERT INTO file (guid, folder_id, path, path_text, size, mtime_ns, device, inode, state, first_run)
SELECT s.guid, folder.id, s.path, s.path_text, s.size, s.mtime_ns, s.device, s.inode, 'pending', s.run_id
FROM temp.staged_file AS s CROSS JOIN folder ON folder.path = s.folder
WHERE true
ORDER BY s.seq
ON CONFLICT (path) DO NOTHING
"""

_RESOLVE: Final = """
UPDATE temp.staged_file SET file_id = (SELECT file.id FROM file WHERE file.path = staged_file.path)
"""

# A repeated or late delivery has a number that is not above the last one of its run. Attempts on other content say
# nothing about this one.
_ATTEMPTS: Final = """
INSERT INTO attempt
    (file_id, run_id, number, was_alone, open, attempts, alone, size, mtime_ns, device, inode, begun_ns)
SELECT file_id, run_id, number, alone, 1, 1, alone, size, mtime_ns, device, inode, :now
FROM temp.staged_file WHERE kind = 'attempt'
ON CONFLICT (file_id) DO UPDATE SET
    run_id = excluded.run_id, number = excluded.number, was_alone = excluded.was_alone, open = 1,
    attempts = excluded.attempts + iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), attempts, 0),
    alone = excluded.alone + iif((size, mtime_ns) = (excluded.size, excluded.mtime_ns), alone, 0),
    size = excluded.size, mtime_ns = excluded.mtime_ns, device = excluded.device, inode = excluded.inode,
    begun_ns = excluded.begun_ns
WHERE (excluded.run_id, excluded.number) > (attempt.run_id, attempt.number)
"""

# What the passages below depend on: is it the same audio as before, and must the linker look at all of them again?
_COMPARE: Final = """
UPDATE temp.staged_file SET
    same_audio = (SELECT file.audio_hash IS a.audio_hash FROM file WHERE file.id = staged_file.file_id),
    relink = a.fields IS NOT (SELECT t.fields FROM file_tags AS t WHERE t.file_id = staged_file.file_id)
        OR (SELECT count(*) FROM temp.staged_passage AS n WHERE n.seq = staged_file.seq)
        <> (SELECT count(*) FROM passage AS p WHERE p.file_id = staged_file.file_id AND p.retired_ns IS NULL)
FROM temp.staged_analysis AS a
WHERE a.seq = staged_file.seq
"""

# A true peak that was measured stays when the same audio is analysed with that measurement switched off.
_KEEP_TRUE_PEAK: Final = """
UPDATE temp.staged_analysis SET true_peak = file.true_peak
FROM temp.staged_file AS s CROSS JOIN file ON file.id = s.file_id
WHERE s.seq = staged_analysis.seq AND s.same_audio AND staged_analysis.true_peak IS NULL
"""

_ANALYSES: Final = """
UPDATE file SET
    size = s.size, mtime_ns = s.mtime_ns, device = s.device, inode = s.inode,
    state = 'analysed', failure_code = NULL, failure_detail = NULL, state_run = s.run_id, missing_run = NULL,
    container = a.container, codec = a.codec, sample_rate = a.sample_rate, channels = a.channels,
    bit_rate = a.bit_rate, content_hash = a.content_hash, audio_hash = a.audio_hash,
    samples = a.samples, duration_ticks = a.duration_ticks,
    loudness_integrated = a.loudness_integrated, loudness_range = a.loudness_range,
    true_peak = a.true_peak, sample_peak = a.sample_peak,
    bad_packets = a.bad_packets, missing_samples = a.missing_samples, warnings = a.warnings,
    analysis_version = a.analysis_version, analysis_run = s.run_id
FROM temp.staged_file AS s JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE file.id = s.file_id AND (
    file.size, file.mtime_ns, file.device, file.inode, file.state, file.missing_run,
    file.container, file.codec, file.sample_rate, file.channels, file.bit_rate, file.content_hash, file.audio_hash,
    file.samples, file.duration_ticks, file.loudness_integrated, file.loudness_range, file.true_peak, file.sample_peak,
    file.bad_packets, file.missing_samples, file.warnings, file.analysis_version
) IS NOT (
    s.size, s.mtime_ns, s.device, s.inode, 'analysed', NULL,
    a.container, a.codec, a.sample_rate, a.channels, a.bit_rate, a.content_hash, a.audio_hash,
    a.samples, a.duration_ticks, a.loudness_integrated, a.loudness_range, a.true_peak, a.sample_peak,
    a.bad_packets, a.missing_samples, a.warnings, a.analysis_version
)
"""

_TAGS: Final = """
INSERT INTO file_tags (file_id, title, artist, album, medium, track, search_text, fields, raw, run_id)
SELECT s.file_id, a.title, a.artist, a.album, a.medium, a.track, a.search_text, a.fields, a.raw, s.run_id
FROM temp.staged_file AS s JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE true
ON CONFLICT (file_id) DO UPDATE SET
    title = excluded.title, artist = excluded.artist, album = excluded.album, medium = excluded.medium,
    track = excluded.track, search_text = excluded.search_text, fields = excluded.fields, raw = excluded.raw,
    run_id = excluded.run_id
WHERE (file_tags.fields, file_tags.raw, file_tags.search_text)
    IS NOT (excluded.fields, excluded.raw, excluded.search_text)
"""

_CURVES: Final = """
INSERT INTO file_curves (file_id, envelope_hop, envelope, samples_per_point, waveform, run_id)
SELECT s.file_id, a.envelope_hop, a.envelope, a.samples_per_point, a.waveform, s.run_id
FROM temp.staged_file AS s JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE true
ON CONFLICT (file_id) DO UPDATE SET
    envelope_hop = excluded.envelope_hop, envelope = excluded.envelope,
    samples_per_point = excluded.samples_per_point, waveform = excluded.waveform, run_id = excluded.run_id
WHERE (file_curves.envelope_hop, file_curves.envelope, file_curves.samples_per_point, file_curves.waveform)
    IS NOT (excluded.envelope_hop, excluded.envelope, excluded.samples_per_point, excluded.waveform)
"""

# A failure leaves the values of an earlier analysis. Unless the file vanished, it was there to fail.
_FAILURES: Final = """
UPDATE file SET
    size = s.size, mtime_ns = s.mtime_ns, device = s.device, inode = s.inode,
    state = s.state, failure_code = s.failure_code, failure_detail = s.failure_detail, state_run = s.run_id,
    missing_run = iif(s.failure_code = 'vanished', file.missing_run, NULL)
FROM temp.staged_file AS s
WHERE file.id = s.file_id AND s.kind = 'failure' AND (
    (file.size, file.mtime_ns, file.device, file.inode, file.state, file.failure_code, file.failure_detail)
        IS NOT (s.size, s.mtime_ns, s.device, s.inode, s.state, s.failure_code, s.failure_detail)
    OR (file.missing_run IS NOT NULL AND s.failure_code <> 'vanished')
)
"""

# Any result ends the attempt and clears what was held against the file.
_END_ATTEMPTS: Final = """
UPDATE attempt SET open = 0, attempts = 0, alone = 0
FROM temp.staged_file AS s
WHERE attempt.file_id = s.file_id AND s.kind <> 'attempt' AND (attempt.open OR attempt.attempts OR attempt.alone)
"""

_RUN_FILES: Final = """
INSERT INTO run_file (run_id, file_id, failure_code, failure_detail, warnings, duration_ticks, passages)
SELECT s.run_id, s.file_id, s.failure_code, s.failure_detail, a.warnings, a.duration_ticks,
    iif(a.seq IS NULL, NULL, (SELECT count(*) FROM temp.staged_passage AS n WHERE n.seq = s.seq))
FROM temp.staged_file AS s LEFT JOIN temp.staged_analysis AS a ON a.seq = s.seq
WHERE s.kind <> 'attempt'
ON CONFLICT (run_id, file_id) DO UPDATE SET
    failure_code = excluded.failure_code, failure_detail = excluded.failure_detail, warnings = excluded.warnings,
    duration_ticks = excluded.duration_ticks, passages = excluded.passages
WHERE (run_file.failure_code, run_file.failure_detail, run_file.warnings, run_file.duration_ticks, run_file.passages)
    IS NOT (
        excluded.failure_code, excluded.failure_detail, excluded.warnings, excluded.duration_ticks, excluded.passages
    )
"""

_PRESENCE: Final = """
UPDATE file SET missing_run = iif(p.missing, p.run_id, NULL)
FROM temp.staged_presence AS p
WHERE file.path = p.path AND (file.missing_run IS NOT NULL) <> p.missing
"""

KNOW_FILES: Final = (_FOLDERS, _FILES, _RESOLVE, _ATTEMPTS)
STORE_ANALYSES: Final = (_COMPARE, _KEEP_TRUE_PEAK, _ANALYSES, _TAGS, _CURVES)
STORE_RESULTS: Final = (_FAILURES, _END_ATTEMPTS, _RUN_FILES)
STORE_PRESENCE: Final = (_PRESENCE,)
