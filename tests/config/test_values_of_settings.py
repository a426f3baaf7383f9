"""Settings as a value of a host: with the profile that it names, never changed, and with a hash."""

import copy
import json
import pickle
import re

import pytest
from pydantic import ValidationError

from passagework.config.settings import Settings, load_settings

ROOTS = {"/music": "/mnt/music"}


@pytest.mark.parametrize("name", ["archive", "cassette", "live", "radio", "speech", "vinyl"])
def test_settings_that_name_a_profile_have_its_values(name):
    loaded = load_settings(profile=name, environ={})
    assert Settings(profile=name) == Settings.model_validate({"profile": name}) == loaded != Settings()


def test_what_is_given_goes_before_the_profile_and_the_rest_of_its_section_stays():
    given = Settings.model_validate(
        {"profile": "radio", "analysis": {"deadline_factor": 7.5}, "batch": {"max_files": 3}}
    )
    radio = Settings(profile="radio")
    assert given.analysis == radio.analysis.model_copy(update={"deadline_factor": 7.5})
    assert given.batch == radio.batch.model_copy(update={"max_files": 3})
    assert given.cues == radio.cues


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValidationError, match="profile"):
        Settings.model_validate({"profile": "disco"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"profil": "radio"}, "profil is not a known key; did you mean profile?"),
        ({"libary": {"path": "/a"}}, "libary is not a known section; did you mean [library]?"),
        ({"library": {"pth": "/a"}}, "library.pth is not a known key; did you mean library.path?"),
        ({"scan": {"workers": 2}}, "scan.workers is not a known key; did you mean analysis.workers?"),
        ({"profile": "radio", "batch": {"max_fils": 1}}, "batch.max_fils is not a known key; did you mean"),
    ],
)
def test_an_unknown_key_is_told_with_the_one_that_may_be_meant(given, said):
    with pytest.raises(ValidationError, match=re.escape(said)):
        Settings(**given)
    with pytest.raises(ValidationError, match=re.escape(said)):
        Settings.model_validate_json(json.dumps(given))


def test_an_unknown_key_hides_no_other_fault_and_no_error_repeats_a_value():
    with pytest.raises(ValidationError) as caught:
        Settings(acoustid={"key": ["hunter2"], "kez": "hunter2"}, batch={"max_files": -7})
    found = {(each["loc"], each["type"]) for each in caught.value.errors()}
    assert found == {
        (("acoustid", "key"), "string_type"),
        (("acoustid", "kez"), "extra_forbidden"),
        (("batch", "max_files"), "greater_than_equal"),
    }
    assert "hunter2" not in str(caught.value)


def test_settings_that_were_written_out_read_back_as_the_same_ones_whatever_profile_they_name():
    changed = Settings.model_validate({"profile": "radio", "analysis": {"priority": "normal", "roots": ROOTS}})
    assert Settings.model_validate(changed.model_dump()) == changed


def test_no_part_of_settings_can_be_changed():
    settings = Settings.model_validate({"analysis": {"roots": ROOTS}})
    for change in (
        lambda roots: roots.update({"/a": "/b"}),
        lambda roots: roots.pop("/music"),
        lambda roots: roots.clear(),
        lambda roots: roots.setdefault("/a", "/b"),
        lambda roots: roots.__setitem__("/a", "/b"),
        lambda roots: roots.__delitem__("/music"),
        lambda roots: roots.__ior__({"/a": "/b"}),
    ):
        with pytest.raises(TypeError, match="immutable"):
            change(settings.analysis.roots)
    with pytest.raises(ValidationError):
        settings.analysis = None
    assert settings.analysis.roots == ROOTS
    assert Settings().analysis.roots == {}


def test_equal_settings_have_equal_hashes_and_survive_copies():
    one, other = (Settings.model_validate({"analysis": {"roots": dict(ROOTS)}}) for _ in range(2))
    assert {one, other} == {one}
    assert hash(one) != hash(Settings())
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
