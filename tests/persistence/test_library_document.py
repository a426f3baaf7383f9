"""docs/library.md names every table and every column, and its queries run."""

import gzip
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from passagework.domain.measured import Loudness, PassageMeasures, measured_columns
from passagework.domain.user_fields import HIGHEST_PROBABILITY
from passagework.persistence.file.opening import open_library
from tests.support import dump

TESTS = Path(__file__).parents[1]
TEXT = (TESTS.parent / "docs" / "library.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE))
LEFT_OUT = TEXT.rpartition("\n## ")[2]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Give a library of the demo's music, at today's schema, as another process opens it."""
    path = tmp_path_factory.mktemp("library") / "demo.passages"
    stored = TESTS / "persistence" / "released" / "schema-1.passages.gz"
    path.write_bytes(gzip.decompress(stored.read_bytes()))
    open_library(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA query_only = 1")
        yield connection


@pytest.fixture(scope="module")
def values(library):
    """Give what a player would bind: a passage, the one that is to follow, and an artist and an album of it."""
    linked = "SELECT {} FROM passage JOIN passage_song ON passage_id = passage.id JOIN song_artist USING (song_id)"
    (guid, artist), *_, (following, _) = library.execute(linked.format("guid, artist_id")).fetchall()
    return {
        "guid": guid,
        "next": following,
        "artist": library.execute("SELECT mbid FROM artist WHERE id = ?", (artist,)).fetchone()[0],
        "album": library.execute("SELECT mbid FROM album").fetchone()[0],
        "run": 1,
    }


def test_the_document_describes_each_table_with_all_of_its_columns(library):
    tables = [
        name
        for (name,) in library.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'search_index%'"
        )
    ]
    columns = {table: [row[1] for row in library.execute(f"PRAGMA table_xinfo({table})")] for table in tables}
    # The places of the journal bear no names of their own, and one line.
    columns["before_image"] = [name for name in columns["before_image"] if name == "c1" or not name.startswith("c")]
    described = {table: re.findall(r"^\| `(\w+)`.* \| \S", text, re.MULTILINE) for table, text in SECTIONS.items()}
    assert described == columns


@pytest.mark.parametrize(("table", "measured"), [("file", Loudness), ("passage", PassageMeasures)])
def test_measured_columns_are_described_as_the_table_of_measured_values_says(table, measured):
    described = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", SECTIONS[table], re.MULTILINE))
    for column in measured_columns(measured):
        assert described[column.column] == f"{column.meaning} ({column.unit.symbol})"


def test_the_view_of_what_can_be_played_has_them_under_the_names_that_machines_read():
    described = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", SECTIONS["playable_passage"], re.MULTILINE))
    for column in measured_columns(PassageMeasures):
        for name in column.names:
            unit = "seconds" if name.endswith("_seconds") else column.unit.symbol
            assert described[name] == f"{column.meaning} ({unit})"


def test_every_measured_column_of_the_schema_is_in_the_table_of_measured_values(library):
    """A migration that adds a column to one and a field that is added to the other need each other."""
    for table, measured in (("file", Loudness), ("passage", PassageMeasures)):
        columns = {name for _, name, kind, *_ in library.execute(f"PRAGMA table_info({table})") if kind == "REAL"}
        columns |= {name for _, name, *_ in library.execute(f"PRAGMA table_info({table})") if name.endswith("_ticks")}
        columns = {name for name in columns if not name.startswith("user_")}
        assert columns - {"duration_ticks", "link_confidence", "list_score", "probability"} == {
            column.column for column in measured_columns(measured)
        }


def test_each_measured_column_has_the_check_of_its_range(library):
    for table, measured in (("file", Loudness), ("passage", PassageMeasures)):
        (schema,) = library.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        checks = set(re.findall(r"^    \w+ .*CHECK \((.*)\),?$", schema, re.MULTILINE))
        assert {column.check for column in measured_columns(measured)} <= checks


def test_a_probability_is_bounded_as_the_field_is_that_people_set(library):
    for table in ("passage", "song", "artist", "work"):
        (schema,) = library.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        assert f"CHECK (probability BETWEEN 0 AND {HIGHEST_PROBABILITY:g})" in schema


def test_every_number_with_a_fraction_has_a_range(library):
    """So that none can be infinite: what is not a number is stored as NULL."""
    schema = library.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
    ).fetchall()
    for table, sql in schema:
        for _, column, kind, *_ in library.execute(f"PRAGMA table_info({table})"):
            if kind == "REAL":
                assert re.search(rf"CHECK \({column} BETWEEN -?[0-9.e]+ AND [0-9.e]+\)", sql), f"{table}.{column}"


def test_each_state_that_the_schema_allows_is_explained(library):
    schema = [sql for (sql,) in library.execute("SELECT sql FROM sqlite_schema WHERE sql LIKE '% IN (%'")]
    states = {state for sql in schema for listed in re.findall(r" IN \(([^)]*)\)", sql) for state in listed.split(", ")}
    assert {state for state in states if f"`{state[1:-1]}`" not in TEXT} == set()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.split("\n")[0][:50])
def test_the_query_answers_as_it_stands(library, values, query):
    rows = library.execute(query, values).fetchall()
    assert rows
    assert rows[0][0] is not None


def test_the_passages_to_play_have_names(library):
    rows = library.execute(QUERIES[0]).fetchall()
    there = (
        "SELECT count(*) FROM passage JOIN file ON file.id = file_id WHERE retired_ns IS NULL AND missing_run IS NULL"
    )
    assert len(rows) == library.execute(there).fetchone()[0] > 0
    titles = {(title, artist) for *_, title, artist in rows}
    assert ("Kettle", "The Plausible Trio") in titles
    assert ("Side A", "Various Invented Artists") in titles


def test_the_overlap_is_what_both_leads_allow(library, values):
    (query,) = (query for query in QUERIES if ":next" in query)
    ((at,),) = library.execute(query, values)
    lead = "SELECT end_ticks, lead_in_ticks, lead_out_ticks FROM passage WHERE guid = ?"
    end, _, lead_out = library.execute(lead, (values["guid"],)).fetchone()
    _, lead_in, _ = library.execute(lead, (values["next"],)).fetchone()
    assert at == (end - min(lead_in, lead_out)) / 28_224_000


def test_what_comparisons_of_content_leave_out_is_in_the_document_and_nothing_else():
    assert set(re.findall(r"`(\w+\.\w+)`", LEFT_OUT)) == set(dump.LEFT_OUT)
