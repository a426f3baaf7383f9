"""The content of a library as lines of text, in natural-key order: two libraries with the same content give the same.

    python tests/support/dump.py LIBRARY...        print the lines
    python tests/support/dump.py --left-out        print what is left out, and why

Row ids are resolved to what they stand for: paths, MBIDs, bounds. Each table and each column of the schema has its
place in ``TABLES``; one that has none is an error, so that nothing new is left out by accident.
"""

import hashlib
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

ROW_ID = "a row id: a number for joins inside one library, given in the order of arrival"
LOT = "a random UUID, which identifies the row for other programs"
MOMENT = "a moment: when it happened, not what"
RUN = "a run number: an import that was killed needs more than one; that some run is named there, or none, is kept"
RUNS = "the history of imports: it tells of interruptions, as it should"
SEEN = "what stands on the disk, as the last scan that came through found it: no scan does that is killed"
ATTEMPT = "how often, and in what company, work on the file began: that is the history of interruptions"

LEFT_OUT = {
    "library.id": ROW_ID,
    "recording_flavor.added_ns": MOMENT,
    "library.guid": LOT,
    "library.created_ns": MOMENT,
    "library.counts": "numbers of rows, those of the history of imports included, and NULL while they are not known",
    "run.id": ROW_ID,
    "run.guid": LOT,
    "run.state": RUNS,
    "run.started_ns": MOMENT,
    "run.ended_ns": MOMENT,
    "run.config_hash": RUNS,
    "run.settings_id": RUNS,
    "run.changed": RUNS,
    "run.found": RUNS,
    "run.has_findings": RUNS,
    "run.folded": RUNS,
    "run.folded_since_ns": MOMENT,
    "run_settings.id": ROW_ID,
    "run_settings.text": RUNS,
    "run.files_seen": RUNS,
    "run.files_unchanged": RUNS,
    "run.has_images": RUNS,
    "run.undone_ns": RUNS,
    "run.services": RUNS,
    "run.provenance_id": RUNS,
    "provenance.id": ROW_ID,
    "provenance.parts": "shown with each file that it made; a library keeps those that no file has any more",
    "run.accounts": "what the writing of a run cost: times and numbers of transactions",
    "run_root.run_id": RUNS,
    "folder.id": ROW_ID,
    "seen_folder.path": SEEN,
    "seen_folder.device": SEEN,
    "seen_folder.inode": SEEN,
    "seen_folder.mounted": SEEN,
    "file.id": ROW_ID,
    "file.guid": LOT,
    "attempt.run_id": ATTEMPT,
    "attempt.number": ATTEMPT,
    "attempt.was_alone": ATTEMPT,
    "attempt.begun_ns": MOMENT,
    "run_file.run_id": RUNS,
    "run_file.what": RUNS,
    "run_file.duration_ticks": "the audio that was decoded: after an interruption more than where tags alone are read",
    "run_change.run_id": RUNS,
    "passage.id": ROW_ID,
    "passage.guid": LOT,
    "artist.id": ROW_ID,
    "work.id": ROW_ID,
    "song.id": ROW_ID,
    "album.id": ROW_ID,
    "artist.stated_ns": MOMENT,
    "work.stated_ns": MOMENT,
    "song.stated_ns": MOMENT,
    "album.stated_ns": MOMENT,
    "passage_song.stated_at_ns": MOMENT,
    "passage_album.stated_at_ns": MOMENT,
    "artist_statement.stated_at_ns": MOMENT,
    "work_statement.stated_at_ns": MOMENT,
    "answer.fetched_ns": MOMENT,
    "answer.expires_ns": MOMENT,
    "library.changes": RUNS,
    "library.last_play": ROW_ID,
    "library.removed_plays": "how many reports were taken back: what is left is in play",
    "edit.id": ROW_ID,
    "play.id": ROW_ID,
    "edit.at_ns": MOMENT,
    "rejection.id": ROW_ID,
    "rejection.run_id": RUNS,
    "rejection.at_ns": MOMENT,
}
"""Column by column, what two libraries with the same content may differ in, and why."""

WHETHER = "iif({0} IS NULL, 'none', 'some')"
"""Of a reference to a run, or of a moment that stands for a state: that there is one."""

PATH = "(SELECT path FROM file WHERE file.id = {0})"
PASSAGE = """(
    SELECT shown(file.path) || ' ' || p.start_ticks || '-' || p.end_ticks || iif(p.retired_ns IS NULL, '', ' retired')
    FROM passage AS p JOIN file ON file.id = p.file_id WHERE p.id = {0}
)"""
MBID = "(SELECT mbid FROM {1} WHERE {1}.id = {0})"

