import json
import re
import shutil

import pytest

from passagework import Importer, Settings
from passagework.cli.output.writer_text import accounts_lines
from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics
from passagework.persistence.store import LibraryStore


def test_status_says_how_the_writing_of_the_last_import_went(ask):
    output = ask("status").output
    assert re.search(r"written:       \d+ messages, \d+ rows in \d+ transactions", output)
    spread = r"half of \d+ took up to [\d.]+ ms, 99 of 100 up to [\d.]+ ms, the longest [\d.]+ ms"
    assert re.search(f"until written: {spread}", output)
    assert "writer " not in output


def test_status_as_json_gives_the_numbers_to_scripts(ask):
    found = json.loads(ask("status", "--json").output)
    writes = found["last_run_writes"]
    assert writes["transactions"] >= 3
    assert writes["holds"]["count"] == writes["transactions"]
    assert writes["rows"] == writes["rows_per_transaction"]["total"]
    assert found["writer"] is None


def test_status_names_who_writes_the_library_at_this_moment(ask, small_library):
    with Importer(Settings.model_validate({"library": {"path": small_library.path}})) as importer:
        writer = importer.library.writer()
        assert f"writer    {writer.holder}; it does what other commands ask" in ask("status").output
        assert json.loads(ask("status", "--json").output)["writer"]["writes"]["unavailable"] is None
    assert json.loads(ask("status", "--json").output)["writer"] is None


def test_a_run_whose_process_died_is_not_said_to_be_running(ask, small_library, tmp_path):
    copy = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, copy)
    store = LibraryStore(copy)
    store.open_run("hash", "{}", (), 1)
    assert ", running, started" in ask("status", "--library", copy).output
    store.close()
    assert ", running, started" not in ask("status", "--library", copy).output
    assert ", crashed, started" in ask("status", "--library", copy).output
    assert json.loads(ask("status", "--library", copy, "--json").output)["last_run"] == "crashed"


TROUBLE = WriterStatistics(
    retries=(("disk-full", 7),),
    rejected=1,
    replayed=1,
    waits=Spread(3, 1.0, 0.2, 0.5, 0.6),
    queue=12,
    queue_largest=40,
    oldest_wait=31.0,
    wal_bytes=90_000_000,
    wal_bytes_largest=95_000_000,
    wal_held_by="process 4711 (player)",
    unavailable="the disk is full; make room",
)


@pytest.mark.parametrize(
    "line",
    [
        "  it waits:      the disk is full; make room",
        "  refused:       7 times disk-full; 1 batch written again message by message, 1 message rejected",
        "  queue:         12 messages, the oldest for 31.0 s; 40 messages at most",
        "  log (WAL):     90.0 MB, 95.0 MB at most; it cannot be emptied: process 4711 (player)",
        "  until written: half of 3 took up to 200.0 ms, 99 of 100 up to 500.0 ms, the longest 600.0 ms",
    ],
)
def test_trouble_is_told_with_its_reason(line):
    assert line in list(accounts_lines(TROUBLE))


def test_status_names_the_tables_that_have_rows_in_lines_that_fit_a_terminal(ask):
    lines = ask("status").output.splitlines()
    begin = next(place for place, line in enumerate(lines) if line.startswith("rows "))
    rows = [lines[begin], *(line for line in lines[begin + 1 :] if line.startswith(" " * 10))]
    assert all(len(line) <= 100 for line in rows)
    assert "2 file curves" in " ".join(line.strip() for line in rows)
    assert not [line for line in rows if re.search(r"\b0 ", line)]
