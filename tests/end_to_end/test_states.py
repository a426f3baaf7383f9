"""What leaves lists and exports without being deleted, and what is held by a guard."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from passagework.cli.group import cli
from tests.end_to_end.conftest import COMMAND


@pytest.fixture
def tree(pieces, tmp_path):
    """Give a tree of three folders, each with two files."""
    root = tmp_path / "tree"
    for name in ("music", "podcasts", "memos"):
        (root / name).mkdir(parents=True)
        for piece in pieces[:2]:
            shutil.copyfile(piece, root / name / piece.name)
    return root


def folders_listed(command_line, *words):
    """Return the folders of the passages of the list, each once."""
    done = command_line.run_here("list", "--json", *words)
    return {os.path.basename(os.path.dirname(json.loads(line)["path"])) for line in done.stdout.splitlines()}


def folders_exported(command_line):
    done = CliRunner().invoke(cli, ["export", "json", "--library", str(command_line.library), "-"])
    assert done.exit_code == 0, done.output
    return {os.path.basename(os.path.dirname(json.loads(line)["path"])) for line in done.stdout.splitlines()}


@pytest.mark.slow
def test_what_is_excluded_leaves_lists_and_exports_is_not_missing_and_comes_back(command_line, tree):
    command_line.import_here(tree)
    (tree / "memos" / ".nomedia").touch()
    rules = ("--set", "scan.exclude=podcasts")
    report = command_line.report(tree, *rules)
    assert (report["excluded"], report["missing"], report["analysed"]) == (4, 0, 0)
    assert folders_listed(command_line) == folders_exported(command_line) == {"music"}
    assert folders_listed(command_line, "--all") == {"music", "podcasts", "memos"}
    status = command_line.status()
    assert (status["excluded"], status["missing"]) == (4, 0)
    told = [json.loads(line) for line in command_line.run_here("list", "--all", "--json", "memos").stdout.splitlines()]
    assert {(one["playable"], *one["not_playable_because"]) for one in told} == {(False, "excluded")}
    assert "  no play excluded: " in command_line.run_here("show", told[0]["guid"]).stdout
    # What is excluded is excluded once, and one that is gone with its folder is missing.
    shutil.rmtree(tree / "memos")
    report = command_line.report(tree, *rules)
    assert (report["excluded"], report["missing"]) == (0, 2)
    assert command_line.report(tree)["analysed"] == 0
    assert folders_listed(command_line) == folders_exported(command_line) == {"music", "podcasts"}


@pytest.mark.slow
def test_undo_puts_back_what_a_run_excluded(command_line, tree):
    command_line.import_here(tree)
    run = command_line.report(tree, "--set", "scan.include=music/*")["run"]
    assert folders_listed(command_line) == {"music"}
    command_line.run_here("undo", run)
    assert folders_listed(command_line) == {"music", "podcasts", "memos"}


@pytest.mark.slow
def test_disks_that_are_not_there_below_a_root_are_told_and_their_files_are_as_last_seen(command_line, tree, tmp_path):
    disk = tmp_path / "disk"
    (tree / "podcasts").rename(disk)
    (tree / "podcasts").symlink_to(disk)
    command_line.import_here(tree)
    disk.rename(tmp_path / "unplugged")
    (tree / "memos").rename(tmp_path / "elsewhere")
    (tree / "memos").mkdir()
    (tree / "music" / "flac.flac").unlink()
    for _ in range(2):
        report = command_line.report(tree, expect=4)
        assert {(os.path.basename(one["path"]), one["code"]) for one in report["problems"]} == {
            ("podcasts", "link-dangling"),
            ("memos", "folder-not-mounted"),
        }
        assert command_line.status()["missing"] == 1
        assert folders_exported(command_line) == {"music", "podcasts", "memos"}
    (tmp_path / "unplugged").rename(disk)
    (tree / "memos").rmdir()
    (tmp_path / "elsewhere").rename(tree / "memos")
    report = command_line.report(tree)
    assert (report["problems"], report["analysed"], report["missing"]) == ([], 0, 0)


MOUNTED = """
import json, os, subprocess, sys
root, import_it = sys.argv[1], json.loads(sys.argv[2])
def run(*words, code=0):
    done = subprocess.run(words, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (words, done.returncode)
disk = os.path.join(root, "disk")
run("mount", *{"tmpfs": ("-t", "tmpfs", "none"), "bind": ("--bind", root + ".other")}[sys.argv[3]], disk)
run("cp", "-rp", os.path.join(root, "music"), disk)
run(*import_it)
run("umount", disk)
open(os.path.join(disk, "README"), "w").close() if sys.argv[4] == "marked" else None
run(*import_it, code=4)
run(*import_it, code=4)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "below"), [("tmpfs", "empty"), ("bind", "marked")])
def test_what_was_on_a_file_system_that_is_not_mounted_now_is_as_last_seen(command_line, tree, kind, below):
    can = ("unshare", "--mount", "--user", "--map-root-user", "mount", "-t", "tmpfs", "none", str(tree / "podcasts"))
    if shutil.which("unshare") is None or subprocess.run(can, capture_output=True, check=False).returncode:
        pytest.skip("needs unshare, and to be allowed to mount")
    (tree / "disk").mkdir()
    tree.with_name("tree.other").mkdir()
    importing = [*COMMAND, "import", "--library", str(command_line.library), "--quiet", str(tree)]
    unshared = ("unshare", "--mount", "--user", "--map-root-user", sys.executable, "-c", MOUNTED)
    words = (*unshared, str(tree), json.dumps(importing), kind, below)
    done = subprocess.run(words, capture_output=True, text=True, env=command_line.environment, check=False)
    assert done.returncode == 0, done.stderr
    assert command_line.status()["missing"] == 0
    listed = command_line.run_here("list", "--json", "disk").stdout.splitlines()
    assert len(listed) == 2
