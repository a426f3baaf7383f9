"""Other processes ask while one writes: they are never blocked, and a second writer learns who is there, since when."""

import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from passagework import Importer, InlineExecutor, Library
from passagework.domain.errors import LibraryBusyError
from passagework.persistence.file.checkpoint import checkpoint
from passagework.persistence.file.opening import open_library
from passagework.persistence.file.transaction import transaction

HOST = Path(__file__).parent / "hosts" / "reading_host.py"
NOT_AT_ALL, AS_USUAL, FOR_EVER = 0, 5_000, 600_000
"""How many milliseconds a question waits for a lock."""

PATIENCE = 180


class Readers:
    """What processes that ask all the time were told."""

    def __init__(self):
        self.seconds = []
        self.errors = []

    def say(self, what):
        """Print the latencies; give the 99th percentile and the longest."""
        p99, longest = statistics.quantiles(self.seconds, n=100)[98], max(self.seconds)
        sys.stdout.write(
            f"{what}: {len(self.seconds)} questions, median {1000 * statistics.median(self.seconds):.1f} ms, "
            f"p99 {1000 * p99:.1f} ms, longest {1000 * longest:.1f} ms\n"
        )
        return p99, longest


@contextmanager
def readers_of(command_line, file, number=2, waiting=AS_USUAL):
    """Let processes ask about a library and a file of it as long as the block lasts."""
    readers = Readers()
    words = [sys.executable, str(HOST), str(command_line.library), str(file), str(waiting)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(words, env=command_line.environment, **pipes) for _ in range(number)]
    try:
        for process in started:
            assert process.stdout.readline() == "asking\n"
        yield readers
        for process in started:
            printed, said = process.communicate(timeout=PATIENCE)
            assert said == ""
            found = json.loads(printed)
            readers.seconds += found["seconds"]
            readers.errors += found["errors"]
    finally:
        for process in started:
            process.kill()
            process.communicate()


@pytest.mark.slow
def test_questions_of_other_processes_are_answered_at_once_during_a_whole_import(
    command_line, make_folder, files_below
):
    folder = make_folder(80)
    began = time.perf_counter()
    with readers_of(command_line, files_below(folder)[0]) as readers:
        done = command_line.run("import", "--quiet", "--set", "batch.max_files=5", folder)
        again = command_line.run("import", "--quiet", "--reanalyze", "--set", "batch.max_files=5", folder)
        took = time.perf_counter() - began
    p99, longest = readers.say("during two imports of 80 files")
    assert readers.errors == []
    assert len(readers.seconds) > 100
    # Whoever waited for an import would wait for about half of this.
    assert longest < took / 4
    assert p99 < took / 20
    for said in (done.stderr, again.stderr):
        assert said == ""
    command_line.assert_sound()


