"""``passagework doctor``: what an import needs, seen without changing anything."""

import os
import resource
import shutil
import sys

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.config.places import default_library
from passagework.persistence.file import network_mount
from tests.support.damage import OF_THE_FILE, Victim, fingerprints

ALL = (
    *("configuration", "Python", "packages", "SQLite", "decoders", "trained nets", "worker process", "open files"),
    "library",
)


@pytest.fixture
def findings(run):
    """Give a function that runs the command and gives each finding as (mark, detail) by what was looked at."""

    def findings(*options, expect=0):
        lines = run("doctor", *options, expect=expect).output.splitlines()
        found = {}
        for line in lines:
            what, _, detail = line[6:].partition(": ")
            found[what] = (line[:6].strip(), detail)
        return found

    return findings


@pytest.fixture
def quick(monkeypatch):
    """Leave out the worker process, which takes longer than everything else."""
    monkeypatch.setattr("passagework.doctor.checks._executor", lambda _settings: _OK)


class _OK:
    what, ok, detail = "worker process", True, ""


@pytest.mark.slow
def test_a_machine_that_can_import_is_in_order_and_nothing_is_made(findings):
    found = findings()
    assert set(ALL) < set(found)
    assert all(mark == "ok" for mark, _ in found.values())
    assert "numpy" in found["packages"][1]
    assert "does not exist yet" in found["library"][1]
    assert not default_library().parent.exists()
    if sys.platform == "linux":
        assert "; workers are confined by " in found["worker process"][1]


def test_an_executor_in_the_importing_process_is_said_not_to_be_confined(findings):
    detail = findings("--set", "analysis.executor=inline")["executor inline"][1]
    assert "inside programs of the host, which are not confined" in detail


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_found(findings, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    mark, detail = findings(expect=3)["worker process"]
    assert mark == "FAIL"
    assert "could not analyse a tone; it does not start" in detail


@pytest.mark.slow
def test_unusual_rules_for_music_are_no_illness(findings):
    assert findings("--set", "segmentation.silence_drop=1")["worker process"][0] == "ok"


@pytest.mark.slow
def test_an_analysis_that_finds_something_else_in_a_tone_is_found(findings, monkeypatch):
    monkeypatch.setattr("passagework.doctor.checks._TONE_SAMPLES", 0)
    mark, detail = findings(expect=3)["worker process"]
    assert mark == "FAIL"
    assert "could not analyse a tone" in detail


@pytest.mark.usefixtures("quick")
def test_a_library_is_looked_at_and_left_as_it_is(findings, small_library):
    before = {path.name: path.stat().st_mtime_ns for path in small_library.path.parent.iterdir()}
    mark, detail = findings("--library", small_library.path)["library"]
    assert (mark, detail) == ("ok", f"{small_library.path}: 3 files, 2 passages")
    assert {path.name: path.stat().st_mtime_ns for path in small_library.path.parent.iterdir()} == before


@pytest.mark.usefixtures("quick")
def test_a_damaged_library_is_found_and_left_as_it_is(findings, small_library, tmp_path):
    library = tmp_path / "music.passages"
    shutil.copyfile(small_library.path, library)
    OF_THE_FILE["page of index file_folder zeroed"](Victim(library))
    before = fingerprints(tmp_path)
    mark, detail = findings("--library", library, expect=3)["library"]
    assert mark == "FAIL"
    assert f"the library {library} is damaged; it was left as it is. Found: " in detail
    assert 'then run "passagework check"' in detail
    assert fingerprints(tmp_path) == before


@pytest.mark.usefixtures("quick")
def test_who_holds_a_library_is_said(findings, tmp_path):
    library = tmp_path / "held.passages"
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor):
        mark, detail = findings("--library", library)["library"]
    assert mark == "ok"
    assert "in use by this process on " in detail
    assert "in use" not in findings("--library", library)["library"][1]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("content", "says"), [(b"shopping list" * 99, "is not a passage library"), (b"", "is empty so far")]
)
def test_a_file_that_is_no_library_is_found_and_left_as_it_is(findings, tmp_path, content, says):
    library = tmp_path / "list.txt"
    library.write_bytes(content)
    mark, detail = findings("--library", library, expect=3)["library"]
    assert mark == "FAIL"
    assert says in detail
    assert library.read_bytes() == content


@pytest.mark.usefixtures("quick")
def test_a_library_in_a_folder_that_cannot_be_made_is_found(findings, tmp_path):
    (tmp_path / "file").write_text("")
    mark, detail = findings("--library", tmp_path / "file" / "new.passages", expect=3)["library"]
    assert mark == "FAIL"
    assert "cannot be created" in detail


@pytest.mark.usefixtures("quick")
def test_a_library_on_a_network_file_system_is_found(findings, tmp_path, monkeypatch):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"36 35 98:0 / {tmp_path} rw - nfs4 server:/music rw\n")
    monkeypatch.setattr(network_mount, "MOUNTS", mounts)
    mark, detail = findings("--library", tmp_path / "new.passages", expect=3)["library's disk"]
    assert mark == "FAIL"
    assert "nfs4" in detail


