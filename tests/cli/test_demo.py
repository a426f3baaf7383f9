"""``passagework demo``: a person's first minute with the program."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from passagework.cli.group import cli
from passagework.config.layers import CONFIG_FILE_VARIABLE
from passagework.demo import DemoFolderError

pytestmark = pytest.mark.slow

FEW = ("--quiet", "--set", 'scan.include=["Odds and Ends/[NS]*"]')
"""Import only what takes little time."""


@pytest.fixture(scope="session")
def first(demo, tmp_path_factory):
    """Give a demo folder that lacks a file and was completed and imported by the command, and what that said."""
    folder = tmp_path_factory.mktemp("cli-demo") / "my music"
    shutil.copytree(demo.folder, folder)
    (folder / "README.txt").unlink()
    return folder, CliRunner().invoke(cli, ["demo", "--quiet", str(folder)])


@pytest.fixture
def folder(demo, tmp_path):
    """Give a demo folder of one's own that has not been imported."""
    return Path(shutil.copytree(demo.folder, tmp_path / "demo"))


def test_the_demo_is_made_and_imported_and_its_refused_files_are_no_defect(first):
    folder, done = first
    assert done.exit_code == 0, done.output
    assert f"1 file created in {folder}" in done.output
    assert (folder / "README.txt").exists()
    assert "15 files analysed" in done.output
    assert "not-audio" in done.output
    assert "the 2 failures are expected in the demo" in done.output
    assert "not part of the demo" not in done.output


def test_everything_that_it_says_to_try_next_works(first, run, tmp_path, monkeypatch):
    _, done = first
    monkeypatch.chdir(tmp_path)
    lines = [shlex.split(line) for line in done.output.splitlines() if line.startswith("  passagework ")]
    commands = {words[1]: words[2:] for words in lines}
    assert list(commands) == ["list", "show", "plot", "similar", "demo"]
    del commands["demo"]
    outputs = {command: run(command, *arguments).output for command, arguments in commands.items()}
    assert len(outputs["list"].splitlines()) == 19
    assert "Attic Finds" in outputs["show"]
    assert outputs["plot"] == "wrote Side A.svg\n"
    assert outputs["similar"].count("alike in") == 3


def test_a_second_time_nothing_is_made_or_analysed_again_and_that_is_said(first, run):
    folder, _ = first
    done = run("demo", "--quiet", folder)
    assert f"nothing to create: {folder} is complete" in done.output
    assert "0 files analysed" in done.output
    assert "nothing was analysed again" in done.output
    status = json.loads(run("status", "--json", "--library", folder / "demo.passages").output)
    assert status["files"] == {"analysed": 15, "failed": 2}


def test_a_failure_that_is_not_part_of_the_demo_counts(folder, run):
    (folder / "Odds and Ends" / "Stray.mp3").write_bytes(b"")
    done = run("demo", *FEW, folder, expect=1)
    assert f"this failure is not part of the demo: {folder}/Odds and Ends/Stray.mp3" in done.output
    assert "are expected in the demo" not in done.output
    assert "try next" not in done.output


def test_a_file_of_the_demo_that_fails_for_another_reason_counts(folder, run):
    (folder / "Odds and Ends" / "Nothing.ogg").write_text("something")
    done = run("demo", *FEW, folder, expect=1)
    assert f"not part of the demo: {folder}/Odds and Ends/Nothing.ogg" in done.output


def test_the_library_of_the_usual_configuration_is_left_alone(folder, run, tmp_path, monkeypatch):
    config = tmp_path / "usual.toml"
    config.write_text('library.path = "real.passages"\n')
    monkeypatch.setenv(CONFIG_FILE_VARIABLE, str(config))
    run("demo", *FEW, folder)
    assert (folder / "demo.passages").exists()
    assert not (tmp_path / "real.passages").exists()


@pytest.mark.parametrize("how", ["--library", "--config", "--set"])
def test_a_library_that_is_named_on_the_command_line_is_used(folder, run, tmp_path, how):
    library = tmp_path / "named.passages"
    config = tmp_path / "named.toml"
    config.write_text('library.path = "named.passages"\n')
    value = {"--library": library, "--config": config, "--set": f"library.path={library}"}[how]
    done = run("demo", *FEW, how, value, folder)
    assert library.exists()
    assert not (folder / "demo.passages").exists()
    assert "named.passages" in done.output.partition("try next")[2]


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(run, tmp_path):
    (tmp_path / "letter.txt").write_text("dear reader")
    done = run("demo", "--quiet", tmp_path, expect=1)
    assert isinstance(done.exception, DemoFolderError)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