@pytest.mark.slow
def test_the_commands_that_ask_work_beside_an_import_and_say_nothing_of_locks(command_line, make_folder):
    process = command_line.start("import", "--quiet", "--set", "batch.max_files=5", make_folder(100))
    command_line.wait_until(lambda: command_line.analysed() > 0, process)
    with Library.open(command_line.library) as opened:
        known = os.fsdecode(next(opened.passages()).path)
    ended = False
    while not ended:
        ended = process.poll() is not None
        status = command_line.run("status")
        shown = command_line.run("show", known)
        assert (status.stderr, shown.stderr) == ("", "")
        assert "passage " in shown.stdout
    process.communicate()
    assert process.returncode == 0


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
@pytest.mark.parametrize("moment", ["in the middle of a transaction", "before its commit"])
def test_a_writer_that_stands_still_in_a_transaction_blocks_no_reader(command_line, small_folder, files_below, moment):
    file = files_below(small_folder)[0]
    with closing(open_library(command_line.library)) as connection, transaction(connection):
        if moment == "in the middle of a transaction":
            connection.execute("UPDATE file SET state_run = state_run")
        else:
            # More than its cache holds, so that pages of it are in the log before the COMMIT.
            connection.execute("PRAGMA cache_size = 4")
            connection.execute("CREATE TABLE ballast AS SELECT zeroblob(100000) AS content FROM file")
        # The transaction is open until they have ended: one that waited for it never would.
        with readers_of(command_line, file, waiting=FOR_EVER) as readers:
            assert command_line.status()["files"] == {"analysed": 8}
            assert "passage " in command_line.run("show", file).stdout
        connection.execute("DROP TABLE IF EXISTS ballast")
    readers.say(moment)
    assert readers.errors == []


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_a_long_checkpoint_blocks_no_reader(command_line, small_folder, files_below):
    file = files_below(small_folder)[0]
    with closing(open_library(command_line.library)) as connection:
        spent = []
        with readers_of(command_line, file, waiting=NOT_AT_ALL) as readers:
            connection.execute("CREATE TABLE ballast (content)")
            for _ in range(4):
                connection.execute(
                    "INSERT INTO ballast WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
                    "SELECT randomblob(400000) FROM n"
                )
                began = time.perf_counter()
                checkpoint(connection)
                spent.append(time.perf_counter() - began)
                connection.execute("DELETE FROM ballast")
        connection.execute("DROP TABLE ballast")
    readers.say(f"during checkpoints of 24 MB, the longest {max(spent):.2f} s")
    assert readers.errors == []


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_readers_do_not_mind_that_a_writer_comes_and_goes(command_line, small_folder, files_below):
    writers = 40
    with readers_of(command_line, files_below(small_folder)[0], number=1) as readers:
        for _ in range(writers):
            connection = open_library(command_line.library)
            with transaction(connection):
                connection.execute("UPDATE file SET state_run = state_run")
            connection.close()
    readers.say(f"while a writer opens and closes {writers} times")
    assert readers.errors == []


@pytest.mark.slow
@pytest.mark.usefixtures("with_small_folder")
def test_readers_do_not_keep_a_writer_from_coming(command_line, small_folder):
    stop = threading.Event()
    errors = []

    def read():
        while not stop.is_set():
            try:
                with Library.open(command_line.library) as opened:
                    opened.status()
            except Exception as error:  # noqa: BLE001 - told in the test's own thread
                errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(20):
            open_library(command_line.library).close()
    finally:
        stop.set()
        reader.join()
    assert errors == []


@pytest.mark.slow
def test_a_second_writer_is_refused_with_who_writes_and_since_when(command_line, small_folder, settings, gate):
    before = datetime.now().astimezone().replace(microsecond=0)
    process = command_line.start_gated(gate, "import", "--quiet", "--set", "library.socket=false", small_folder)
    assert gate.meet() == process.pid
    try:
        done = command_line.run("import", "--quiet", small_folder, expect=3)
        with pytest.raises(LibraryBusyError) as caught:
            Importer(settings(), make_executor=InlineExecutor)
        status = command_line.run("status").stdout
    finally:
        gate.let_go_on()
        process.communicate(timeout=180)
    assert process.returncode == 0
    for text in (done.stderr, str(caught.value)):
        found = re.search(rf"in use by process {process.pid} on \S+ since (\S+);", text)
        assert found, text
        assert before <= datetime.fromisoformat(found[1]) <= datetime.now().astimezone()
        assert "database is locked" not in text
    assert done.stderr.startswith("passagework: library-busy: ")
    assert str(process.pid) in status


def test_a_second_writer_of_the_same_process_is_refused_and_the_first_goes_on(settings, small_folder, command_line):
    with Importer(settings(), make_executor=InlineExecutor) as importer:
        run = importer.start(small_folder)
        with pytest.raises(LibraryBusyError, match=r"in use by this process on \S+ since \d{4}-"):
            Importer(settings(), make_executor=InlineExecutor)
        assert run.wait(180).summary.analysed == 8
    with closing(sqlite3.connect(command_line.library)) as connection:
        assert connection.execute("SELECT count(*) FROM run").fetchone() == (1,)