RESOLVED = {
    "folder.first_run": WHETHER,
    "file.folder_id": "(SELECT path FROM folder WHERE folder.id = {0})",
    "file.state_run": WHETHER,
    "file.missing_run": WHETHER,
    "file.excluded_run": WHETHER,
    "file.analysis_run": WHETHER,
    "file.first_run": WHETHER,
    "file.provenance_id": "(SELECT parts FROM provenance WHERE provenance.id = {0})",
    "attempt.file_id": PATH,
    "run_file.file_id": PATH,
    "run_change.file_id": PATH,
    "file_place.file_id": PATH,
    "file_place.folder_id": "(SELECT path FROM folder WHERE folder.id = {0})",
    "file_place.run_id": WHETHER,
    "file_tags.file_id": PATH,
    "file_tags.run_id": WHETHER,
    "file_curves.file_id": PATH,
    "file_curves.run_id": WHETHER,
    "passage.file_id": PATH,
    "passage.link_run": WHETHER,
    "passage.link_retry_ns": WHETHER,
    "passage.link_asked_ns": WHETHER,
    "passage.retired_ns": WHETHER,
    "passage.retired_run": WHETHER,
    "passage.analysis_run": WHETHER,
    "passage.first_run": WHETHER,
    "passage_fingerprint.passage_id": PASSAGE,
    "passage_fingerprint.run_id": WHETHER,
    "passage_flavor.passage_id": PASSAGE,
    "passage_flavor.run_id": WHETHER,
    "passage_value.passage_id": PASSAGE,
    "passage_value.run_id": WHETHER,
    "artist.first_run": WHETHER,
    "work.first_run": WHETHER,
    "song.first_run": WHETHER,
    "album.first_run": WHETHER,
    "song_artist.song_id": MBID,
    "song_artist.artist_id": MBID,
    "song_artist.first_run": WHETHER,
    "song_work.song_id": MBID,
    "song_work.work_id": MBID,
    "song_work.first_run": WHETHER,
    "album_artist.album_id": MBID,
    "album_artist.artist_id": MBID,
    "album_artist.first_run": WHETHER,
    "passage_song.passage_id": PASSAGE,
    "passage_song.song_id": MBID,
    "passage_song.run_id": WHETHER,
    "passage_album.passage_id": PASSAGE,
    "passage_album.album_id": MBID,
    "passage_album.run_id": WHETHER,
    "artist_statement.passage_id": PASSAGE,
    "artist_statement.artist_id": MBID,
    "artist_statement.run_id": WHETHER,
    "work_statement.passage_id": PASSAGE,
    "work_statement.work_id": MBID,
    "work_statement.run_id": WHETHER,
    "candidate.passage_id": PASSAGE,
    "candidate.run_id": WHETHER,
    "work_artist.work_id": MBID,
    "work_artist.artist_id": MBID,
    "work_artist.first_run": WHETHER,
    "merged_mbid.first_run": WHETHER,
    "answer.run_id": WHETHER,
    "play.passage_id": PASSAGE,
    "passage_evidence.passage_id": PASSAGE,
    "passage_evidence.run_id": WHETHER,
}
"""Column by column, the expression that is shown in place of a number that means something in one library only."""

KEPT = {
    "library": "oldest_reader search_index",
    "run_root": "path position path_text",
    "folder": "path path_text",
    "file": """
        path path_text size mtime_ns device inode ctime_ns state failure_code failure_detail
        container codec sample_rate channels bit_rate decoder content_hash audio_hash samples duration_ticks
        loudness_integrated loudness_range true_peak sample_peak
        bad_packets missing_samples invalid_samples warnings analysis_version link_revision
        user_cuts made_cuts track_list made_list list_score cut_by given_cuts sheet_hash
        pieces_hash begins_with ends_with
    """,
    "attempt": "open attempts alone size mtime_ns device inode ctime_ns",
    "file_place": "path path_text",
    "run_file": "failure_code failure_detail warnings passages",
    "run_change": "what from_path from_path_text",
    "file_tags": "title artist album medium track search_text fields raw path_title path_artist path_album path_medium"
    " path_track album_group",
    "file_curves": "envelope_hop envelope samples_per_point waveform packing weighted doubtful_gaps",
    "passage": """
        start_ticks end_ticks lead_in_ticks lead_out_ticks fade_in_ticks fade_out_ticks
        loudness_integrated loudness_range true_peak sample_peak link_state link_reason link_attempts
        link_doubt link_confidence link_weights user_recording user_title probability approval
        given_track given_title given_performer given_isrc user_lead_in_ticks user_lead_out_ticks gapless_with_next
        loudness_distribution user_flavor
    """,
    "passage_fingerprint": "fingerprint fingerprint_ticks shifted packed",
    "passage_value": "extension measure version value text failure",
    "passage_flavor": "level version shares seconds tempo timbre rhythm embedding patches gain weights",
    "recording_flavor": "recording source document seconds shares",
    "artist": "mbid name name_source user_name probability cooldown_seconds ramp_seconds",
    "work": "mbid title title_source user_title probability cooldown_seconds ramp_seconds",
    "song": "mbid title title_source rival_title user_title probability cooldown_seconds ramp_seconds",
    "album": "mbid title release_group date country labels media cover_art title_source user_title user_date",
    "song_artist": "position weight weight_source",
    "song_work": "position",
    "album_artist": "position",
    "work_artist": "role position",
    "merged_mbid": "old new",
    "candidate": """
        rank recording title artists seconds confidence log_odds terms caps release album medium track
    """,
    "answer": "key service found merged_into body schema_version",
    "passage_song": "start_ticks end_ticks stated_title stated_artists stated_works",
    "passage_album": """
        medium track stated_title stated_release_group stated_date stated_country stated_labels stated_media
        stated_cover_art stated_artists
    """,
    "artist_statement": "name",
    "work_statement": "title composers",
    "passage_evidence": "statements",
    "play": "at_ns",
    "edit": "subject subject_key field part old_value new_value",
    "rejection": "path path_text kind code reason",
}
"""Table by table, what is shown as it is."""

