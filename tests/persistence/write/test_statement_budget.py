"""The number of statements and transactions does not grow with the files, the passages or the library."""

import itertools
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import pytest

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.links import CandidateRow, CandidateTerm
from passagework.domain.music import Artist, ArtistCredit, Song, Work
from passagework.domain.stored_answers import StoredAnswer
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.read.queries import (
    Answers,
    Curves,
    KnownFiles,
    KnownFolders,
    ListPassages,
    ReviewCuts,
    ReviewList,
    Runs,
    SettledFiles,
    ShowFile,
    ShowPassage,
    Status,
    Summary,
    WaitingFiles,
    WaitingGroups,
)
from passagework.persistence.write.many_rows import GROUPS
from passagework.persistence.write.writes import DeferIdentification, StoreAnswers

STAGING = re.compile(
    r"\s*(INSERT INTO|DELETE FROM) temp\.\w+( (\([^)]*\) )?VALUES|$)|SAVEPOINT staging|RELEASE staging|"
    r"--|.*'main'\.'search_index_"
)
"""Of triggers, and of FTS5 within a statement, the parts are left out."""

TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(temp\.)?(\w+)(?:\s+AS\s+(\w+))?")
OF_WHAT_IS_ASKED = ("passage_link", "attempt_open", "passage_review", "passage_asked", "passage_retry", "song_rival")
"""Indexes that hold nothing but the rows that are asked for."""

TABLES_OF_THE_LIBRARY = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"


