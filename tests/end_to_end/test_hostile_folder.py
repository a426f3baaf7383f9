"""Folders that hold anything but good music: the import ends normally and says of each file what is the matter."""

import hashlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.failures import FailureCode
from passagework.domain.tags import Tags

HOSTS = Path(__file__).parent / "hosts"
TWO_GIGABYTES = 2 * 2**30
HASHED_BYTES = 2**24


def fingerprints(folder):
    """Give hash, size and mtime of every regular file below a folder, and the kind of everything else."""
    found = {}
    for base, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(base, name)
            status = os.lstat(path)
            digest = None
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    digest = hashlib.blake2b(file.read(HASHED_BYTES)).hexdigest()
            found[path] = (status.st_mode, status.st_size, status.st_mtime_ns, digest)
    return found


def assert_every_reject_is_explained(report):
    for failed in report["failed"]:
        code = FailureCode(failed["code"])
        assert code is not FailureCode.INTERNAL_ERROR, failed
        assert failed["reason"].startswith(code.explanation)
        assert "\n" not in failed["reason"]


def codes_by_name(report):
    return {failed["path"].rpartition("/")[2]: failed["code"] for failed in report["failed"]}


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory):
    """Give one good file of 8 s in each of four formats."""
    folder = tmp_path_factory.mktemp("whole")
    signal = compose(8 * 44_100, 44_100, 5)
    files = []
    for form in (AudioForm.MP3, AudioForm.FLAC, AudioForm.VORBIS, AudioForm.AAC):
        files.append(folder / f"whole{form.suffix}")
        write_audio(files[-1], signal, 44_100, form)
    return files


@pytest.fixture
def hostile(tmp_path, whole_files):
    """Give a folder with what an import may meet, and two good files at its beginning and end."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    shutil.copyfile(whole_files[1], folder / "a good file.flac")
    shutil.copyfile(whole_files[0], folder / "z good file.mp3")
    (folder / "zero bytes.ogg").touch()
    with (folder / "two gigabytes.mp3").open("wb") as file:
        file.truncate(TWO_GIGABYTES)
    os.mkfifo(folder / "pipe.mp3")
    os.mkfifo(folder / "pipe without extension")
    (folder / "text.mp3").write_text("a shopping list\n" * 100)
    (folder / "noise.flac").write_bytes(random.Random(1).randbytes(200_000))
    for whole in whole_files:
        size = whole.stat().st_size
        (folder / f"half{whole.suffix}").write_bytes(whole.read_bytes()[: size // 2])
        (folder / f"head{whole.suffix}").write_bytes(whole.read_bytes()[:300])
    shutil.copyfile(whole_files[1], os.fsencode(folder) + b"/\xff\xfe caf\xe9.flac")
    shutil.copyfile(whole_files[1], folder / ("n" * 250 + ".flac"))
    shutil.copyfile(whole_files[1], folder / "line\nbreak.flac")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.flac").symlink_to(folder / "nowhere.flac")
    (folder / "to itself.flac").symlink_to("to itself.flac")
    with socket.socket(socket.AF_UNIX) as server:
        # A socket's path is short; the folder's may not be.
        descriptor = os.open(folder, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{descriptor}/socket.mp3")
        os.close(descriptor)
    return folder


@pytest.mark.slow
def test_a_hostile_folder_is_imported_to_the_end_and_nothing_in_it_is_touched(command_line, hostile):
    before = fingerprints(hostile)
    report = command_line.report(hostile, expect=1)
    assert fingerprints(hostile) == before
    assert_every_reject_is_explained(report)
    assert codes_by_name(report) == {
        "zero bytes.ogg": "empty-file",
        "two gigabytes.mp3": "not-audio",
        "pipe.mp3": "not-a-regular-file",
        "socket.mp3": "not-a-regular-file",
        "text.mp3": "not-audio",
        "noise.flac": "not-audio",
        "head.mp3": "damaged",
        "head.flac": "damaged",
        "head.ogg": "damaged",
        "head.m4a": "damaged",
        "half.m4a": "damaged",
    }
    assert report["analysed"] == 8
    assert report["warnings"]["truncated"] == 3
    status = command_line.status()
    assert status["files"] == {"analysed": report["analysed"], "failed": len(report["failed"])}
    assert command_line.report(hostile)["unchanged"] == 19
    command_line.assert_sound()


@pytest.mark.slow
def test_names_that_are_no_text_can_be_shown_and_listed(command_line, tmp_path, whole_files):
    folder = tmp_path / "names"
    folder.mkdir()
    names = [b"\xff\xfe caf\xe9.flac", b"n" * 250 + b".flac", b"line\nbreak.flac", b"-dash.flac", b"\x1b[31mred.flac"]
    for name in names:
        shutil.copyfile(whole_files[1], os.path.join(os.fsencode(folder), name))
    command_line.import_here(folder)
    listed = command_line.run_here("list").stdout.splitlines()
    assert len(listed) == len(names)
    for name in (r"\xff\xfe caf\xe9.flac", r"line\nbreak.flac", r"\x1b[31mred.flac"):
        assert any(line.endswith(f"/{name}]") for line in listed)
    for name in names:
        shown = command_line.run_here("show", os.fsdecode(os.path.join(os.fsencode(folder), name)))
        assert "flac in flac" in shown.stdout


@pytest.mark.slow
def test_a_library_inside_the_music_folder_is_not_taken_for_music(command_line, make_folder):
    folder = make_folder(4)
    command_line.library = folder / "library.mp3"
    assert command_line.report(folder)["analysed"] == 4
    again = command_line.report("--retry-failed", folder)
    assert (again["unchanged"], again["failed"], again["analysed"]) == (4, [], 0)
    (folder / "link.mp3").symlink_to(command_line.library)
    (folder / "hard link.mp3").hardlink_to(command_line.library)
    assert command_line.report("--retry-failed", folder)["failed"] == []
    command_line.assert_sound()


@pytest.fixture
def may_not_read_all(command_line, tmp_path):
    """Take root's right to read everything from the command line, if it has it."""
    if os.geteuid() == 0:
        command_line.before = (sys.executable, str(HOSTS / "without_privileges.py"))
    closed = tmp_path / "closed"
    closed.touch(0)
    probe = [*command_line.before, sys.executable, "-c", f"open({str(closed)!r})"]
    if b"PermissionError" not in subprocess.run(probe, capture_output=True, check=False).stderr:
        pytest.skip("this user may read everything, and cannot give that up")


