"""A library in a database: all of it, verified, put in place at once, and usable by a player."""

import dataclasses
import math
import os
import random
import sqlite3
import struct
import threading
import traceback
import zlib
from contextlib import closing, suppress
from pathlib import Path

import mysql.connector
import pytest

from passagework import Library
from passagework.domain.units import TICKS_PER_SECOND
from passagework.export.errors import ExportBusyError, ExportMismatchError, ExportServerError, ExportTargetError
from passagework.export.mysql.address import read_address
from passagework.export.mysql.export import export_copy, export_to_mysql
from passagework.export.mysql.server import ConnectionLostError, Server
from passagework.export.mysql.tables import LEFT_OUT
from passagework.persistence.rows.packed import fingerprint_text, unpacked_extrema, unpacked_levels

pytestmark = pytest.mark.slow

OUR_CONNECTIONS = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'player'"


def at_once(seconds):
    """Rest no longer than a test has to."""


def plain(row):
    return tuple(bytes(value) if isinstance(value, bytearray) else value for value in row)


def everything(rows):
    """Order rows of any values."""
    return sorted((plain(row) for row in rows), key=repr)


def columns_by_table(library):
    names = library.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index%'"
    ).fetchall()
    return {name: [row[1] for row in library.execute(f"PRAGMA table_info({name})")] for (name,) in names}


def change(library, statement):
    with closing(sqlite3.connect(library, isolation_level=None)) as connection:
        connection.execute(statement)


@pytest.fixture
def kill_connections(private_server):
    """Give a function that kills every connection of exports on the server."""

    def kill():
        with closing(private_server.admin()) as admin, closing(admin.cursor()) as cursor:
            cursor.execute(OUR_CONNECTIONS)
            for (number,) in cursor.fetchall():
                # One that has ended meanwhile is not known any more.
                with suppress(mysql.connector.DatabaseError):
                    cursor.execute(f"KILL CONNECTION {number}")

    return kill


UNPACKED = {
    "file_curves": {"envelope", "weighted", "waveform", "packing"},
    "passage_fingerprint": {"fingerprint", "packed"},
}
"""Columns whose values are packed in a library, and which servers get as they were measured."""


def test_every_table_column_and_row_arrives_or_is_left_out_with_a_reason(hostile_library, database, on_server):
    done = export_to_mysql(hostile_library, database)
    with closing(sqlite3.connect(hostile_library)) as library:
        columns = columns_by_table(library)
        assert set(columns) == set(done.tables) | set(LEFT_OUT)
        assert all(len(why) > 10 for why in LEFT_OUT.values())
        for table in done.tables:
            names = ", ".join(f"`{name}`" for name in columns[table] if name not in UNPACKED.get(table, ()))
            expected = everything(library.execute(f"SELECT {names} FROM {table}"))
            assert everything(on_server(f"SELECT {names} FROM {table}")) == expected, table
        rows = library.execute(
            "SELECT file_id, envelope, weighted, waveform, packing FROM file_curves ORDER BY file_id"
        ).fetchall()
        assert rows
        curves = [
            (file, unpacked_levels(levels, how), unpacked_levels(weighted, how), unpacked_extrema(extrema, how))
            for file, levels, weighted, extrema, how in rows
        ]
        arrived = on_server("SELECT file_id, envelope, weighted, waveform FROM file_curves ORDER BY file_id")
        assert [
            (file, zlib.decompress(levels), zlib.decompress(weighted), bytes(extrema))
            for file, levels, weighted, extrema in arrived
        ] == curves
        rows = library.execute("SELECT passage_id, fingerprint, packed FROM passage_fingerprint ORDER BY 1").fetchall()
        prints = [(passage, fingerprint_text(text, packed)) for passage, text, packed in rows]
        assert on_server("SELECT passage_id, fingerprint FROM passage_fingerprint ORDER BY 1") == prints
    assert on_server("SELECT COUNT(*) FROM passage") == [(8,)]
    assert on_server("SELECT table_name, row_count, checksum FROM passagework_export ORDER BY 1") == sorted(
        (name, content.rows, content.checksum) for name, content in done.tables.items()
    )