EACH_ONCE = {"run_root"}
"""Tables of which equal lines count once: every run of the same folders writes them again."""

STATISTICS = "sqlite_stat"
"""Tables of SQLite: statistics for its planner."""

JOURNAL = "before_image"
"""Before-images for undo: they describe former content, not the current content."""

LONGEST_VALUE = 200


class UnclassifiedError(Exception):
    """The schema and this file do not name the same tables and columns."""


def dump(library):
    """Give the content as a list of lines, table by table. The library is only read.

    No file remains beside it. There are two cases. With a WAL the library is opened read-only, since a connection that
    can write would checkpoint the WAL of another process. Without one it is opened for writing, since a read-only
    connection would leave its auxiliary files.
    """
    path = Path(library).resolve()
    mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "rw"
    with closing(sqlite3.connect(f"{path.as_uri()}?mode={mode}", uri=True)) as connection:
        connection.execute("PRAGMA query_only = 1")
        return content(connection)


def content(connection):
    """Give the content as this connection sees it."""
    columns = _columns_of(connection)
    _refuse_unclassified(columns)
    return [line for table in sorted(columns) for line in lines_of(connection, table)]


def _columns_of(connection):
    tables = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%' ORDER BY name"
    )
    return {
        table: [row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})")]
        for (table,) in tables.fetchall()
        if not table.startswith(STATISTICS) and table != JOURNAL
    }


def _classified():
    named = [f"{table}.{column}" for table, columns in KEPT.items() for column in columns.split()]
    return [*named, *RESOLVED, *LEFT_OUT]


def _refuse_unclassified(columns):
    there = sorted(f"{table}.{column}" for table, names in columns.items() for column in names)
    named = sorted(_classified())
    if there != named:
        unknown = ", ".join(sorted(set(there) - set(named))) or "none"
        gone = ", ".join(sorted(set(named) - set(there))) or "none"
        twice = ", ".join(sorted({name for name in named if named.count(name) > 1})) or "none"
        raise UnclassifiedError(
            f"say in {Path(__file__).name} whether these are kept, resolved or left out: {unknown}; "
            f"these are not in the library: {gone}; these are named twice: {twice}"
        )


def lines_of(connection, table):
    """Show each row; the resolved columns, by which most rows are found, come first."""
    shown = {name.partition(".")[2]: how for name, how in RESOLVED.items() if name.startswith(f"{table}.")}
    expressions = {
        **{column: how.format(f"{table}.{column}", column.removesuffix("_id")) for column, how in shown.items()},
        **{column: f"{table}.{column}" for column in KEPT.get(table, "").split()},
    }
    if not expressions:
        return []
    connection.create_function("shown", 1, repr, deterministic=True)
    rows = connection.execute(f"SELECT {', '.join(expressions.values())} FROM {table}")
    lines = [f"{table}: {' '.join(map(_shown, expressions, row))}" for row in rows]
    return sorted(set(lines) if table in EACH_ONCE else lines)


def _shown(column, value):
    """Show a value so that equal text means equal value; long ones by their length and hash."""
    text = repr(value)
    if len(text) > LONGEST_VALUE:
        whole = value if isinstance(value, bytes) else text.encode()
        text = f"<{len(whole)} bytes, {hashlib.blake2b(whole, digest_size=16).hexdigest()}>"
    return f"{column}={text}"


if __name__ == "__main__":
    if sys.argv[1:] == ["--left-out"]:
        sys.stdout.writelines(f"{column}: {reason}\n" for column, reason in LEFT_OUT.items())
    else:
        for argument in sys.argv[1:]:
            sys.stdout.writelines(line + "\n" for line in dump(argument))
