import csv
import io
import json
import os
import re
import sqlite3
import sys
from contextlib import closing

import pytest

from passagework.api.library import Library
from passagework.export.files.errors import FileExportError, TargetRefusedError
from passagework.export.files.export import export_file
from passagework.export.files.text_formats import write_json

HARD_TITLE = 'A "quoted" \\ back, #{slash}: and = Ünïcode'
NOT_UTF8 = b"latin\xe9.flac"


def json_rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_json_has_every_playable_passage_as_the_library_shows_it(exported_library, tmp_path, export):
    library, music = exported_library
    export(library, "json", tmp_path / "out.jsonl")
    rows = json_rows((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    with Library.open(library) as opened:
        shown = list(opened.passages())
    assert [row["guid"] for row in rows] == [passage.guid for passage in shown]
    assert [row["start_ticks"] for row in rows] == [passage.start for passage in shown]
    sources = {(row["title"], row["title_source"], row["artists_source"]) for row in rows}
    assert sources == {(HARD_TITLE, "tags", "tags")}
    paths = [bytes.fromhex(row["path_hex"]) if row["path_hex"] else row["path"].encode() for row in rows]
    assert paths == [passage.path for passage in shown]
    assert os.path.join(os.fsencode(music), NOT_UTF8) in paths


def test_a_playlist_takes_the_gain_of_the_album_if_that_is_asked_for(exported_library, tmp_path, export):
    def gain(*options):
        export(exported_library[0], "m3u", tmp_path / "a.m3u8", "--target-lufs", "-50", *options)
        (found,) = re.findall(r'liq_amplify="(.*?) dB"', (tmp_path / "a.m3u8").read_text("utf-8"))
        return found

    export(exported_library[0], "json", tmp_path / "a.jsonl")
    albums = {
        json.loads(line)["album_loudness_lufs"] for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    }
    assert gain("--gain", "album") == gain("--gain", "disc") == f"{-50 - albums.pop():.2f}"
    assert albums == set()
    assert gain() == gain("--gain", "track") != gain("--gain", "album")


def test_csv_and_parquet_say_what_json_says(exported_library, tmp_path, export):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    library, _ = exported_library
    rows = [
        {name: row[name] for name in row if name != "format"} for row in json_rows(export(library, "json", "-").stdout)
    ]
    read = list(csv.DictReader(io.StringIO(export(library, "csv", "-").stdout_bytes.decode(), newline="")))
    assert [row["path"] for row in read] == [row["path"] for row in rows]
    assert [json.loads(row["artists"]) for row in read] == [row["artists"] for row in rows]
    assert [float(row["end_seconds"]) for row in read] == [row["end_seconds"] for row in rows]
    export(library, "parquet", tmp_path / "out.parquet")
    assert parquet.read_table(tmp_path / "out.parquet").to_pylist(maps_as_pydicts="strict") == rows


def test_what_is_rejected_missing_or_retired_is_not_exported(exported_library, tmp_path, export):
    library, _ = exported_library
    copy = tmp_path / "copy.passages"
    with closing(sqlite3.connect(library)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        guid = target.execute("SELECT guid FROM passage ORDER BY id").fetchone()[0]
        target.execute("UPDATE passage SET approval = 'rejected' WHERE guid = ?", (guid,))
        target.execute("UPDATE file SET missing_run = 1 WHERE path = (SELECT max(path) FROM file)")
        target.commit()
    assert len(json_rows(export(copy, "json", "-").stdout)) == len(json_rows(export(library, "json", "-").stdout)) - 2


def test_a_failed_export_leaves_the_previous_file_and_nothing_else(exported_library, tmp_path, export):
    library, _ = exported_library
    target = tmp_path / "out.jsonl"
    target.write_text("previous")

    def break_off(rows, file):
        file.write(json.dumps(next(iter(rows)).names["guid"]).encode())
        raise OSError(28, "No space left on device")

    with pytest.raises(FileExportError, match="No space left"):
        export_file(library, target, break_off)
    with pytest.raises(FileExportError, match="No space left"):
        export_file(library, io.BytesIO(), break_off)
    assert target.read_text() == "previous"
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_music_and_the_library_are_never_replaced_under_whatever_name(exported_library, tmp_path, export):
    library, music = exported_library
    song = music / "#One.flac"
    link, second_name = tmp_path / "link.m3u", music.parent / "second.m3u"
    link.symlink_to(song)
    os.link(song, second_name)
    before = song.read_bytes()
    for target in (song, link, second_name, library, tmp_path):
        with pytest.raises(TargetRefusedError):
            export_file(library, target, write_json)
    second_name.unlink()
    assert song.read_bytes() == before
    assert "is music of the library" in str(export(library, "csv", song, expect=1).exception)


def test_parquet_without_its_package_names_the_extra(exported_library, tmp_path, monkeypatch, export):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = export(exported_library[0], "parquet", tmp_path / "x.parquet", expect=1).exception
    assert said.code == "export-extra-missing"
    assert str(said).endswith(f"{sys.executable} -m pip install pyarrow")
    assert not os.listdir(tmp_path)


def test_an_import_may_write_while_an_export_reads_one_moment(exported_library, tmp_path, export):
    copy = tmp_path / "copy.passages"
    with closing(sqlite3.connect(exported_library[0])) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = wal").fetchall()
        seen = []

        def write_slowly(rows, _file):
            seen.append(next(rows).names["title"])
            with closing(sqlite3.connect(copy, timeout=0)) as writer:
                writer.execute("UPDATE passage SET user_title = 'Changed meanwhile'")
                writer.commit()
            seen.extend(row.names["title"] for row in rows)

        export_file(copy, tmp_path / "out", write_slowly)
    assert set(seen) == {HARD_TITLE}
    assert {row["title"] for row in json_rows(export(copy, "json", "-").stdout)} == {"Changed meanwhile"}


def test_linked_passages_have_the_names_and_mbids_of_their_songs_artists_works_and_album(
    exported_library, tmp_path, export
):
    copy = tmp_path / "copy.passages"
    mbids = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(6)]
    with closing(sqlite3.connect(exported_library[0])) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        passage = target.execute("SELECT min(id) FROM passage").fetchone()[0]
        for table, number, name in (("song", 0, "One"), ("song", 1, "Two"), ("artist", 2, "B"), ("artist", 3, "A")):
            column = "name" if table == "artist" else "title"
            target.execute(f"INSERT INTO {table} (mbid, {column}, first_run) VALUES (?, ?, 1)", (mbids[number], name))
        target.execute("INSERT INTO work (mbid, title, user_title, first_run) VALUES (?, 'W', 'Mine', 1)", (mbids[4],))
        target.execute("INSERT INTO album (mbid, title, first_run) VALUES (?, 'Album', 1)", (mbids[5],))
        target.execute(
            "INSERT INTO passage_song (passage_id, song_id, start_ticks, end_ticks, run_id) "
            "SELECT ?, id, id * 10, id * 10 + 5, 1 FROM song",
            (passage,),
        )
        target.execute("INSERT INTO song_artist SELECT s.id, a.id, a.id, 0.5, 'equal', 1 FROM song AS s, artist AS a")
        target.execute("INSERT INTO song_work SELECT id, 1, 0, 1 FROM song")
        target.execute(
            "INSERT INTO passage_album (passage_id, album_id, medium, track, run_id) SELECT ?, id, 1, 7, 1 FROM album",
            (passage,),
        )
        target.commit()
    row = json_rows(export(copy, "json", "-").stdout)[0]
    assert (row["title"], row["title_source"], row["song_mbids"]) == ("One / Two", "song", mbids[:2])
    assert (row["artists"], row["artist_mbids"], row["artists_source"]) == (["B", "A"], mbids[2:4], "song")
    assert (row["works"], row["work_mbids"]) == (["Mine"], [mbids[4]])
    assert [row[name] for name in ("album", "album_mbid", "album_source", "track")] == ["Album", mbids[5], "album", 7]
    with Library.open(copy) as opened:
        shown = next(iter(opened.passages()))
    assert (shown.title.name, [artist.name for artist in shown.artists]) == (row["title"], row["artists"])


def test_a_former_export_with_the_inode_of_deleted_music_can_be_replaced(exported_library, tmp_path, export):
    copy, target = tmp_path / "copy.passages", tmp_path / "out.jsonl"
    target.write_text("former")
    with closing(sqlite3.connect(exported_library[0])) as source, closing(sqlite3.connect(copy)) as new:
        source.backup(new)
        new.execute("UPDATE file SET inode = ?, device = ?", (target.stat().st_ino, target.stat().st_dev))
        new.commit()
    export(copy, "json", target)
    assert len(json_rows(target.read_text(encoding="utf-8"))) > 0


def test_a_target_that_cannot_be_used_is_a_matter_of_usage(exported_library):
    with pytest.raises(TargetRefusedError) as refused:
        export_file(exported_library[0], exported_library[0], write_json)
    assert (refused.value.code, refused.value.exit_code) == ("export-target", 2)


@pytest.mark.parametrize(
    "end",
    [
        *("-wal", "-shm", "-journal", ".lock", ".damaged"),
        *(".v3.backup", ".v12.backup", ".v3.backup.partial", ".v3.backup.partial-wal", ".v3.backup-journal"),
    ],
)
def test_no_export_takes_a_name_that_belongs_to_the_library(exported_library, end):
    library = exported_library[0]
    with pytest.raises(TargetRefusedError, match="belongs to the library itself"):
        export_file(library, library.with_name(library.name + end), write_json)


@pytest.mark.parametrize("end", [".damaged", ".v7.backup"])
def test_no_export_replaces_what_lies_beside_the_library_under_another_name(exported_library, tmp_path, end):
    library = exported_library[0]
    side, other = library.with_name(library.name + end), tmp_path / "other.json"
    side.write_bytes(b"kept")
    os.link(side, other)
    try:
        with pytest.raises(TargetRefusedError, match="belongs to the library itself"):
            export_file(library, other, write_json)
    finally:
        side.unlink()
    assert other.read_bytes() == b"kept"


def test_what_only_begins_like_a_file_beside_the_library_can_be_written(exported_library, tmp_path):
    library = exported_library[0]
    for end in (".json", ".v3.backup.json", ".backup", ".vx.backup"):
        target = library.with_name(library.name + end)
        export_file(library, target, write_json)
        target.unlink()
