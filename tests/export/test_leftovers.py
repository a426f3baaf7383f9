"""What a killed export leaves is removed by the next one; what lives, or is somebody else's, is left alone."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from passagework.export.errors import ExportError
from passagework.export.leftovers import own_file, own_folder
from passagework.export.snapshot import snapshot
from passagework.persistence.write.opening import open_writer

FILES = ("copy", "copy-journal")

KILLED = """
import os, signal, sys
from pathlib import Path
from passagework.export.leftovers import own_file, own_folder
with own_folder(Path(sys.argv[1]), ("copy", "copy-journal")) as folder, own_file(Path(sys.argv[1])) as (part, _):
    (folder / "copy").write_text("all of somebody's library")
    print(folder.name, part.name, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder):
    return sorted(os.listdir(folder))


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """What a process that was killed left: a private folder with a copy, and an incomplete file."""
    place = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-c", KILLED, str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    folder, part = done.stdout.split()
    assert names(place) == sorted((folder, part))
    return folder, part


def leave(place, killed):
    """Leave the same behind in another place; locks do not come along."""
    folder, part = killed
    (place / folder).mkdir(0o700)
    (place / folder / "copy").write_text("all of somebody's library")
    (place / part).write_text("half of an export")
    return folder, part


def test_the_next_export_removes_what_a_killed_one_left(tmp_path, killed):
    folder, part = leave(tmp_path, killed)
    with own_folder(tmp_path, FILES):
        assert folder not in names(tmp_path)
    assert names(tmp_path) == [part]
    with own_file(tmp_path) as (_, descriptor):
        os.write(descriptor, b"x")
        assert part not in names(tmp_path)
    assert names(tmp_path) == []


def test_what_a_living_export_uses_stays(tmp_path):
    with own_folder(tmp_path, FILES) as folder, own_file(tmp_path) as (part, _):
        (folder / "copy").write_text("in use")
        with own_folder(tmp_path, FILES) as other, own_file(tmp_path) as (another, _):
            assert names(tmp_path) == sorted(path.name for path in (folder, part, other, another))
        assert names(tmp_path) == sorted((folder.name, part.name))
        assert (folder / "copy").read_text() == "in use"


def test_what_others_have_put_there_stays(tmp_path, killed):
    folder, part = leave(tmp_path, killed)
    (tmp_path / folder / "diary").write_text("mine")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "copy").write_text("mine")
    last = part.removesuffix(".part")[-1]
    foreign = [
        f"{part.removesuffix('.part')[:-1]}{'0' if last != '0' else '1'}.part",  # no proof of who made it
        ".passagework-0123456789abcdef.part",
        "passagework-backup",
        "music.part",
    ]
    for name in foreign:
        (tmp_path / name).write_text("mine")
    with own_folder(tmp_path, FILES), own_file(tmp_path):
        pass
    assert names(tmp_path) == sorted((*foreign, folder, "elsewhere"))
    assert names(tmp_path / folder) == ["diary"]


def test_what_the_exports_of_another_user_left_stays(tmp_path, killed, monkeypatch):
    left = leave(tmp_path, killed)
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with own_folder(tmp_path, FILES), own_file(tmp_path):
        pass
    assert names(tmp_path) == sorted(left)
    assert names(tmp_path / left[0]) == ["copy"]


def test_a_link_a_pipe_or_a_folder_under_a_name_of_ours_stays_with_what_it_leads_to(tmp_path, killed):
    folder, part = killed
    target = tmp_path / "target"
    target.mkdir()
    (target / "copy").write_text("mine")
    (tmp_path / folder).symlink_to(target)
    os.mkfifo(tmp_path / part)
    with own_folder(tmp_path, FILES), own_file(tmp_path):
        pass
    assert names(tmp_path) == sorted((folder, part, "target"))
    assert names(target) == ["copy"]
    (tmp_path / part).unlink()
    (tmp_path / part).mkdir()
    with own_file(tmp_path):
        pass
    assert part in names(tmp_path)


def test_an_export_into_a_database_leaves_nothing_in_the_folder_for_temporary_files(tmp_path, monkeypatch, killed):
    library, place = tmp_path / "a.passages", tmp_path / "temporary"
    open_writer(library).close()
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    folder, _ = killed
    (place / folder).mkdir(0o700)
    (place / folder / "snapshot.passages").write_text("all of somebody's library")
    (place / folder / "snapshot.passages-journal").write_text("and more")
    with contextlib.suppress(ZeroDivisionError), snapshot(library) as copy:
        assert names(place) == [copy.parent.name]
        assert copy.parent.stat().st_mode & 0o777 == 0o700
        raise ZeroDivisionError
    assert names(place) == []


def test_a_folder_for_temporary_files_that_is_not_there_is_an_error_of_the_export(tmp_path, monkeypatch):
    library = tmp_path / "a.passages"
    open_writer(library).close()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(ExportError, match="set TMPDIR"), snapshot(library):
        pass


def test_a_file_that_got_its_name_stays(tmp_path):
    with own_file(tmp_path) as (part, descriptor):
        os.write(descriptor, b"whole")
        part.replace(tmp_path / "music.csv")
    assert Path(tmp_path / "music.csv").read_bytes() == b"whole"
    assert names(tmp_path) == ["music.csv"]
