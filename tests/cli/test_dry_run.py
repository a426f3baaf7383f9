"""``import --dry-run``: what an import would do, with nothing of the library touched."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from passagework.api.dry_run import settings_to_try
from passagework.config.settings import load_settings
from passagework.domain.errors import LibraryNeedsSpaceError
from passagework.persistence.file.lock import find_writer
from passagework.persistence.store import LibraryStore
from tests.cli.conftest import import_into

RELEASED = sorted((Path(__file__).parents[1] / "persistence" / "released").glob("schema-*.passages.gz"))


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Give the folder for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def music(make_music, tmp_path):
    for name, seed in (("One", 1), ("Two", 2)):
        make_music(f"music/{name}.flac", seconds=1.0, seed=seed, sample_rate=22_050)
    return tmp_path / "music"


@pytest.fixture
def changed(music, make_music):
    """Give a library after an import, and what has happened to the music since."""
    path = music.parent / "library" / "music.passages"
    path.parent.mkdir()
    import_into(path, music)
    (music / "Two.flac").unlink()
    make_music("other.flac", seconds=1.5, seed=3, sample_rate=22_050).replace(music / "One.flac")
    make_music("music/New.flac", seconds=1.0, seed=4, sample_rate=22_050)
    return path


def state_of(folder):
    """Give everything about a folder that could change: names, bytes, times. To look is no access."""
    found = {"": folder.stat().st_mtime_ns}
    for path in sorted(folder.iterdir()):
        status = path.stat()
        found[path.name] = (status.st_size, status.st_atime_ns, status.st_mtime_ns, path.read_bytes())
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return found


def tried(run, library, music, *options, expect=0):
    """Try an import without worker processes, and give what it would find, by name."""
    more = ("--set", "analysis.executor=inline", "--quiet", "--json", "--library", library)
    told = json.loads(run("import", "--dry-run", *options, *more, music, expect=expect).stdout)
    findings = {(Path(one["path"]).name, kind) for one in told["findings"] for kind in one["found"]}
    return findings, [Path(one["path"]).name for one in told["linked"]]


EXPECTED = {("New.flac", "added"), ("One.flac", "changed"), ("Two.flac", "missing")}


def test_it_says_by_name_what_an_import_would_do_and_touches_nothing(run, changed, music, scratch):
    # A time of access in the past, which any read would renew.
    for path in changed.parent.iterdir():
        os.utime(path, ns=(1, path.stat().st_mtime_ns))
    before = state_of(changed.parent)
    findings, linked = tried(run, changed, music)
    assert findings == EXPECTED
    assert set(linked) == {"New.flac", "One.flac"}
    assert state_of(changed.parent) == before
    assert list(scratch.iterdir()) == []
    shown = run("import", "--dry-run", "--set", "analysis.executor=inline", "-q", "--library", changed, music).output
    assert f"added:\n  {music}/New.flac\n\nchanged:\n  {music}/One.flac\n\nmissing:\n  {music}/Two.flac\n" in shown
    assert f"linked:\n  {music}/New.flac\n  {music}/One.flac\n" in shown
    assert shown.endswith("this was only tried: the library is as it was\n")
    report = import_into(changed, music)
    assert (report.summary.analysed, report.summary.missing) == (2, 1)


def test_a_library_that_another_importer_writes_is_tried_as_it_is(run, changed, music, scratch):
    store = LibraryStore(changed)
    store.open_run("", "{}", [b"/music"], 1)
    try:
        assert tried(run, changed, music)[0] == EXPECTED
        assert find_writer(changed) is not None
    finally:
        store.close()
    assert list(scratch.iterdir()) == []


@pytest.mark.slow
def test_what_a_process_that_died_left_in_the_log_is_part_of_the_library(run, changed, music, scratch):
    died = "import os, sys; from passagework.persistence.store import LibraryStore as S; from pathlib import Path\n"
    died += "s = S(Path(sys.argv[1])); s.open_run('', '{}', [b'/x'], 1); os._exit(0)"
    subprocess.run([sys.executable, "-c", died, changed], check=True)
    assert changed.with_name("music.passages-wal").stat().st_size
    before = state_of(changed.parent)
    given = load_settings(overrides={"library.path": str(changed)})
    with settings_to_try(given) as settings, closing(sqlite3.connect(settings.library.path)) as copy:
        assert copy.execute("SELECT count(*) FROM run").fetchone() == (2,)
    assert state_of(changed.parent) == before


def test_a_library_that_is_not_there_is_not_made(run, music, scratch, tmp_path):
    library = tmp_path / "none" / "music.passages"
    assert tried(run, library, music)[0] == {("One.flac", "added"), ("Two.flac", "added")}
    assert not library.parent.exists()


def test_a_library_among_the_music_is_no_music(run, music, scratch):
    library = music / "music.flac"
    import_into(library, music)
    assert tried(run, library, music) == (set(), [])


def test_a_library_of_an_earlier_version_stays_what_it_is(run, music, scratch, tmp_path):
    library = tmp_path / "old" / "old.passages"
    library.parent.mkdir()
    library.write_bytes(gzip.decompress(RELEASED[-1].read_bytes()))
    before = state_of(library.parent)
    assert {("One.flac", "added"), ("Two.flac", "added")} <= tried(run, library, music)[0]
    assert state_of(library.parent) == before


def test_without_room_for_the_copy_nothing_begins(changed, scratch, monkeypatch):
    monkeypatch.setattr("passagework.persistence.file.disk_space.free_bytes", lambda _folder: 1000)
    with (
        pytest.raises(LibraryNeedsSpaceError, match="trying an import"),
        settings_to_try(load_settings(overrides={"library.path": str(changed)})),
    ):
        raise AssertionError
    assert list(scratch.iterdir()) == []


def test_what_a_killed_trial_left_is_deleted_by_the_next_and_what_is_in_use_is_not(changed, scratch):
    settings = load_settings(overrides={"library.path": str(changed)})
    left = scratch / "passagework-dry-run-killed"
    left.mkdir()
    (left / "in-use").touch()
    (left / "library.passages").touch()
    with settings_to_try(settings) as first:
        assert not left.exists()
        with settings_to_try(settings) as second:
            assert first.library.path.exists()
            assert second.library.path != first.library.path
            assert second.library.path.parent.stat().st_mode & 0o077 == 0


def test_services_are_asked_only_if_that_is_wanted(changed, scratch):
    asked = {"acoustid.key": "key", "musicbrainz.contact": "me@example.org", "library.path": str(changed)}
    settings = load_settings(overrides=asked)
    for online in (False, True):
        with settings_to_try(settings, online=online) as tried_with:
            assert (tried_with.acoustid.asked, tried_with.musicbrainz.asked) == (online, online)


def test_online_alone_is_refused(run, music):
    run("import", "--online", music, expect=2)
