"""Files as they are found in the field: each is what it is, and stays it."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags

pytestmark = pytest.mark.slow

LONG_AGO = 1_700_000_000_123_456_789
S = 1_000_000_000
NOBODY = "00000000-0000-0000-0000-000000000000"

NO_MUSIC = [
    *("a.wvc", "a.bak", "a.old", "a.wav~", "a.wav.part", "._a.wav", ".a.wav.Xy7Zq0"),
    *("#recycle/a.wav", "@eaDir/a.wav", "#snapshot/daily/a.wav"),  # Synology
    *("@Recycle/a.wav", "@Recently-Snapshot/a/a.wav", ".@__thumb/a.wav"),  # QNAP
    *(".recycle/a.wav", "@GMT-2024.04.04-01.00.00/a.wav"),  # Samba
    *("$RECYCLE.BIN/S-1-5/a.wav", "System Volume Information/a.wav", "RECYCLER/a.wav"),  # Windows
    *(".Trashes/501/a.wav", ".Spotlight-V100/a.wav", "__MACOSX/a.wav"),
]


@pytest.fixture
def put(pieces, tmp_path):
    """Give a function that copies a piece to a place in the folder of music, with a time long ago."""
    sources = {piece.suffix: piece for piece in pieces}
    (tmp_path / "music").mkdir()

    def put(name, source=None, mtime_ns=LONG_AGO):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source or sources.get(path.suffix, sources[".wav"]), path)
        os.utime(path, ns=(0, mtime_ns))
        return path

    return put


def test_bins_snapshots_backups_and_what_is_not_complete_are_no_music_whatever_they_contain(importing, put, tmp_path):
    music = put("a.wav")
    for name in NO_MUSIC:
        put(name)
    report = importing.run(tmp_path / "music")
    assert importing.decoded == [music.name]
    assert (report.summary.analysed, report.problems, report.summary.failed) == (1, (), ())


def test_a_time_beyond_those_that_the_library_can_keep_is_a_time_as_any_other(importing, put, tmp_path):
    year_2300 = 10_413_792_000
    path = put("a.wav", mtime_ns=year_2300 * S)
    if path.stat().st_mtime_ns != year_2300 * S:
        pytest.skip("the file system cannot keep it")
    importing.run(tmp_path / "music")
    assert (importing.run(tmp_path / "music").progress.files_unchanged, importing.compared) == (1, [])
    os.utime(path, ns=(0, (year_2300 + 1) * S))
    importing.run(tmp_path / "music")
    assert (importing.compared, importing.decoded) == (["a.wav"], [])
    assert (importing.run(tmp_path / "music").progress.files_unchanged, importing.compared) == (1, [])


def test_a_file_that_grew_since_is_analysed_to_its_end_and_its_passage_is_still_the_same(importing, put, tmp_path):
    path = put("a.wav")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    os.utime(path, ns=(0, LONG_AGO))
    importing.run(tmp_path / "music")
    half = importing.file(path)
    path.write_bytes(whole)
    os.utime(path, ns=(0, LONG_AGO + S))
    importing.run(tmp_path / "music")
    grown = importing.file(path)
    assert (half.warnings, grown.warnings) == (("truncated",), ())
    assert grown.passages[0].end > half.passages[0].end
    assert (grown.guid, grown.passages[0].guid) == (half.guid, half.passages[0].guid)


@pytest.mark.parametrize(("other", "read"), [(".wav", []), (".mp3", ["a.wav"])])
def test_another_file_of_the_same_size_and_time_is_found_by_its_inode(importing, put, tmp_path, pieces, other, read):
    path = put("a.wav")
    size = path.stat().st_size
    importing.run(tmp_path / "music")
    source = next(piece for piece in pieces if piece.suffix == other)
    content = source.read_bytes()
    (tmp_path / "copy").write_bytes(content + bytes(size - len(content)))
    os.utime(tmp_path / "copy", ns=(0, LONG_AGO))
    (tmp_path / "copy").replace(path)
    report = importing.run(tmp_path / "music")
    assert (importing.compared, importing.decoded) == (["a.wav"], read)
    assert (report.summary.missing, importing.file(path).stamp.inode) == (0, path.stat().st_ino)
    assert (importing.run(tmp_path / "music").progress.files_unchanged, importing.compared) == (1, [])


def test_a_link_of_git_annex_without_its_content_is_missing_until_it_is_there_again(importing, put, tmp_path):
    put("kept.wav")
    target = put(".git/annex/objects/ab/cd/key.wav")
    link = tmp_path / "music" / "a.wav"
    link.symlink_to(target.relative_to(tmp_path / "music"))
    importing.run(tmp_path / "music")
    guid = importing.passage(link).guid
    dropped = target.read_bytes()
    target.unlink()
    report = importing.run(tmp_path / "music")
    assert (report.summary.missing, report.problems) == (1, ())
    assert importing.passage(link).not_playable_because == ("missing",)
    assert importing.run(tmp_path / "music").summary.missing == 0
    target.write_bytes(dropped)
    os.utime(target, ns=(0, LONG_AGO))
    importing.run(tmp_path / "music")
    assert (importing.passage(link).guid, importing.passage(link).playable) == (guid, True)
    assert importing.decoded == []


def test_mbids_of_zeros_are_none(importing, put, tmp_path, settings):
    path = put("a.flac")
    ids = {"recording_ids": (NOBODY,), "release_id": NOBODY, "artist_ids": (NOBODY,), "album_artist_ids": (NOBODY,)}
    write_tags(path, Tags(title="Song", artist_credit="Singer", album="Album", release_group_id=NOBODY, **ids))
    importing.run(tmp_path / "music")
    passage = importing.passage(path)
    assert (passage.title.name, passage.artists[0].name, passage.album.name) == ("Song", "Singer", "Album")
    assert (passage.title.mbid, passage.artists[0].mbid, passage.album.mbid) == (None, None, None)
    with closing(sqlite3.connect(settings().library.path)) as connection:
        counts = "SELECT (SELECT count(*) FROM song), (SELECT count(*) FROM artist), (SELECT count(*) FROM album)"
        assert connection.execute(counts).fetchall() == [(0, 0, 0)]
