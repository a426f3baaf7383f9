"""The frames of a log: the same that SQLite would use, and what lies behind them."""

import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from passagework.domain.errors import LibraryDamagedError
from passagework.persistence.file.before_opening import judge
from passagework.persistence.file.wal_frames import bytes_in_use, scan_frames
from tests.support.damage import PAGE, Victim, fingerprints

FRAME = 24 + PAGE


def judged(path, *, synced=True):
    return judge(path, synced=synced, was_library=lambda: None)


@pytest.fixture
def written(tmp_path, open_at, make):
    """Give a copy of a library with eight transactions in its log, as a kill leaves it."""
    opened = open_at(tmp_path / "open.passages")
    opened.new_run()
    for number in range(8):
        opened.write(make.store(opened.run, b"/music/%d.flac" % number))
    path = tmp_path / "copy" / "music.passages"
    path.parent.mkdir()
    for ending in ("", "-wal"):
        shutil.copyfile(f"{opened.path}{ending}", f"{path}{ending}")
    opened.close()
    return Victim(path)


def frames_of(victim):
    descriptor = os.open(victim.log, os.O_RDONLY)
    try:
        return scan_frames(descriptor, PAGE), bytes_in_use(descriptor, victim.log.stat().st_size)
    finally:
        os.close(descriptor)


def test_all_frames_that_sqlite_uses_are_found_and_no_others(written):
    with closing(sqlite3.connect(written.path)) as connection:
        connection.execute("SELECT count(*) FROM file").fetchone()
        used = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        frames, in_use = frames_of(written)
        assert in_use == used * FRAME == written.log.stat().st_size - 32
        assert frames.database_pages == connection.execute("PRAGMA page_count").fetchone()[0]
    assert frames.header.is_valid
    assert (frames.lost_commits, frames.lost_pages) == (0, {})


def test_frames_of_an_earlier_generation_are_not_counted(tmp_path, open_at, make):
    opened = open_at(tmp_path / "a.passages")
    opened.new_run()
    opened.write(*(make.store(opened.run, b"/music/%d.flac" % number) for number in range(9)))
    opened.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    opened.write(make.fail(opened.run, b"/music/x.flac"))
    log = Victim(opened.path)
    frames, in_use = frames_of(log)
    used = opened.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    assert 0 < in_use == used * FRAME < log.log.stat().st_size - 32
    assert frames.lost_commits == 0
    opened.close()


def test_a_log_that_ends_in_the_middle_of_a_transaction_is_used_up_to_there(written, open_at):
    size = written.log.stat().st_size
    os.truncate(written.log, size - 2 * FRAME - 100)
    assert judged(written.path).has_log
    opened = open_at(written.path)
    assert opened.rows()["file"] == 7
    opened.check()
    opened.close()


def test_one_transaction_that_did_not_reach_the_disk_is_no_damage_but_two_are(written):
    commits = [
        at for at in range(32, written.log.stat().st_size, FRAME) if any(written.bytes_at(at + 4, 4, written.log))
    ]
    written.flip(commits[-2] + FRAME + 2000, path=written.log)
    assert judged(written.path).has_log
    written.flip(commits[-3] + FRAME + 2000, path=written.log)
    with pytest.raises(LibraryDamagedError, match="2 transactions in it cannot be read"):
        judged(written.path)
    # Without a sync of each transaction, a power failure may do that.
    assert judged(written.path, synced=False).has_log


def test_a_log_whose_header_is_torn_while_it_began_anew_is_empty_once_everything_is_in_the_library(written):
    with closing(sqlite3.connect(written.path)) as connection, closing(sqlite3.connect(written.path)) as other:
        other.execute("SELECT count(*) FROM file").fetchone()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        kept = written.path.read_bytes(), written.log.read_bytes()
    written.path.write_bytes(kept[0])
    written.log.write_bytes(kept[1])
    written.flip(13, path=written.log)
    assert not judged(written.path).has_log
    # But a page that is only in the log is lost with its header.
    written.patch(written.path.stat().st_size - PAGE, bytes(PAGE))
    with pytest.raises(LibraryDamagedError, match="overwritten"):
        judged(written.path)


@pytest.mark.parametrize("content", [b"", bytes(20), bytes(3 * FRAME), bytes.fromhex("377f06")])
def test_what_a_power_failure_leaves_of_a_new_log_is_empty(written, content):
    written.log.write_bytes(content)
    with closing(sqlite3.connect(written.path)) as connection:
        assert connection.execute("PRAGMA page_count").fetchone()[0] == 1
    written.log.write_bytes(content)
    assert not judged(written.path).has_log


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whenever_a_process_is_killed_its_log_is_taken_for_its_own(tmp_path, open_at, make, seed):
    chosen = random.Random(seed)
    opened = open_at(tmp_path / "0.passages")
    opened.new_run()
    for life in range(1, 12):
        for _ in range(chosen.randrange(1, 6)):
            match chosen.randrange(6):
                case 0:
                    kind = chosen.choice(["PASSIVE", "RESTART", "TRUNCATE"])
                    opened.connection.execute(f"PRAGMA wal_checkpoint({kind})").fetchall()
                case 1:
                    opened.reopen()
                case 2:
                    with closing(sqlite3.connect(opened.path, isolation_level=None)) as other:
                        other.execute("CREATE TABLE IF NOT EXISTS of_others (x)")
                        other.execute("INSERT INTO of_others VALUES (zeroblob(9000))")
                        other.execute(chosen.choice(["DELETE FROM of_others", "VACUUM"]))
                case _:
                    path = b"/music/%d.flac" % chosen.randrange(20)
                    opened.write(make.store(opened.run, path, audio=bytes(chosen.randrange(20_000))))
        killed = tmp_path / f"{life}.passages"
        for ending in ("", "-wal"):
            if opened.path.with_name(opened.path.name + ending).exists():
                shutil.copyfile(f"{opened.path}{ending}", f"{killed}{ending}")
        content = opened.rows()
        opened.close()
        before = fingerprints(tmp_path)
        judged(killed)
        assert fingerprints(tmp_path) == before
        opened = open_at(killed)
        assert opened.rows() == content
        opened.check()
        opened.new_run()
    opened.close()
