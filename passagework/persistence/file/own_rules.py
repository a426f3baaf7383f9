"""The rules of a library that SQLite does not know: what no row may say, although each value alone is possible.

The rules of single columns are CHECKs of the tables, which a look for damage reads (checked_tables.py). These here
compare rows with each other, and read what is packed. A new rule is a member of RULES, with a test that breaks it.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from passagework.domain.checkup import BrokenRule
from passagework.domain.files import display_path
from passagework.domain.loudness_distribution import can_be_read
from passagework.persistence.file.derived_names import entities_named_otherwise, files_named_otherwise
from passagework.persistence.rows.flavor import flavor_can_be_read
from passagework.persistence.rows.packed import curves_can_be_read, fingerprint_can_be_read, unpacked_answer
from passagework.persistence.rows.pairs import add_continues, pairs

_READ_AGAIN: Final = "an import of their folders with --reanalyze reads the files again"
_ASK_AGAIN: Final = "an import that needs them asks for them again"
_RESTORE: Final = "undo the import that did it (passagework undo), or restore a backup; please report it"

_PASSAGE: Final = "'passage ' || p.guid || ' of ' || f.path_text"
_PASSAGES: Final = "FROM passage AS p JOIN file AS f ON f.id = p.file_id"

_OUTSIDE: Final = f"""
SELECT {_PASSAGE} {_PASSAGES}
WHERE p.retired_ns IS NULL AND (f.duration_ticks IS NULL OR p.end_ticks > f.duration_ticks) ORDER BY p.id
"""

_OVERLAPPING: Final = f"""
SELECT {_PASSAGE} FROM (
    SELECT *, lag(end_ticks) OVER (PARTITION BY file_id ORDER BY start_ticks) AS former_end
    FROM passage WHERE retired_ns IS NULL
) AS p JOIN file AS f ON f.id = p.file_id
WHERE p.start_ticks < p.former_end ORDER BY p.id
"""

# A decision is for the bounds that a passage had then; with other bounds it waits for the next one.
_SONGS_OUTSIDE: Final = f"""
SELECT {_PASSAGE} {_PASSAGES} JOIN passage_song AS s ON s.passage_id = p.id
WHERE p.retired_ns IS NULL AND p.link_state IN ('linked', 'likely')
    AND (s.start_ticks < 0 OR s.end_ticks > p.end_ticks - p.start_ticks) ORDER BY p.id
"""

_LINKED_TO_NOTHING: Final = f"""
SELECT {_PASSAGE} {_PASSAGES}
WHERE p.retired_ns IS NULL AND p.link_state IN ('linked', 'likely')
    AND NOT EXISTS (SELECT 1 FROM passage_song AS s WHERE s.passage_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM passage_album AS a WHERE a.passage_id = p.id) ORDER BY p.id
"""

_RANKS: Final = f"""
SELECT {_PASSAGE} {_PASSAGES} JOIN candidate AS c ON c.passage_id = p.id
GROUP BY p.id HAVING min(c.rank) <> 1 OR max(c.rank) <> count(*) ORDER BY p.id
"""

_WEIGHTS: Final = """
SELECT 'song ' || s.mbid FROM song AS s JOIN song_artist AS a ON a.song_id = s.id
GROUP BY s.id HAVING min(a.weight_source) = 'equal' AND max(a.weight_source) = 'equal' AND abs(sum(a.weight) - 1) > 1e-6
ORDER BY s.id
"""

# A file whose content was overwritten is where it was, behind a path that no file has: see write/moves.py.
_ELSEWHERE: Final = """
SELECT f.path_text FROM (
    SELECT path_text, folder_id, iif(
        substr(path, -2 - length(guid)) = CAST('//' || guid AS BLOB),
        substr(path, 1, length(path) - 2 - length(guid)),
        path
    ) AS path FROM file
    UNION ALL SELECT path_text, folder_id, path FROM file_place
) AS f JOIN folder AS d ON d.id = f.folder_id
WHERE substr(f.path, 1, length(d.path)) <> d.path OR substr(f.path, length(d.path) + 1, 1) <> x'2f'
    OR instr(substr(f.path, length(d.path) + 2), x'2f') > 0 ORDER BY f.path