def test_numbers_arrive_to_the_last_bit(library_copy, database, on_server):
    bits = random.Random(8_281_828).randbytes(8 * 2_000)
    numbers = [number for (number,) in struct.iter_unpack("<d", bits) if math.isfinite(number)]
    # The column takes no larger ones.
    numbers = [number if abs(number) <= 1e6 else 1 / number for number in numbers]
    numbers += [0.1, -0.1, 5e-324, 2.2250738585072014e-308, 1e6, -1e6, 1 / 3, 2**19 + 2**-33, 0.0]
    numbers += [random.Random(number).uniform(-70, 0) for number in range(1_000)]
    with closing(sqlite3.connect(library_copy)) as copy, copy:
        copy.executemany(
            "INSERT INTO candidate (passage_id, rank, log_odds, recording, title, artists, confidence, terms, caps,"
            " run_id) SELECT min(id), ?, ?, 'test', '', '[]', 0, '[]', '[]', 1 FROM passage",
            [(1000 + place, number) for place, number in enumerate(numbers)],
        )
        copy.execute('UPDATE passage_evidence SET statements = \'[["s", "k", "v", 0.7]]\' WHERE passage_id = 1')
    export_copy(library_copy, database)
    assert on_server("SELECT source, kind, value, strength, position FROM evidence WHERE passage_id = 1") == [
        ("s", "k", "v", 0.7, 0)
    ]
    arrived = dict(on_server("SELECT `rank`, log_odds FROM candidate WHERE recording = 'test'"))
    assert [number for place, number in enumerate(numbers) if arrived[1000 + place] != number] == []


def test_players_see_the_same_as_readers_of_the_library(hostile_library, database, on_server):
    export_to_mysql(hostile_library, database)
    rows = on_server(
        "SELECT guid, path, title, artists, album, medium, track, start_seconds, end_seconds, lead_in_seconds,"
        " lead_out_seconds, fade_in_seconds, fade_out_seconds, loudness_lufs, true_peak_dbtp, link_state"
        " FROM playable_passage ORDER BY path, start_seconds"
    )

    def in_seconds(ticks):
        return None if ticks is None else ticks / TICKS_PER_SECOND

    with closing(sqlite3.connect(hostile_library)) as plain_library:
        credits_ = dict(plain_library.execute("SELECT guid, artists FROM playable_passage"))
    with Library.open(hostile_library) as library:
        expected = [
            (
                view.guid,
                view.path,
                view.title.name,
                credits_[view.guid],
                view.album.name,
                view.medium,
                view.track,
                *map(in_seconds, (view.start, view.end, view.lead_in, view.lead_out, view.fade_in, view.fade_out)),
                view.loudness.integrated,
                view.loudness.true_peak,
                view.link_state.value,
            )
            for view in library.passages()
        ]
        assert list(map(plain, rows)) == expected
        by_artist = on_server(
            "SELECT p.title, p.start_seconds FROM passage_artist a"
            " JOIN playable_passage p ON p.passage_id = a.passage_id"
            " WHERE a.name = 'ac/dc Band' AND p.loudness_lufs > -60"
        )
    assert by_artist == [("ac/dc", pytest.approx(0, abs=2))]
    statements = "SELECT passage_id, source, kind, value, position, run_id, strength FROM evidence ORDER BY 1, 5"
    with closing(sqlite3.connect(hostile_library)) as library:
        assert on_server(statements) == library.execute(statements).fetchall()
    assert on_server("SELECT count(*) > 8 FROM evidence") == [(1,)]


def test_what_may_not_be_played_is_not_offered(library_copy, database, on_server):
    change(library_copy, "UPDATE passage SET approval = 'rejected' WHERE id = 1")
    change(library_copy, "UPDATE passage SET user_title = 'Mine', approval = 'approved' WHERE id = 2")
    change(library_copy, "UPDATE passage SET retired_ns = 1, retired_run = 1 WHERE id = 3")
    change(library_copy, "UPDATE file SET missing_run = 1 WHERE id = (SELECT file_id FROM passage WHERE id = 4)")
    export_copy(library_copy, database)
    assert on_server("SELECT passage_id FROM playable_passage ORDER BY 1") == [(2,), (5,), (6,), (7,), (8,)]
    assert on_server("SELECT title FROM playable_passage WHERE approval = 'approved'") == [("Mine",)]


