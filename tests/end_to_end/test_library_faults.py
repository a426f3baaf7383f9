"""What SQLite, the system and other programs do to a library during an import, through the public doors."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

import passagework.api.importer
from passagework import Importer, InlineExecutor
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.progress import FileFinished, LibraryPaused, LibraryResumed
from passagework.persistence.file.opening import PAGE_BYTES
from passagework.persistence.store import LibraryStore
from tests.support.dump import dump
from tests.support.small_disk import small_ext4

QUICK_BATCHES = ("--set", "batch.max_files=5", "--set", "batch.linger_ms=50", "--set", "analysis.workers=1")
FILES = 40
AWAY = "the import continues automatically when possible"
BACK = "resumed: the library can be written again; nothing was lost\n"


@pytest.fixture(scope="module")
def folder(make_folder):
    return make_folder(FILES)


@pytest.fixture(scope="module")
def expected(make_command_line, folder, tmp_path_factory):
    """What an import without any trouble leaves in the library."""
    command_line = make_command_line(tmp_path_factory.mktemp("calm"))
    assert command_line.report(folder)["analysed"] == FILES
    return dump(command_line.library)


@pytest.fixture
def check(command_line, expected):
    """Give a function that compares the library with that of an import without any trouble."""

    def check(imports=1):
        command_line.assert_sound()
        assert dump(command_line.library) == expected
        assert command_line.status()["rows"]["run"] == imports

    return check


@pytest.fixture
def import_quietly(command_line, folder):
    """Give a function that starts an import."""
    return lambda *options, **more: command_line.start("import", "--quiet", *QUICK_BATCHES, *options, folder, **more)


@pytest.fixture
def hold(command_line, folder, gate):
    """Give a function that starts an import and lets its writer wait, in no transaction, at the gate."""

    def start(*options, **more):
        some = ("--set", "session.credits=4", "--set", "batch.max_files=2", *options)
        process = command_line.start_gated(gate, "import", "--quiet", *QUICK_BATCHES, *some, folder, **more)
        assert gate.meet() == process.pid
        return process

    return start


@pytest.fixture
def held(command_line, hold):
    """Give an import that is held in the middle of its work."""
    process = hold()
    assert 0 < command_line.analysed() < FILES
    return process


def pause_of(process):
    line = process.stderr.readline()
    assert line.startswith("paused: the library "), line + process.stderr.read()
    assert line.endswith(AWAY + "\n")
    return line


def end_of(process, code):
    """Wait for the end of a command; give what it printed since."""
    printed, said = process.communicate(timeout=180)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return printed, said


def foreign_writer(path):
    return closing(sqlite3.connect(path, isolation_level=None))


# Busy


@pytest.mark.slow
def test_a_library_that_another_program_locks_holds_the_import_up_until_it_lets_go(command_line, held, gate, check):
    with foreign_writer(command_line.library) as other:
        other.execute("BEGIN IMMEDIATE")
        gate.let_go_on()
        assert "another process holds it" in pause_of(held)
        other.execute("ROLLBACK")
    printed, said = end_of(held, 0)
    assert said == BACK
    assert f"{FILES} files analysed" in printed
    check()


@pytest.mark.slow
def test_an_interrupt_does_not_wait_for_a_lock_and_the_next_import_makes_the_rest(
    command_line, folder, held, gate, check
):
    with foreign_writer(command_line.library) as other:
        other.execute("BEGIN IMMEDIATE")
        gate.let_go_on()
        pause_of(held)
        held.send_signal(signal.SIGINT)
        printed, said = end_of(held, 3)
        other.execute("ROLLBACK")
    assert printed.startswith("cancelled: ")
    assert said.startswith("\nstopping; stored results stay")
    assert re.fullmatch(r"passagework: library-unavailable: .*", said.splitlines()[-1])
    command_line.wait_until_nobody_is_left()
    assert command_line.report(folder)["failed"] == []
    check(imports=2)


@pytest.mark.slow
def test_a_second_interrupt_leaves_at_once_although_the_library_is_being_closed(command_line, held, gate, check):
    with foreign_writer(command_line.library) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM file").fetchone()
        gate.let_go_on()
        # The log cannot be emptied now, for which the end of the import waits.
        command_line.wait_until(lambda: command_line.status()["last_run"] == "completed", held)
        held.send_signal(signal.SIGINT)
        held.stderr.readline()
        held.send_signal(signal.SIGINT)
        held.communicate(timeout=180)
        assert held.returncode == 130
    command_line.wait_until_nobody_is_left()
    check()


# The disk reports errors


@pytest.mark.slow
def test_a_limit_on_the_size_of_files_is_told_and_the_import_ends_when_it_is_lifted(
    command_line, folder, import_quietly, check
):
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    process = import_quietly(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_150_000, unlimited[1])),
    )
    line = pause_of(process)
    assert "the disk reports an error, or a limit is reached" in line
    assert "SQLITE_IOERR" in line
    assert command_line.analysed() < FILES
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
    printed, said = end_of(process, 0)
    assert said == BACK
    assert f"{FILES} files analysed" in printed
    check()


@pytest.fixture
def long_music(make_music):
    """Give a folder of pieces that are long enough to need room in a library."""
    for seed in range(4):
        place = make_music(f"long/{seed}.wav", seconds=60, sample_rate=8_000, seed=seed)
    return place.parent


@pytest.fixture
def without_room(monkeypatch):
    """Let no library of this process grow beyond what it is at its opening; give a function that lifts that."""
    stores = []

    class NarrowStore(LibraryStore):
        def __init__(self, *arguments, **more):
            super().__init__(*arguments, **more)
            stores.append(self)
            self.narrow = True
            there = self._connection.execute("PRAGMA page_count").fetchone()[0]
            self._connection.execute(f"PRAGMA max_page_count = {there}")

        def write(self, writes, now_ns):
            if not self.narrow:
                self._connection.execute("PRAGMA max_page_count = 1000000")
            return super().write(writes, now_ns)

    monkeypatch.setattr(passagework.api.importer, "LibraryStore", NarrowStore)

    def make_room():
        for store in stores:
            store.narrow = False
        monkeypatch.undo()

    return make_room


@pytest.mark.slow
def test_a_library_without_room_rests_and_ends_by_itself_when_there_is_some(
    command_line, settings, long_music, without_room, files_below
):
    finished, paused = [], []
    with Importer(settings(batch__max_files=1), make_executor=InlineExecutor) as importer:
        run = importer.start(long_music)
        for event in run.events():
            match event:
                case LibraryPaused(reason=reason):
                    assert run.progress.paused == reason
                    paused.append(reason)
                    without_room()
                case LibraryResumed():
                    paused.append("resumed")
                case FileFinished(path=path):
                    finished.append(Path(os.fsdecode(path)))
        report = run.wait(0)
    assert "the disk is full; make room" in paused[0]
    assert paused[1:] == ["resumed"]
    assert sorted(finished) == files_below(long_music)
    assert (report.summary.analysed, report.new_failures) == (4, 0)
    assert report.progress.resting_seconds > 0
    command_line.assert_sound()
    again = command_line.report(long_music)
    assert (again["analysed"], again["unchanged"]) == (0, 4)


@pytest.mark.slow
def test_closing_an_importer_without_room_says_what_is_not_stored_and_the_next_one_makes_it(
    settings, long_music, without_room
):
    importer = Importer(settings(batch__max_files=1), make_executor=InlineExecutor)
    run = importer.start(long_music)
    assert any(isinstance(event, LibraryPaused) for event in run.events())
    with pytest.raises(LibraryUnavailableError, match="results not stored: ") as caught:
        importer.close()
    assert (caught.value.code, caught.value.kind) == ("library-unavailable", UnavailableKind.UNWRITTEN)
    importer.close()
    assert run.done
    without_room()
    with Importer(settings(), make_executor=InlineExecutor) as again:
        report = again.start(long_music).wait(180)
        assert dict(again.library.status().file_states) == {"analysed": 4}
    assert 0 < report.summary.analysed <= 4


# Read-only


@pytest.mark.slow
def test_a_file_system_that_turns_read_only_is_told_as_that_and_loses_nothing(
    command_line, folder, hold, gate, tmp_path, expected
):
    with small_ext4(tmp_path / "disk", 12_000) as disk:
        command_line.library = disk.place / "library.passages"
        process = hold()
        # What ext4 does when it finds damage in itself; an ordinary remount is refused while files are open.
        subprocess.run(["mount", "-o", "remount,abort", disk.place], check=False, capture_output=True)
        gate.let_go_on()
        assert "it cannot be written; check the mount" in pause_of(process)
        process.send_signal(signal.SIGINT)
        end_of(process, 3)
        command_line.wait_until_nobody_is_left()
    # A copy: the mount name space of a test beside this one may keep the aborted file system alive, and a second mount
    # of the same image would be that one again.
    mended = shutil.copyfile(tmp_path / "disk.ext4", tmp_path / "mended.ext4")
    subprocess.run(["fsck.ext4", "-y", mended], check=False, capture_output=True)
    subprocess.run(["mount", "-o", "loop", mended, disk.place], check=True)
    try:
        rest = command_line.report(folder)
        assert rest["failed"] == []
        assert rest["analysed"] + rest["unchanged"] == FILES
        command_line.assert_sound()
        assert dump(command_line.library) == expected
    finally:
        subprocess.run(["umount", "--lazy", disk.place], check=True)


# Moved


@pytest.mark.slow
def test_a_library_that_is_moved_away_and_back_holds_the_import_up(command_line, held, gate, check):
    library, away = command_line.library, command_line.library.with_name("away.passages")
    library.rename(away)
    gate.let_go_on()
    assert "is gone; put it back" in pause_of(held)
    away.rename(library)
    printed, said = end_of(held, 0)
    assert said == BACK
    assert f"{FILES} files analysed" in printed
    check()


@pytest.mark.slow
def test_a_backup_that_is_put_back_during_an_import_stays_as_it_is_and_the_former_library_is_whole(
    command_line, small_folder, held, gate, tmp_path
):
    library, former, backup = command_line.library, tmp_path / "former.passages", tmp_path / "backup.passages"
    acknowledged = command_line.analysed()
    command_line.library = backup
    command_line.report(small_folder)
    command_line.library = library
    copied = backup.read_bytes()
    library.rename(former)
    backup.rename(library)
    gate.let_go_on()
    assert "was replaced by another file; put the former one back" in pause_of(held)
    held.send_signal(signal.SIGINT)
    end_of(held, 3)
    assert library.read_bytes() == copied
    assert command_line.report(small_folder)["unchanged"] == 8
    command_line.library = former
    with closing(sqlite3.connect(former)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert FILES > command_line.analysed() >= acknowledged


@pytest.mark.slow
def test_a_library_that_is_deleted_is_not_made_again_behind_anybodys_back(command_line, folder, held, gate, check):
    command_line.library.unlink()
    gate.let_go_on()
    assert "is gone; put it back" in pause_of(held)
    assert not command_line.library.exists()
    held.send_signal(signal.SIGINT)
    end_of(held, 3)
    assert not command_line.library.exists()
    assert command_line.report(folder)["analysed"] == FILES
    check()


@pytest.mark.slow
def test_a_log_that_is_deleted_costs_the_import_nothing(command_line, held, gate, check):
    command_line.library.with_name(command_line.library.name + "-wal").unlink()
    gate.let_go_on()
    printed, _ = end_of(held, 0)
    assert f"{FILES} files analysed" in printed
    check()


# Damaged


@pytest.mark.slow
def test_damage_during_an_import_ends_it_with_the_reason_and_repairs_nothing(command_line, folder, hold, gate):
    command_line.report(folder)
    damaged = shutil.copyfile(command_line.library, command_line.library.with_name("damaged.passages"))
    command_line.library = damaged
    with closing(sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE tbl_name IN ('file_curves', 'passage') AND rootpage > 0"
        pages = [page for (page,) in connection.execute(query)]
    process = hold("--reanalyze", behind="BeginAttempt")
    with open(damaged, "r+b") as file:
        for page in pages:
            file.seek(PAGE_BYTES * (page - 1))
            file.write(b"\xff" * PAGE_BYTES)
    gate.let_go_on()
    _, said = end_of(process, 3)
    assert re.search(r"^passagework: library-damaged: .* restore a backup", said, re.MULTILINE), said
    command_line.wait_until_nobody_is_left()
    assert not list(damaged.parent.glob("*.corrupt*"))
    with closing(sqlite3.connect(f"file:{damaged}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError:
            found = []
    assert found != [("ok",)]