@pytest.mark.slow
def test_what_may_not_be_read_is_named_and_tried_again_when_it_may(command_line, tmp_path, pieces, may_not_read_all):
    music = tmp_path / "music"
    for name in ("open", "closed"):
        (music / name).mkdir(parents=True)
        shutil.copyfile(pieces[0], music / name / "fine.flac")
    secret = music / "open" / "secret.flac"
    shutil.copyfile(pieces[0], secret)
    secret.chmod(0)
    (music / "closed").chmod(0)

    report = command_line.report(music, expect=1)
    assert [(failed["code"], failed["new"]) for failed in report["failed"]] == [("permission-denied", True)]
    assert [(problem["code"], problem["path"]) for problem in report["problems"]] == [
        ("folder-unreadable", str(music / "closed"))
    ]
    assert report["analysed"] == 1

    (music / "closed").chmod(0o700)
    secret.chmod(0o600)
    healed = command_line.report(music)
    assert (healed["analysed"], healed["failed"], healed["problems"]) == (2, [], [])

    (music / "closed").chmod(0)
    unreadable = command_line.report(music)
    (music / "closed").chmod(0o700)
    assert [problem["code"] for problem in unreadable["problems"]] == ["folder-unreadable"]
    assert (unreadable["missing"], command_line.status()["missing"]) == (0, 0)


@pytest.mark.slow
def test_tags_that_steer_terminals_or_span_lines_are_shown_as_escapes(command_line, tmp_path, pieces):
    folder = tmp_path / "music"
    folder.mkdir()
    shutil.copyfile(pieces[0], folder / "odd.flac")
    write_tags(folder / "odd.flac", Tags(title="Two\nLines", artist_credit="\x1b[31mRed", album="\u30ab\u3000\u30e1"))
    command_line.import_here(folder)
    (line,) = command_line.run_here("list").stdout.splitlines()
    assert r"~\x1b[31mRed - ~Two\nLines (~" in line
    assert "\x1b" not in line + command_line.run_here("show", folder / "odd.flac").stdout
    assert "\u30ab\u3000\u30e1" in line


@pytest.mark.slow
def test_every_odd_file_ends_as_an_analysis_or_an_explained_reject(command_line, odd_files):
    before = fingerprints(odd_files)
    done = command_line.start("import", "--json", "--quiet", odd_files)
    printed, said = done.communicate(timeout=600)
    report = json.loads(printed)
    assert (done.returncode, said) == (1, "")
    assert fingerprints(odd_files) == before
    assert_every_reject_is_explained(report)
    assert report["state"] == "completed"
    assert report["analysed"] > 0
    assert command_line.status()["files"] == {"analysed": report["analysed"], "failed": len(report["failed"])}
    assert command_line.report(odd_files)["unchanged"] == report["analysed"] + len(report["failed"])
    command_line.assert_sound()
