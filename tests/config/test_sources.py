"""Where settings come from, and which source wins."""

from pathlib import Path

import pytest

from passagework.config.places import default_config_file, default_library, usable_cores
from passagework.config.settings import Settings, load_settings, resolve
from passagework.domain.errors import ConfigError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "PASSAGEWORK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "here.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_each_source_wins_over_the_one_before_it(config):
    path = config("[segmentation]\nshortest_gap = 4.0\nshortest_sound = 0.5\ntrim = false\n")
    environ = {"PASSAGEWORK_SEGMENTATION__SHORTEST_SOUND": "0.6", "PASSAGEWORK_SEGMENTATION__TRIM": "true"}
    settings = load_settings(path, {"segmentation.trim": "false"}, profile="vinyl", environ=environ)
    cut = settings.segmentation
    assert cut.shortest_passage == 30.0, "the profile wins over the default"
    assert cut.shortest_gap == 4.0, "the file wins over the profile"
    assert cut.shortest_sound == 0.6, "the environment wins over the file"
    assert cut.trim is False, "the command line wins over the environment"


def test_every_value_knows_the_place_it_comes_from(config):
    path = config("# mine\nprofile = 'vinyl'\n\n[scan]\nroots = [\n  'a',\n]\n[analysis]\nworkers = 2\n")
    environ = {"PASSAGEWORK_LOG__LEVEL": "debug"}
    sources = resolve(path, {"session.credits": "200"}, environ=environ).sources
    assert sources["profile"] == f"{path}:2"
    assert sources["scan.roots"] == f"{path}:5"
    assert sources["analysis.workers"] == f"{path}:9"
    assert sources["log.level"] == "PASSAGEWORK_LOG__LEVEL"
    assert sources["session.credits"] == "--set session.credits=200"
    assert sources["segmentation.shortest_gap"] == "profile vinyl"
    assert sources["link.enabled"] == "default"


def test_the_place_is_right_for_dotted_keys_inline_tables_and_windows_line_ends(tmp_path):
    path = tmp_path / "odd.toml"
    path.write_bytes(
        b'scan.hidden = true\r\nlog = { level = "error",\r\n  format = "json" }\r\n'.replace(b",\r\n ", b",")
    )
    sources = resolve(path, environ={}).sources
    assert sources["scan.hidden"] == f"{path}:1"
    assert sources["log.format"] == f"{path}:2"


@pytest.mark.parametrize(
    ("name", "where"),
    [("argument", {}), ("variable", {"PASSAGEWORK_PROFILE": "radio"}), ("override", {}), ("file", {})],
)
def test_a_profile_can_be_chosen_by_every_source(config, name, where):
    path = config('profile = "radio"' if name == "file" else "")
    settings = load_settings(
        path,
        {"profile": "radio"} if name == "override" else {},
        profile="radio" if name == "argument" else None,
        environ=where,
    )
    assert settings.profile == "radio"
    assert settings.analysis.workers == 1


def test_a_profile_of_the_file_can_be_taken_back(config):
    settings = load_settings(config('profile = "radio"'), profile="none", environ={})
    assert settings == Settings()


def test_relative_paths_of_a_file_start_at_its_folder(config, tmp_path):
    settings = load_settings(
        config('[library]\npath = "lib/x.passages"\n[scan]\nroots = ["music", "/abs"]'), environ={}
    )
    assert settings.library.path == tmp_path / "lib" / "x.passages"
    assert settings.scan.roots == (tmp_path / "music", Path("/abs"))


def test_relative_paths_of_environment_and_command_line_start_where_we_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings(
        Path("/dev/null"), {"library.path": "x.passages"}, environ={"PASSAGEWORK_SCAN__ROOTS": "one:two"}
    )
    assert settings.library.path == tmp_path / "x.passages"
    assert settings.scan.roots == (tmp_path / "one", tmp_path / "two")


def test_a_tilde_is_the_home_folder(home, config):
    settings = load_settings(config('[log]\nfile = "~/x.log"'), environ={})
    assert settings.log.file == home / "x.log"


def test_lists_from_the_command_line_are_toml_or_one_text():
    settings = load_settings(
        Path("/dev/null"), {"scan.include": '["*.flac", "*.wav"]', "scan.exclude": "*.bak"}, environ={}
    )
    assert settings.scan.include == ("*.flac", "*.wav")
    assert settings.scan.exclude == ("*.bak",)


def test_whole_numbers_are_taken_for_fractions_and_stay_equal(config):
    assert load_settings(config("[segmentation]\nsilence_drop = 60"), environ={}) == Settings()


def test_the_users_own_file_is_read_if_it_exists(home):
    assert load_settings(environ={}).analysis.workers == 0
    path = home / ".config" / "passagework" / "config.toml"
    assert default_config_file() == path
    path.parent.mkdir(parents=True)
    path.write_text("[analysis]\nworkers = 7\n")
    resolved = resolve(environ={})
    assert resolved.settings.analysis.workers == 7
    assert resolved.file == path


def test_the_environment_can_name_the_file(config, home):
    path = config("[analysis]\nworkers = 5\n")
    assert path.parent == home
    assert load_settings(environ={"PASSAGEWORK_CONFIG": "~/here.toml"}).analysis.workers == 5


def test_a_file_that_was_named_must_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.toml: there is no such file"):
        load_settings(tmp_path / "nowhere.toml", environ={})


def test_the_library_lies_in_the_users_data_folder(home, monkeypatch):
    assert default_library() == home / ".local" / "share" / "passagework" / "library.passages"
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "elsewhere"))
    assert Settings().library.path == home / "elsewhere" / "passagework" / "library.passages"


def test_foreign_variables_with_the_prefix_are_left_alone():
    environ = {"PASSAGEWORK_MUSIC": "/m", "PASSAGEWORK": "x", "OTHER__KEY": "y"}
    assert load_settings(Path("/dev/null"), environ=environ) == Settings()


def test_zero_workers_means_every_core_this_process_may_use(tmp_path):
    quota = tmp_path / "cpu.max"
    everything = usable_cores(tmp_path / "absent")
    assert everything >= 1
    quota.write_text("50000 100000\n")
    assert usable_cores(quota) == 1
    quota.write_text("max 100000\n")
    assert usable_cores(quota) == everything
    quota.write_text("100000000 100000\n")
    assert usable_cores(quota) == everything
    assert load_settings(Path("/dev/null"), environ={}).analysis.worker_count >= 1
    assert load_settings(Path("/dev/null"), {"analysis.workers": "3"}, environ={}).analysis.worker_count == 3


def test_a_path_that_is_not_utf_8_is_kept_byte_for_byte_and_shown_without_fail():
    settings = load_settings(Path("/dev/null"), {"library.path": "/m\udcff/x"}, environ={})
    assert settings.library.path == Path("/m\udcff/x")
    assert "/m?/x" in settings.model_dump_json().replace("\N{REPLACEMENT CHARACTER}", "?")