@pytest.mark.usefixtures("quick")
def test_roots_that_are_missing_empty_or_files_are_found(findings, tmp_path, music_folder):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    names = ("missing", "empty", "file")
    roots = ", ".join(f'"{path}"' for path in (music_folder, *(tmp_path / name for name in names)))
    found = findings("--set", f"scan.roots=[{roots}]", expect=3)
    assert found[f"folder {music_folder}"] == ("ok", "readable")
    assert [found[f"folder {tmp_path / name}"][0] for name in names] == ["FAIL"] * 3
    assert "No such file" in found[f"folder {tmp_path / 'missing'}"][1]
    assert "mounted?" in found[f"folder {tmp_path / 'empty'}"][1]
    assert "Not a directory" in found[f"folder {tmp_path / 'file'}"][1]


@pytest.mark.usefixtures("quick")
def test_a_folder_with_a_profile_that_is_not_there_is_found(findings, tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(
        f"""[[scan.folders]]
path = "{tmp_path}"
profile = "live"
[[scan.folders]]
path = "{tmp_path}/recrods"
profile = "vinyl"
"""
    )
    found = findings("--config", file, expect=3)
    assert {what: mark for what, (mark, _) in found.items() if what.startswith("scan.folders")} == {
        f"scan.folders {tmp_path}/recrods": "FAIL"
    }
    assert "profile vinyl" in found[f"scan.folders {tmp_path}/recrods"][1]


@pytest.mark.usefixtures("quick")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_root_that_may_not_be_read_is_found(findings, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    mark, detail = findings("--set", f'scan.roots=["{closed}"]', expect=3)[f"folder {closed}"]
    assert mark == "FAIL"
    assert "Permission denied" in detail


@pytest.mark.usefixtures("quick")
def test_too_few_open_files_for_the_workers_are_found(findings):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    try:
        found = findings("--set", "analysis.workers=256", expect=3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found["open files"] == ("FAIL", "at most 1024, but 256 workers may need 2112; raise it (ulimit -n 2112)")


@pytest.mark.usefixtures("quick")
def test_missing_decoders_and_packages_are_named(findings, monkeypatch):
    monkeypatch.setattr("passagework.doctor.checks.NEEDED_DECODERS", ("flac", "wax-cylinder"))
    monkeypatch.setattr(
        "passagework.doctor.checks.requires", lambda _name: ["click>=8", "no-such-thing ; python_version>'3'"]
    )
    found = findings(expect=3)
    assert found["decoders"] == ("FAIL", "this build of FFmpeg lacks wax-cylinder; reinstall av")
    assert found["packages"] == ("FAIL", "no-such-thing not installed; install passagework again")


@pytest.mark.usefixtures("quick")
def test_a_second_decoder_that_cannot_be_loaded_is_named(findings, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert findings(expect=3)["decoders"] == ("FAIL", "libsndfile cannot be loaded; reinstall soundfile")


@pytest.mark.usefixtures("quick")
def test_nets_that_are_not_installed_are_no_fault_and_the_command_for_them_is_named(findings, monkeypatch):
    monkeypatch.setattr("passagework.audio.flavor.model_files._PACKAGE", "no-such-package")
    mark, detail = findings()["trained nets"]
    assert mark == "ok"
    assert detail.endswith("to have it: python -m pip install --no-deps musicnn==0.1.0")


@pytest.mark.usefixtures("quick")
def test_nets_that_are_damaged_are_a_fault(findings, monkeypatch):
    if findings()["trained nets"][1].startswith("the package"):
        pytest.skip("musicnn is not installed")
    monkeypatch.setattr("passagework.audio.flavor.model_files._MODELS", ("MSD_musicnn", "lost"))
    mark, detail = findings(expect=3)["trained nets"]
    assert mark == "FAIL"
    assert "cannot be read" in detail


@pytest.mark.usefixtures("quick")
def test_the_room_on_the_disk_is_compared_with_what_a_library_takes(findings, monkeypatch):
    monkeypatch.setattr("passagework.doctor.library._LEAST_ROOM_MB", 2**40)
    assert findings(expect=3)["library's disk"][0] == "FAIL"


def test_temporary_files_that_cannot_be_made_are_found(findings, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    mark, detail = findings(expect=3)["worker process"]
    assert mark == "FAIL"
    assert "set TMPDIR to another folder" in detail


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("there", [True, False])
def test_a_file_of_somebody_else_where_the_lock_file_belongs_is_found(run, small_library, tmp_path, there):
    library = tmp_path / "music"
    if there:
        shutil.copyfile(small_library.path, library)
    (tmp_path / "music.lock").write_text("[[package]]")
    said = run("doctor", "--library", library, expect=3).output
    assert f"FAIL  library: {tmp_path / 'music.lock'} is not the lock file of a library" in said
    assert (tmp_path / "music.lock").read_text() == "[[package]]"