def test_a_second_export_sends_what_has_changed_and_references_stand(
    library_copy, hostile_library, database, on_server
):
    assert "passage" in export_to_mysql(hostile_library, database).sent
    again = export_to_mysql(hostile_library, database)
    assert (again.sent, again.seconds_sending) == ((), 0)
    change(library_copy, "UPDATE song SET user_title = 'Mine' WHERE id = 1")
    changed = export_copy(library_copy, database)
    assert changed.sent == ("song",)
    assert on_server("SELECT COUNT(*) FROM song WHERE user_title = 'Mine'") == [(1,)]
    tables = {
        name for (name,) in on_server("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'music'")
    }
    assert not {name for name in tables if name.startswith("_")}
    references = on_server(
        "SELECT TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
        " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'music' AND REFERENCED_TABLE_NAME IS NOT NULL"
    )
    with closing(sqlite3.connect(hostile_library)) as library:
        expected = {
            (table, row[3], row[2], "id")
            for table in changed.tables
            for row in library.execute(f"PRAGMA foreign_key_list({table})")
        }
    assert set(references) == expected
    assert len(expected) > 30


def test_a_table_that_was_changed_on_the_server_is_put_right(hostile_library, database, on_server, private_server):
    export_to_mysql(hostile_library, database)
    private_server.run("UPDATE music.file_tags SET title = 'wrong' WHERE title = 'ac/dc'")
    assert export_to_mysql(hostile_library, database).sent == ("file_tags",)
    assert on_server("SELECT title FROM file_tags WHERE title LIKE 'a%' OR title = 'wrong'") == [("ac/dc",)]


def test_a_table_of_somebody_else_is_refused_and_left_alone(hostile_library, database, on_server, private_server):
    private_server.run("CREATE TABLE music.song (lyrics TEXT)", "INSERT INTO music.song VALUES ('la la')")
    with pytest.raises(ExportTargetError, match="song, which was not made by an export"):
        export_to_mysql(hostile_library, database)
    assert on_server("SHOW TABLES") == [("song",)]
    assert on_server("SELECT lyrics FROM song") == [("la la",)]


@pytest.mark.parametrize("doing", ["sending", "verifying"])
def test_a_connection_that_is_killed_costs_time_only(
    doing, hostile_library, library_copy, database, on_server, kill_connections
):
    export_to_mysql(hostile_library, database)
    change(library_copy, "UPDATE file_tags SET title = 'other' WHERE title = 'song'")
    killed = []

    def on_progress(progress):
        if progress.doing == doing and not killed:
            killed.append(progress)
            kill_connections()

    done = export_copy(library_copy, database, on_progress, at_once)
    assert killed
    assert done.interruptions == 1
    assert on_server("SELECT COUNT(*) FROM file_tags WHERE title = 'other'") == [(2,)]
    assert export_copy(library_copy, database).sent == ()


def test_an_export_that_is_shut_out_is_given_up_and_the_former_one_stays(
    hostile_library, library_copy, database, on_server, kill_connections, private_server
):
    export_to_mysql(hostile_library, database)
    change(library_copy, "UPDATE file_tags SET title = 'other'")

    def on_progress(progress):
        if progress.doing == "verifying":
            private_server.run("ALTER USER player@localhost ACCOUNT LOCK")
            kill_connections()

    with pytest.raises(ExportServerError) as refused:
        export_copy(library_copy, database, on_progress, at_once)
    assert refused.value.code == "export-server"
    private_server.run("ALTER USER player@localhost ACCOUNT UNLOCK")
    assert on_server("SELECT COUNT(*) FROM file_tags WHERE title = 'other'") == [(0,)]
    assert on_server("SELECT COUNT(*) FROM playable_passage") == [(8,)]
    assert export_copy(library_copy, database).sent == ("file_tags",)


def test_what_differs_after_the_transfer_is_an_error_and_the_former_export_stays(
    hostile_library, library_copy, database, on_server, private_server
):
    export_to_mysql(hostile_library, database)
    change(library_copy, "UPDATE song SET user_title = 'Mine'")

    def on_progress(progress):
        if (progress.doing, progress.table) == ("verifying", "album"):
            private_server.run("UPDATE music._incoming_song SET title = CONCAT(title, ' ') LIMIT 1")

    with pytest.raises(ExportMismatchError, match="song arrived with") as refused:
        export_copy(library_copy, database, on_progress)
    assert refused.value.code == "export-mismatch"
    assert on_server("SELECT COUNT(*) FROM song WHERE user_title = 'Mine'") == [(0,)]
    assert on_server("SELECT COUNT(*) FROM playable_passage") == [(8,)]


