"""Showing what is in force, writing a first file, and naming the settings that decide results."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.config.effective_hash import effective_hash
from passagework.config.problems import all_keys
from passagework.config.settings import Settings, load_settings, resolve
from passagework.config.toml_text import key_lines, toml_value
from passagework.config.writing import effective_toml, write_starter
from passagework.domain.errors import ConfigError, OutputFileError

DECIDING = {
    "scan.include": '["*.mp3"]',
    "scan.exclude": '["*.bak"]',
    "scan.follow_symlinks": "false",
    "scan.hidden": "true",
    "scan.video": "true",
    "scan.folders": '[{path = "/tapes", profile = "cassette"}]',
    "analysis.true_peak": "false",
    "analysis.fingerprint": "false",
    "flavor.level": "full",
    "extensions.measures": '["crest==1.0"]',
    "extensions.evidence": '["titles-file"]',
    "segmentation.silence_drop": "50",
    "segmentation.shortest_gap": "2.5",
    "segmentation.shortest_sound": "0.4",
    "segmentation.shortest_passage": "11",
    "segmentation.trim": "false",
    "cues.lead_drop": "11",
    "cues.quick_ramp": "0.3",
    "cues.longest_lead": "14",
    "tags.artist_delimiters": '["; "]',
    "tags.artist_exceptions": '["A/B"]',
    "link.enabled": "false",
    "identification.works": "true",
    "acoustid.enabled": "false",
    "acoustid.url": "https://acoustid.example",
    "musicbrainz.enabled": "false",
    "musicbrainz.url": "https://mirror.example",
    "musicbrainz.path": "/musicbrainz/ws/2",
    "musicbrainz.search": "false",
}
NOT_DECIDING = {
    "play.song_cooldown": "60",
    "play.song_ramp": "61",
    "play.artist_cooldown": "62",
    "play.artist_ramp": "63",
    "play.work_cooldown": "64",
    "play.work_ramp": "65",
    "play.target_lufs": "-23.0",
    "analysis.executor": "inline",
    "analysis.roots": '{"/music" = "/mnt/music"}',
    "library.path": "/other.passages",
    "library.replicated": True,
    "library.check": "off",
    "library.keep_runs": "7",
    "library.socket": False,
    "library.synchronous": "normal",
    "scan.refresh": "idle",
    "scan.roots": '["/music"]',
    "scan.every": "1h",
    "scan.at": "03:00",
    "watch.follow": "poll",
    "watch.debounce_seconds": "3",
    "watch.rest_seconds": "11",
    "watch.poll_seconds": "60",
    "analysis.workers": "3",
    "analysis.priority": "low",
    "analysis.memory_mb": "2000",
    "analysis.deadline_seconds": "61",
    "analysis.deadline_factor": "0.5",
    "identification.answers_days": "10",
    "identification.no_match_days": "3",
    "identification.gate_folder": "/gates",
    "acoustid.key": "secret-of-mine",
    "acoustid.batch": "5",
    "acoustid.per_second": "1",
    "acoustid.timeout_seconds": "5",
    "musicbrainz.per_second": "0.5",
    "musicbrainz.contact": "me@example.org",
    "musicbrainz.timeout_seconds": "5",
    "batch.linger_ms": "0",
    "batch.max_files": "10",
    "batch.max_bytes_mb": "8",
    "loudness.mono": "copied",
    "duplicates.leave_out": "audio",
    "extensions.listeners": '["finished-log"]',
    "session.credits": "200",
    "session.max_attempts": "4",
    "log.level": "debug",
    "log.format": "json",
    "log.file": "/x.log",
    "serve.host": "127.0.0.2",
    "serve.port": "5724",
    "serve.socket": "/run/passagework.socket",
    "serve.socket_mode": "660",
    "serve.hosts": '["music.example.org"]',
    "serve.token_file": "/var/lib/token",
    "serve.connections": "20",
    "serve.streams": "5",
    "serve.access_log": "false",
}


@pytest.fixture
def empty(tmp_path):
    path = tmp_path / "empty.toml"
    path.touch()
    return path


def test_what_is_shown_reads_back_as_the_same_settings(tmp_path, empty):
    overrides = {**DECIDING, **NOT_DECIDING, "scan.exclude": '["a\\"b", "c\\\\d", "\\u0001\\u007f", "ä"]'}
    resolved = resolve(empty, overrides, profile="archive", environ={})
    shown = tmp_path / "shown.toml"
    shown.write_text(effective_toml(resolved), encoding="utf-8")
    secrets = {"acoustid.key": NOT_DECIDING["acoustid.key"]}
    assert load_settings(shown, secrets, environ={}) == resolved.settings
    assert secrets["acoustid.key"] not in shown.read_text(encoding="utf-8")


def test_a_key_is_in_no_text_that_is_made_of_the_settings(tmp_path, empty):
    secret = "secret-of-mine"
    written = tmp_path / "config.toml"
    written.write_text(f'[acoustid]\nkey = "{secret}"\n')
    for resolved in (
        resolve(written, environ={}),
        resolve(empty, {"acoustid.key": secret}, environ={}),
        resolve(empty, environ={"PASSAGEWORK_ACOUSTID__KEY": secret}),
    ):
        settings = resolved.settings
        assert settings.acoustid.key.get_secret_value() == secret
        texts = (effective_toml(resolved), settings.model_dump_json(), repr(resolved), str(settings))
        assert not [text for text in texts if secret in text]
        assert "set, but not shown" in texts[0]


@pytest.mark.parametrize("line", ["key = 12345678", "key = secret12345678", 'key = ["12345678"]', "key = '12345678"])
def test_a_key_that_is_written_wrongly_is_not_repeated_in_the_error(tmp_path, line):
    written = tmp_path / "config.toml"
    written.write_text(f"[acoustid]\n{line}\n")
    with pytest.raises(ConfigError) as error:
        load_settings(written, environ={})
    assert "12345678" not in str(error.value)
    assert "key" in str(error.value)


def test_every_shown_value_has_its_source_behind_it(empty):
    empty.write_text("[log]\nlevel = 'debug'\n")
    text = effective_toml(resolve(empty, {"analysis.workers": "2"}, environ={"PASSAGEWORK_LINK__ENABLED": "false"}))
    assert f'level = "debug"  # {empty}:2\n' in text
    assert "workers = 2  # --set analysis.workers=2\n" in text
    assert "enabled = false  # PASSAGEWORK_LINK__ENABLED\n" in text
    assert 'synchronous = "full"  # default\n' in text


def test_the_first_file_explains_every_key_and_changes_nothing(tmp_path):
    path = write_starter(tmp_path / "new" / "config.toml")
    assert load_settings(path, environ={}) == Settings()
    text = path.read_text(encoding="utf-8")
    for key in all_keys(Settings):
        assert f"\n# {key.rpartition('.')[2]} = " in text
    assert key_lines(text).keys() == {(name,) for name in Settings.model_fields if name != "profile"}


def test_uncommenting_a_key_of_the_first_file_sets_it(tmp_path):
    path = write_starter(tmp_path / "config.toml")
    path.write_text(path.read_text(encoding="utf-8").replace("# linger_ms = 500", "linger_ms = 7"), encoding="utf-8")
    assert load_settings(path, environ={}).batch.linger_ms == 7


def test_the_first_file_is_never_written_over_another(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(OutputFileError, match=r"config\.toml: exists and was not changed"):
        write_starter(path)
    assert path.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputFileError, match="file"):
        write_starter(tmp_path / "file" / "config.toml")
    with pytest.raises(OutputFileError, match="cannot be written"):
        write_starter(tmp_path / ("x" * 300))


def test_the_first_file_lies_where_it_is_read_from(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(environ={}).file is None
    path = write_starter()
    assert resolve(environ={}).file == path


def test_the_hash_lists_cover_every_key():
    assert {*DECIDING, *NOT_DECIDING, "profile"} == set(all_keys(Settings))


@pytest.mark.parametrize("key", DECIDING)
def test_the_hash_changes_with_a_value_that_decides_results(empty, key):
    changed = load_settings(empty, {key: DECIDING[key]}, environ={})
    assert effective_hash(changed) != effective_hash(Settings())


@pytest.mark.parametrize("key", NOT_DECIDING)
def test_the_hash_stays_with_a_value_that_decides_only_how(empty, key):
    changed = load_settings(empty, {key: NOT_DECIDING[key]}, environ={})
    assert changed != Settings()
    assert effective_hash(changed) == effective_hash(Settings())


def test_the_hash_does_not_depend_on_the_order_or_the_spelling_of_keys(empty):
    empty.write_text("[cues]\nlead_drop = 11\nlongest_lead = 14.0\n[segmentation]\nshortest_gap = 2\n")
    one = load_settings(empty, environ={})
    empty.write_text("segmentation.shortest_gap = 2.0\ncues = {longest_lead = 14, lead_drop = 11.0}\n")
    two = load_settings(empty, environ={})
    assert effective_hash(one) == effective_hash(two)
    assert len(effective_hash(one)) == 32


def test_the_hash_is_the_same_for_a_profile_and_for_its_values_written_out(empty, tmp_path):
    profile = resolve(empty, profile="vinyl", environ={})
    written = tmp_path / "written.toml"
    written.write_text(effective_toml(profile).replace('profile = "vinyl"', 'profile = "none"'))
    assert effective_hash(load_settings(written, environ={})) == effective_hash(profile.settings)


@given(
    st.one_of(
        st.text(st.characters(codec="utf-8")),
        st.integers(),
        st.booleans(),
        st.lists(st.text(st.characters(codec="utf-8"))),
    )
)
def test_every_value_is_written_as_toml_that_reads_back_equal(value):
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


_NAMES = st.sampled_from(["a", "b", '"c d"', "e.f", "g.'h i'"])
_VALUES = st.sampled_from(
    ["1", '"x = 2"', "[\n 1, # [not]\n 2,\n]", '"""\n[no]\ny = 1\n"""', "{ z = 1, w = [1] }", "'''\n# x\n'''"]
)


@given(
    st.lists(st.tuples(_NAMES, _VALUES, st.integers(0, 2)), unique_by=lambda item: item[0].split(".")[0], max_size=5)
)
def test_lines_are_right_whatever_stands_between(statements):
    lines, expected = ["[first]"], []
    for name, value, blanks in statements:
        lines += ["", '# a = [ " comment'][:blanks]
        expected.append(len(lines) + 1)
        lines += f"{name} = {value}".split("\n")
    found = key_lines("\n".join(lines))
    assert found.pop(("first",)) == 1
    assert sorted(found.values()) == expected


def test_places_are_plain_text_for_json(empty):
    json.dumps(dict(resolve(empty, environ={}).sources))


def test_settings_that_were_written_as_json_are_read_back_but_for_secrets(empty):
    given_values = {key: value for key, value in {**DECIDING, **NOT_DECIDING}.items() if key != "acoustid.key"}
    for settings in (load_settings(empty), load_settings(empty, overrides=given_values)):
        assert Settings.model_validate_json(settings.model_dump_json()) == settings