"""

_TWO_FILES: Final = """
SELECT l.path_text FROM file_place AS l JOIN file AS f ON f.path = l.path
WHERE f.missing_run IS NULL AND f.excluded_run IS NULL ORDER BY l.path
"""

_PATHS: Final = """
SELECT path_text FROM file WHERE path_text <> display_path(path)
UNION ALL SELECT path_text FROM folder WHERE path_text <> display_path(path)
UNION ALL SELECT path_text FROM file_place WHERE path_text <> display_path(path)
"""

_LENGTHS: Final = """
SELECT path_text FROM file
WHERE abs(duration_ticks - 28224000.0 * samples / sample_rate) > 1.0 + 1e-12 * duration_ticks ORDER BY id
"""

_LACKING: Final = """
SELECT f.path_text FROM file AS f
WHERE f.state = 'analysed' AND (
    NOT EXISTS (SELECT 1 FROM file_tags AS t WHERE t.file_id = f.id)
    OR NOT EXISTS (SELECT 1 FROM file_curves AS c WHERE c.file_id = f.id)
) ORDER BY f.id
"""

_DOCUMENTS: Final = (
    *(("file", "warnings"), ("run_file", "warnings"), ("file_tags", "fields"), ("file_tags", "raw")),
    ("file_curves", "doubtful_gaps"),
    *(("passage_evidence", "statements"), ("passage_fingerprint", "shifted"), ("album", "labels"), ("album", "media")),
    *(("candidate", "artists"), ("candidate", "terms"), ("candidate", "caps"), ("run", "accounts")),
    *(("passage", "user_flavor"), ("recording_flavor", "shares")),
)
"""Columns with JSON, or nothing."""

_NO_JSON: Final = " UNION ALL ".join(
    f"SELECT '{table}.{column}' FROM {table} WHERE {column} <> '' AND NOT json_valid({column})"
    for table, column in _DOCUMENTS
)

_PLAYS: Final = "SELECT 'play ' || id FROM play WHERE id > (SELECT last_play FROM library)"

_CIRCLES: Final = """
WITH RECURSIVE led (start, reached) AS (
    SELECT old, new FROM merged_mbid UNION SELECT led.start, m.new FROM led JOIN merged_mbid AS m ON m.old = led.reached
)
SELECT start FROM led WHERE start = reached ORDER BY start
"""

_JOURNAL: Final = """
SELECT DISTINCT of_table FROM before_image
WHERE of_table NOT IN (SELECT name FROM sqlite_schema WHERE type = 'table') ORDER BY of_table
"""

_MAY_RUN_ON: Final = "(SELECT id AS file_id FROM file WHERE ends_with IS NOT NULL OR cut_by IS NOT NULL)"
_PAIRS: Final = f"""
SELECT {_PASSAGE} {_PASSAGES} WHERE (p.gapless_with_next IS 1) <> (p.id IN ({pairs(_MAY_RUN_ON)})) ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """``what`` names rows that break it, in the plural; ``find`` names each; ``advice`` says what a person can do."""

    what: str
    find: Callable[[sqlite3.Connection], Iterable[str]]
    advice: str


def broken_rules(connection: sqlite3.Connection) -> tuple[BrokenRule, ...]:
    """Look whether every rule holds; the caller sees to it that all rows are of one state of the library."""
    connection.create_function("display_path", 1, display_path, deterministic=True)
    add_continues(connection)
    return tuple(filter(None, (_broken(connection, rule) for rule in RULES)))


def _broken(connection: sqlite3.Connection, rule: Rule) -> BrokenRule | None:
    count, example = 0, ""
    for name in rule.find(connection):
        example = example or name
        count += 1
    return BrokenRule(rule.what, count, example, rule.advice) if count else None


