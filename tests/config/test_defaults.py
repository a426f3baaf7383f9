"""default.toml explains exactly what the models hold, and the profiles change what they say."""

import dataclasses
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from pydantic import SecretStr

from passagework.actors.analyzer.analyzer import DeadlineRules
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.actors.session.parts import SessionRules
from passagework.actors.writer.flush_policy import FlushRules
from passagework.api.rules import follow_rules, system_rules
from passagework.config.problems import all_keys
from passagework.config.sections import CueSettings, SegmentationSettings
from passagework.config.settings import Settings, load_settings
from passagework.domain.analysis_rules import AnalysisRules, CueRules, SegmentationRules
from passagework.domain.parts import Provenance
from passagework.watching.follower import FollowRules

CONFIG = resources.files("passagework.config")
PROFILES = ("archive", "cassette", "live", "radio", "speech", "vinyl")


def _table(name):
    return tomllib.loads(CONFIG.joinpath(name).read_text(encoding="utf-8"))


def _flat(table):
    flat = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": leaf for key, leaf in value.items()}
        else:
            flat[name] = value
    return flat


def _default(key):
    value = Settings()
    for part in key.split("."):
        value = getattr(value, part)
    return value


def test_default_toml_has_every_key_and_no_other_in_the_order_of_the_models():
    assert list(_flat(_table("default.toml"))) == all_keys(Settings)


UNSET_IS_EMPTY = {"library.path", "log.file", "identification.gate_folder", "serve.socket", "serve.token_file"}


@pytest.mark.parametrize("key", [key for key in all_keys(Settings) if key not in UNSET_IS_EMPTY])
def test_default_toml_has_the_default_value_in_the_type_of_the_model(key):
    written = _flat(_table("default.toml"))[key]
    expected = _default(key)
    if isinstance(expected, tuple):
        expected = list(expected)
    if isinstance(expected, dict):
        expected = dict(expected)
    if isinstance(expected, SecretStr):
        expected = expected.get_secret_value()
    assert (type(written), written) == (type(expected), expected)


def test_default_toml_read_as_a_file_changes_nothing():
    with resources.as_file(CONFIG.joinpath("default.toml")) as path:
        assert load_settings(path, environ={}) == Settings()


def test_a_comment_stands_above_every_key_of_default_toml_or_above_its_neighbour():
    lines = CONFIG.joinpath("default.toml").read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    assert len(keys) == len(all_keys(Settings))
    for number in keys:
        assert lines[number - 1].startswith("#") or number - 1 in keys, lines[number]


def test_segmentation_and_cues_mirror_the_rules_of_the_domain():
    for settings, rules in ((SegmentationSettings(), SegmentationRules()), (CueSettings(), CueRules())):
        assert settings.model_dump() == dataclasses.asdict(rules)


def test_the_defaults_are_those_of_the_parts_that_they_configure():
    settings = Settings()
    assert settings.analysis_rules == AnalysisRules()
    assert settings.scan.model_dump(
        exclude={"refresh", "roots", "every", "at", "folders", "video"}
    ) == dataclasses.asdict(ScanRules())
    own = FollowRules(scan=ScanRules(), extensions=Extensions(audio=frozenset(), never=frozenset()), library=b"")
    assert (
        dataclasses.replace(follow_rules(settings), scan=own.scan, extensions=own.extensions, library=own.library)
        == own
    )
    assert system_rules(settings).flush == FlushRules()
    assert system_rules(settings).session == SessionRules()
    assert system_rules(settings).deadlines == DeadlineRules()


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_changes_what_it_names_and_nothing_else(name):
    changed = _flat(_table(f"profiles/{name}.toml"))
    settings = load_settings(Path("/dev/null"), profile=name, environ={})
    for key in all_keys(Settings):
        value = settings
        for part in key.split("."):
            value = getattr(value, part)
        if key == "profile":
            assert value == name
        elif key in changed:
            assert value == changed[key] != _default(key)
        else:
            assert value == _default(key)


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_says_why_above_each_value(name):
    lines = CONFIG.joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    for number in keys:
        assert lines[number - 1].startswith("#") or number - 1 in keys, lines[number]


def test_every_profile_file_can_be_chosen():
    files = {entry.name.removesuffix(".toml") for entry in CONFIG.joinpath("profiles").iterdir()}
    assert files == set(PROFILES)


def test_what_settings_make_is_what_the_run_of_these_settings_makes():
    settings = load_settings(overrides={"tags.artist_delimiters": '[" x "]', "cues.lead_drop": "7"})

    assert settings.provenance == Provenance.of_run(settings.model_dump_json())
