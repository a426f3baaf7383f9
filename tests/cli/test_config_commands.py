import stat

import pytest

from passagework.config.settings import load_settings
from passagework.domain.errors import ConfigError, OutputFileError


def test_check_says_that_all_is_well_and_names_the_hash(run):
    assert run("config", "check").output.startswith("ok: no file, defaults (effective hash ")


def test_check_names_key_place_and_suggestion_of_what_is_wrong(run, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("[analysis]\nworker = 2\n")
    error = run("config", "check", "--config", file, expect=1).exception
    assert isinstance(error, ConfigError)
    assert "analysis.worker" in str(error)
    assert "own.toml" in str(error)
    assert "workers" in str(error)


def test_what_show_prints_gives_the_same_settings_when_it_is_read_back(run, tmp_path):
    file = tmp_path / "shown.toml"
    file.write_text(run("config", "show", "--profile", "vinyl", "--set", "analysis.workers=3").output)
    shown = load_settings(file)
    assert shown.analysis.workers == 3
    assert shown == load_settings(profile="vinyl", overrides={"analysis.workers": "3"})


def test_init_writes_a_file_that_check_accepts_and_never_overwrites_one(run, tmp_path):
    file = tmp_path / "new" / "own.toml"
    assert run("config", "init", file).output == f"wrote {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("config", "check", "--config", file).output.startswith(f"ok: {file} ")
    before = file.read_bytes()
    assert isinstance(run("config", "init", file, expect=1).exception, OutputFileError)
    assert file.read_bytes() == before


@pytest.mark.parametrize("command", [["config", "check"], ["config", "show"], ["status"], ["import", "/music"]])
def test_a_setting_without_a_value_is_refused_with_an_example(run, command):
    error = run(*command, "--set", "analysis.workers", expect=1).exception
    assert isinstance(error, ConfigError)
    assert "analysis.workers=2" in str(error)


def test_a_log_file_that_cannot_be_written_is_an_error_of_the_configuration(run, tmp_path):
    (tmp_path / "file").touch()
    error = run("import", tmp_path, "--set", f"log.file={tmp_path / 'file' / 'log'}", expect=1).exception
    assert isinstance(error, ConfigError)
    assert "log.file" in str(error)
