"""The statements of the contenders that write row by row: plain inserts by values, every id known when it is needed.

Their rows are those that Passagework leaves behind for files that are new; they do less than it does: no comparison
with what an earlier import has left, no fingerprints to forget, no passages to pair.
"""

FOLDER = "INSERT INTO folder (path, path_text, first_run) VALUES (?, ?, ?) ON CONFLICT (path) DO NOTHING"

FILE = """
INSERT INTO file (
    guid, folder_id, path, path_text, size, mtime_ns, device, inode, state, state_run, first_run,
    container, codec, sample_rate, channels, bit_rate, content_hash, audio_hash, samples, duration_ticks,
    loudness_integrated, loudness_range, true_peak, sample_peak, bad_packets, missing_samples, warnings,
    analysis_version, analysis_run, link_revision
)
VALUES (
    ?, (SELECT id FROM folder WHERE path = ?), ?, ?, ?, ?, ?, ?, 'analysed', ?, ?,
    ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1
)
"""

TAGS = """
INSERT INTO file_tags (file_id, title, artist, album, medium, track, search_text, fields, raw, run_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

CURVES = """
INSERT INTO file_curves (file_id, envelope_hop, envelope, samples_per_point, waveform, run_id)
VALUES (?, ?, ?, ?, ?, ?)
"""

RUN_FILE = """
INSERT INTO run_file (run_id, file_id, warnings, duration_ticks, passages) VALUES (?, ?, ?, ?, ?)
"""

PASSAGE = """
INSERT INTO passage (
    guid, file_id, start_ticks, end_ticks, lead_in_ticks, lead_out_ticks, fade_in_ticks, fade_out_ticks,
    loudness_integrated, loudness_range, true_peak, sample_peak, link_state, link_reason, link_run, analysis_run,
    first_run
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

FINGERPRINT = """
INSERT INTO passage_fingerprint (passage_id, fingerprint, fingerprint_ticks, run_id) VALUES (?, ?, ?, ?)
"""

SONG = "INSERT INTO song (mbid, title, first_run) VALUES (?, ?, ?) ON CONFLICT (mbid) DO NOTHING"
WORK = "INSERT INTO work (mbid, title, first_run) VALUES (?, ?, ?) ON CONFLICT (mbid) DO NOTHING"
ARTIST = "INSERT INTO artist (mbid, name, first_run) VALUES (?, ?, ?) ON CONFLICT (mbid) DO NOTHING"
ALBUM = """
INSERT INTO album (mbid, title, release_group, date, first_run) VALUES (?, ?, ?, ?, ?) ON CONFLICT (mbid) DO NOTHING
"""

# Reads. One statement asks for the songs and their works.
_KNOWN = "SELECT mbid, id FROM {} WHERE mbid IN (SELECT value FROM json_each(?1))"
KNOWN_SONGS = f"{_KNOWN.format('song')} UNION ALL {_KNOWN.format('work')}"
KNOWN_ARTISTS = _KNOWN.format("artist")
KNOWN_ALBUMS = _KNOWN.format("album")

SONG_ARTIST = """
INSERT INTO song_artist (song_id, artist_id, position, weight, first_run) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (song_id, artist_id) DO NOTHING
"""
SONG_WORK = """
INSERT INTO song_work (song_id, work_id, position, first_run) VALUES (?, ?, ?, ?)
ON CONFLICT (song_id, work_id) DO NOTHING
"""
ALBUM_ARTIST = """
INSERT INTO album_artist (album_id, artist_id, position, first_run) VALUES (?, ?, ?, ?)
ON CONFLICT (album_id, artist_id) DO NOTHING
"""
PASSAGE_SONG = "INSERT INTO passage_song (passage_id, song_id, start_ticks, end_ticks, run_id) VALUES (?, ?, ?, ?, ?)"
PASSAGE_ALBUM = "INSERT INTO passage_album (passage_id, album_id, medium, track, run_id) VALUES (?, ?, ?, ?, ?)"
EVIDENCE = "INSERT INTO evidence (passage_id, source, kind, value, position, run_id) VALUES (?, ?, ?, ?, ?, ?)"