def scanned_tables(library, sql, tables):
    """Name the tables of the library that a statement would read from end to end."""
    names = {alias or table for temp, table, alias in TABLE.findall(sql) if not temp and table in tables}
    plan = [row[3] for row in library.connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    scans = [scan for scan in map(re.compile(r"SCAN (\w+)(.*)").match, plan) if scan and scan[1] in names]
    return [scan[0] for scan in scans if not any(index in scan[2] for index in OF_WHAT_IS_ASKED)]


@contextmanager
def traced(library):
    """Collect the statements that touch the library; filling the staging tables, in memory, is left out."""
    statements = []

    def trace(sql):
        # Python says a statement again for each row that has a trigger.
        if not STAGING.match(sql) and sql not in statements[-1:]:
            statements.append(sql)

    library.connection.set_trace_callback(trace)
    try:
        yield statements
    finally:
        library.connection.set_trace_callback(None)


def import_files(library, make, files, passages, first=0):
    """Begin, store and link some files, a batch for each; give the statements of the three batches."""
    paths = [b"/music/%d/%d.flac" % (n % 7, n) for n in range(first, first + files)]
    spans = tuple((10 * n, 10 * n + 9) for n in range(passages))
    collected = []
    with traced(library) as statements:
        library.write(*(make.begin(library.run, path) for path in paths))
    collected.append(statements)
    with traced(library) as statements:
        library.write(*(make.store(library.run, path, spans) for path in paths))
    collected.append(statements)
    links = [
        make.store_links(
            library.run,
            path,
            *(
                make.links(p.guid, [make.song(n, (n % 5, 9), works=(n,))], make.album(n % 3))
                for p in library.passages(path)
            ),
        )
        for n, path in enumerate(paths)
    ]
    with traced(library) as statements:
        library.write(*links)
    collected.append(statements)
    guids = {path: tuple(passage.guid for passage in library.passages(path)) for path in paths}
    identified = [identify(library, make, path, guids[path]) for path in paths]
    for batch in (
        [*identified, StoreAnswers(library.run, tuple(StoredAnswer("s", repr(path), b"", 1, 1, 9) for path in paths))],
        [DeferIdentification(library.run, path, guids[path], 9, "away") for path in paths],
    ):
        with traced(library) as statements:
            library.write(*batch)
        collected.append(statements)
    return collected


def identify(library, make, path, guids):
    """Make the decision about a file as identification over the network makes it, with all that there can be."""
    term = CandidateTerm("title", 1.0, 2.5, "")
    candidates = tuple(CandidateRow(make.mbid(1, n), "T", ("A",), 0.5, 0.0, (term,)) for n in range(3))
    artist = Artist(make.mbid(2, 9), "A", 5)
    work = Work(make.mbid(3, 1), "W", (artist,), 5)
    song = Song(make.mbid(1, 1), "S", (ArtistCredit(artist, 1.0),), (work,), (make.mbid(1, 99),), 5)
    links = (replace(make.links(guid, [song]), candidates=candidates) for guid in guids)
    return make.store_links(library.run, path, *links)


@pytest.mark.parametrize(("files", "passages"), [(1, 1), (1, 10), (10, 3), (60, 5)])
def test_a_staged_batch_is_one_transaction_of_a_fixed_number_of_statements(library, make, monkeypatch, files, passages):
    monkeypatch.setattr("passagework.persistence.write.batch._write_straight", lambda *_: ())
    batches = import_files(library, make, files, passages)
    for statements in batches:
        assert [s for s in statements if s.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    assert [len(statements) for statements in batches] == [13, 52, 55, 59, 7]


@pytest.mark.slow
@pytest.mark.parametrize(("files", "passages"), [(1, 10), (60, 5)])
def test_the_straight_path_asks_once_for_each_file_and_folder_and_inserts_many_rows_at_once(
    library, make, files, passages
):
    attempts, analyses, *_ = import_files(library, make, files, passages)
    folders = min(files, 7)
    rows = {"folder": folders, "file": files, "attempt": files}
    assert inserted_into(attempts) == {table: statements_for(number) for table, number in rows.items()}
    rows = {
        **dict.fromkeys(("file_tags", "file_curves", "run_file"), files),
        **dict.fromkeys(("passage", "passage_fingerprint", "passage_flavor"), files * passages),
    }
    assert inserted_into(analyses) == {table: statements_for(number) for table, number in rows.items()}
    for table, number in rows.items():
        assert library.connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (number,)
    asked = [s for s in attempts + analyses if s.lstrip().startswith("SELECT") and " WHERE " in s]
    assert len(asked) == 2 * files + folders


def statements_for(rows):
    statements = 0
    for at_once in GROUPS:
        statements += rows // at_once
        rows %= at_once
    return statements


def inserted_into(statements):
    found = (re.match(r"\s*INSERT INTO (?!temp\.)(\w+)", statement) for statement in statements)
    return Counter(one[1] for one in found if one)


def test_nothing_but_staging_happens_outside_of_the_transaction(library, make):
    for statements in import_files(library, make, 5, 2):
        assert (statements[0], statements[-1]) == ("BEGIN IMMEDIATE", "COMMIT")


def test_no_write_reads_through_a_table_of_the_library(library, make):
    import_files(library, make, 1, 1)
    checkpoint(library.connection)
    library.reopen()
    tables = {name for (name,) in library.connection.execute(TABLES_OF_THE_LIBRARY)}
    statements = [s for batch in import_files(library, make, 3, 2, first=10) for s in batch]
    planned = [s for s in statements if not s.startswith(("BEGIN", "COMMIT", "--"))]
    assert len(planned) > 40
    for sql in planned:
        assert scanned_tables(library, sql, tables) == [], sql


def test_no_write_reads_through_one_staging_table_for_each_row_of_another(library, make):
    import_files(library, make, 1, 1)
    checkpoint(library.connection)
    library.reopen()
    for sql in (s for batch in import_files(library, make, 3, 2, first=10) for s in batch):
        if sql.startswith(("BEGIN", "COMMIT", "--")):
            continue
        loops = Counter(
            parent
            for _, parent, _, detail in library.connection.execute(f"EXPLAIN QUERY PLAN {sql}")
            if detail.startswith("SCAN") and "VIRTUAL TABLE INDEX 1:" not in detail  # json_each of a value
        )
        assert max(loops.values(), default=0) <= 1, sql


def test_what_the_actors_ask_all_the_time_is_found_by_index(library, make):
    import_files(library, make, 1, 1)
    checkpoint(library.connection)
    library.reopen()
    tables = {name for (name,) in library.connection.execute(TABLES_OF_THE_LIBRARY)}
    guid = library.passages(b"/music/0/0.flac")[0].guid
    for query in (
        KnownFiles((b"/music/0",)),
        SettledFiles((b"/music/0",), 1),
        WaitingFiles(5),
        WaitingGroups(5, 10),
        Answers(("release:x",), 5),
        ReviewCuts(5),
        ReviewList(5),
        ShowFile(b"/music/0/0.flac"),
        Curves(b"/music/0/0.flac"),
        ShowPassage(guid),
    ):
        with traced(library) as statements:
            library.ask(query)
        for sql in statements:
            if not sql.startswith(("BEGIN", "ROLLBACK")):
                assert scanned_tables(library, sql, tables) == [], sql


def test_the_answer_to_a_query_takes_a_fixed_number_of_statements(library, make):
    def counts():
        first, guid = (library.passages(path)[0].guid for path in (b"/music/0/0.flac", b"/music/1/1.flac"))
        queries = (
            KnownFiles((b"/music/1",)),
            SettledFiles((b"/music/1", b"/music/2"), 1),
            KnownFolders(b"/music"),
            WaitingFiles(50),
            WaitingGroups(50, 10),
            Answers(("release:x",) * 20, 5),
            ReviewCuts(50),
            ReviewList(50),
            Status(),
            ShowFile(b"/music/1/1.flac"),
            ShowPassage(guid),
            ListPassages(50),
            # A page that is filled on the way through the files: words are looked up only where none is.
            ListPassages(1, first, "tagged"),
            Curves(b"/music/1/1.flac"),
            Summary(library.run),
            Runs(10),
        )
        found = []
        for query in queries:
            with traced(library) as statements:
                library.ask(query)
            found.append(len(statements))
        return found

    import_files(library, make, 2, 1)
    few = counts()
    import_files(library, make, 40, 4, first=2)
    library.new_run()
    assert counts() == few
    assert max(few) <= 19


def test_taking_evidence_back_costs_a_file_no_more_in_a_large_batch(library, make):
    def steps_for(folder, files):
        paths = [b"/music/%d/%d.flac" % (folder, n) for n in range(files)]
        library.write(*(make.store(library.run, path) for path in paths))
        guids = {path: library.passages(path)[0].guid for path in paths}

        def link(count):
            evidence = tuple(Statement(EvidenceSource.TAG_TEXT, "artist", f"Artist {n}") for n in range(count))
            library.write(
                *(make.store_links(library.run, path, make.links(guids[path], evidence=evidence)) for path in paths)
            )

        link(8)
        steps = itertools.count()
        library.connection.set_progress_handler(lambda: next(steps) < 0, 100)
        link(4)
        library.connection.set_progress_handler(None, 100)
        return next(steps)

    steps_for(0, 10)
    assert steps_for(2, 100) < 15 * steps_for(1, 10)


def test_the_summary_of_a_run_that_found_nothing_reads_no_file_of_others(library, make):
    def steps_with(files):
        library.write(*(make.fail(library.run, b"/music/%d.mp3" % number) for number in range(files)))
        library.write(*(make.store(library.run, b"/music/%d.flac" % number) for number in range(files)))
        library.new_run()
        library.connection.execute("ANALYZE")
        library.reopen()
        steps = itertools.count()
        library.connection.set_progress_handler(lambda: next(steps) < 0, 1)
        library.ask(Summary(library.run))
        library.connection.set_progress_handler(None, 1)
        return next(steps)

    # With the statistics after a first large import, almost all rows seem to belong to each run.
    assert steps_with(300) == steps_with(10)