def _named_by(sql: str) -> Callable[[sqlite3.Connection], Iterator[str]]:
    return lambda connection: (name for (name,) in connection.execute(sql))


def _curves(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute(
        "SELECT f.path_text, c.envelope, c.weighted, c.waveform, c.packing "
        "FROM file_curves AS c JOIN file AS f ON f.id = c.file_id"
    )
    return (path for path, *packed in rows if not curves_can_be_read(*packed))


def _fingerprints(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute(
        f"SELECT {_PASSAGE}, n.packed {_PASSAGES} JOIN passage_fingerprint AS n ON n.passage_id = p.id "
        "WHERE n.packed IS NOT NULL"
    )
    return (passage for passage, packed in rows if not fingerprint_can_be_read(packed))


def _flavors(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute(
        f"SELECT {_PASSAGE}, n.version, n.shares, n.timbre, n.rhythm, n.embedding {_PASSAGES} "
        "JOIN passage_flavor AS n ON n.passage_id = p.id"
    )
    return (passage for passage, *packed in rows if not flavor_can_be_read(*packed))


def _distributions(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute(
        f"SELECT {_PASSAGE}, p.loudness_distribution {_PASSAGES} WHERE p.loudness_distribution IS NOT NULL"
    )
    return (passage for passage, packed in rows if not can_be_read(packed))


def _answers(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute("SELECT service || ' ' || key, body FROM answer")
    return (name for name, body in rows if unpacked_answer(body) is None)


RULES: Final = (
    Rule("files whose level curve or waveform cannot be read", _curves, _READ_AGAIN),
    Rule("passages whose fingerprint cannot be read", _fingerprints, _READ_AGAIN),
    Rule("passages whose flavor cannot be read", _flavors, _READ_AGAIN),
    Rule("passages whose distribution of loudness cannot be read", _distributions, _READ_AGAIN),
    Rule("answers of services that cannot be read", _answers, _ASK_AGAIN),
    Rule("columns with a text that is no JSON", _named_by(_NO_JSON), _RESTORE),
    Rule("passages that run on in the next one and are not said to, or the reverse", _named_by(_PAIRS), _RESTORE),
    Rule("analysed files without tags or curves", _named_by(_LACKING), _READ_AGAIN),
    Rule("files whose length is not that of their samples", _named_by(_LENGTHS), _READ_AGAIN),
    Rule("files that are in another folder than their path says", _named_by(_ELSEWHERE), _RESTORE),
    Rule("places of a file that are the path of another one", _named_by(_TWO_FILES), _RESTORE),
    Rule("files with another title, artist or album than their tags and paths say", files_named_otherwise, _RESTORE),
    Rule("songs, artists, works and albums with other names than are stated", entities_named_otherwise, _RESTORE),
    Rule("paths that are shown as other ones", _named_by(_PATHS), _RESTORE),
    Rule("passages that end behind their file", _named_by(_OUTSIDE), _READ_AGAIN),
    Rule("passages that overlap the one before them", _named_by(_OVERLAPPING), _READ_AGAIN),
    Rule("passages with a song outside of them", _named_by(_SONGS_OUTSIDE), _RESTORE),
    Rule("passages that are linked, to nothing", _named_by(_LINKED_TO_NOTHING), _RESTORE),
    Rule("passages whose candidates are not numbered from 1 on", _named_by(_RANKS), _RESTORE),
    Rule("songs whose artists have weights that do not add up to 1", _named_by(_WEIGHTS), _RESTORE),
    Rule("plays with a higher number than the library has given", _named_by(_PLAYS), _RESTORE),
    Rule("MBIDs that were merged in a circle", _named_by(_CIRCLES), _RESTORE),
    Rule("tables that are only in the journal for undo", _named_by(_JOURNAL), _RESTORE),
)