def test_two_exports_into_one_database_do_not_mix(hostile_library, database):
    refused = []

    def on_progress(progress):
        if progress.doing == "verifying" and not refused:
            with pytest.raises(ExportBusyError) as busy:
                export_to_mysql(hostile_library, database)
            refused.append(busy.value.code)

    assert export_to_mysql(hostile_library, database, on_progress).sent
    assert refused == ["export-busy"]


def test_the_password_is_in_no_text_argument_or_environment(hostile_library, database, monkeypatch):
    monkeypatch.setenv("PASSAGEWORK_EXPORT_PASSWORD", database.password)
    assert database.password not in f"{database} {database!r} {[database]}"
    wrong = dataclasses.replace(database, password="an open secret")
    nowhere = dataclasses.replace(wrong, socket="/nowhere/its.sock")
    for address in (wrong, nowhere):
        with pytest.raises(ExportServerError) as refused:
            export_to_mysql(hostile_library, address, pause=at_once)
        assert "an open secret" not in "".join(traceback.format_exception(refused.value))
    seen, finished = {}, threading.Event()

    def look():
        while not finished.wait(0.005):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes()
                    if b"passagework.export.mysql.child" in words:
                        seen[process.name] = words + (process / "environ").read_bytes()
                except OSError:
                    continue

    looker = threading.Thread(target=look)
    looker.start()
    try:
        export_to_mysql(hostile_library, database)
    finally:
        finished.set()
        looker.join()
    assert seen
    assert not [text for text in seen.values() if database.password.encode() in text]
    assert os.environ["PASSAGEWORK_EXPORT_PASSWORD"] == database.password


@pytest.mark.parametrize(
    "address",
    [
        "mysql://me:sesame@host/music",
        "mysql://me:sesame@host:x/music",
        "mysql://me@host",
        "mysql://host/music",
        "postgres://me@host/music",
        "mysql://me@host/music?password=sesame",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(address):
    with pytest.raises(ExportTargetError) as refused:
        read_address(address)
    assert refused.value.code == "export-target"
    assert "sesame" not in "".join(traceback.format_exception(refused.value))


def test_a_connection_that_is_lost_just_behind_the_swap_is_no_failure(
    hostile_library, database, on_server, monkeypatch
):
    lost = []

    class ForgetfulServer(Server):
        def run(self, statement, values=()):
            super().run(statement, values)
            if statement.startswith("RENAME") and not lost:
                lost.append(statement)
                raise ConnectionLostError("the connection was lost before the answer")

    monkeypatch.setattr("passagework.export.mysql.export.Server", ForgetfulServer)
    assert export_to_mysql(hostile_library, database, pause=at_once).interruptions == 1
    assert lost
    assert on_server("SELECT COUNT(*) FROM playable_passage") == [(8,)]
    assert export_to_mysql(hostile_library, database).sent == ()


def test_nothing_that_an_export_has_not_made_is_ever_dropped_or_replaced(
    hostile_library, database, on_server, private_server
):
    private_server.run("CREATE TABLE music._incoming_mails (id INT)", "CREATE TABLE music._outgoing_mails (id INT)")
    export_to_mysql(hostile_library, database)
    export_to_mysql(hostile_library, database)
    assert {"_incoming_mails", "_outgoing_mails"} <= {name for (name,) in on_server("SHOW TABLES")}


@pytest.mark.parametrize("name", ["song", "_incoming_song", "_outgoing_song", "passagework_export", "playable_passage"])
@pytest.mark.parametrize("kind", ["TABLE {} (id INT)", "VIEW {} AS SELECT 1 AS id"])
def test_a_foreign_table_or_view_in_the_way_is_refused_and_stays(
    hostile_library, database, on_server, private_server, name, kind
):
    private_server.run("CREATE " + kind.format(f"music.{name}"))
    with pytest.raises(ExportTargetError, match=name):
        export_to_mysql(hostile_library, database)
    assert [found for (found,) in on_server("SHOW TABLES")] == [name]
