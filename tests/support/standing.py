"""What a library says about the music that is there, as lines of text: without its history, and without what is gone.

Two libraries of one tree, with the same answers and the same values by people, give the same lines, whatever imports
made them.
"""

import sqlite3
from contextlib import closing

from tests.support import dump

HISTORY = {
    "library",
    "run",
    "run_root",
    "run_file",
    "run_change",
    "attempt",
    "rejection",
    "edit",
    "play",
    "answer",
    "merged_mbid",
}
"""Tables that tell of imports, and not of music."""

ENTITIES = {
    "song": "SELECT song_id FROM passage_song",
    "album": "SELECT album_id FROM passage_album",
    "work": "SELECT work_id FROM song_work",
    "artist": """
        SELECT artist_id FROM song_artist UNION SELECT artist_id FROM album_artist
        UNION SELECT artist_id FROM work_artist
    """,
}
"""By what each of them is named, in an order in which one is gone before it is asked whom it names."""

OF_LAST_ANALYSIS = """
    container codec sample_rate channels bit_rate decoder content_hash audio_hash samples duration_ticks
    loudness_integrated loudness_range true_peak sample_peak bad_packets missing_samples invalid_samples warnings
    analysis_version analysis_run provenance_id begins_with ends_with
"""
"""What is kept of a file that has become unreadable, to know it again when it is whole."""

COUNTERS = {
    "file": "link_revision = 0",
    "passage": "link_attempts = 0, link_retry_ns = NULL, link_asked_ns = NULL",
}
"""Columns that tell how often something was done, or will be done again."""


def standing(library):
    """Give the lines; the library is only read."""
    with (
        closing(sqlite3.connect(f"{library.resolve().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as copy,
    ):
        source.backup(copy)
        _leave_out_what_is_gone(copy)
        return [line for line in dump.content(copy) if line.partition(":")[0] not in HISTORY]


def _leave_out_what_is_gone(copy):
    copy.execute("PRAGMA foreign_keys = 0")
    for kind in ("trigger", "view"):
        for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = ?", (kind,)).fetchall():
            copy.execute(f'DROP {kind} "{name}"')
    gone = [name for name in _columns(copy, "file") if name in ("missing_run", "excluded_run")]
    copy.execute(f"DELETE FROM file WHERE {' OR '.join(f'{name} IS NOT NULL' for name in gone)}")
    copy.execute("DELETE FROM passage WHERE retired_ns IS NOT NULL")
    nothing = ", ".join(f"{column} = NULL" for column in OF_LAST_ANALYSIS.split())
    copy.execute(f"UPDATE file SET {nothing} WHERE state <> 'analysed'")
    for table in ("file_tags", "file_curves"):
        copy.execute(f"DELETE FROM {table} WHERE file_id IN (SELECT id FROM file WHERE state <> 'analysed')")
    _drop_orphans(copy)
    for entity, named in ENTITIES.items():
        copy.execute(f"DELETE FROM {entity} WHERE id NOT IN ({named})")
        _drop_orphans(copy)
    copy.execute(
        "DELETE FROM folder WHERE id NOT IN (SELECT folder_id FROM file UNION SELECT folder_id FROM file_place)"
    )
    for table, nothing in COUNTERS.items():
        copy.execute(f"UPDATE {table} SET {nothing}")


def _columns(copy, table):
    return [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]


def _drop_orphans(copy):
    """Delete rows that name a row which is gone, until there are none; runs are never gone."""
    tables = [
        name
        for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        if not name.startswith("search_index")
    ]
    names = [
        (table, row[3], row[2], row[4] or "id")
        for table in tables
        for row in copy.execute(f"PRAGMA foreign_key_list({table})")
        if row[2] != "run"
    ]
    deleted = True
    while deleted:
        deleted = False
        for table, column, parent, key in names:
            done = copy.execute(
                f"DELETE FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {parent})"
            )
            deleted = deleted or done.rowcount > 0


def difference(one, other):
    """Say in which lines two contents differ: those of the first with -, those of the other with +."""
    first, second = set(one), set(other)
    return [*(f"- {line}" for line in one if line not in second), *(f"+ {line}" for line in other if line not in first)]
