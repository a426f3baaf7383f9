"""Which extensions are installed is known without running them; what cannot be used is refused with the reason."""

import pytest

from passagework.api.chosen_extensions import with_installed_extensions
from passagework.config.settings import Settings
from passagework.domain.extensions import ExtensionId
from passagework.extensions import EVIDENCE, LISTENERS, MEASURES
from passagework.extensions.installed import ExtensionError, entry_of, installed, wanted
from tests.support.extension_packages import install_examples, install_measures


@pytest.fixture
def examples(tmp_path, monkeypatch):
    install_examples(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)


def test_all_that_are_installed_are_listed_with_what_they_do(examples):
    found = {str(one.id): (one.kinds, one.package, one.usable) for one in installed()}
    package = "passagework-example-extensions"
    assert found == {
        "crest==1.0": (("measures",), package, True),
        "finished-log==1.0": (("listener",), package, True),
        "titles-file==1.0": (("evidence",), package, True),
    }


def test_settings_get_the_version_that_is_installed(examples):
    chosen = {"measures": ["crest"], "evidence": ["titles-file==1.0"], "listeners": ["finished-log"]}
    settings = with_installed_extensions(Settings.model_validate({"extensions": chosen}))
    assert settings.extensions.measures == ("crest==1.0",)
    assert settings.extensions.evidence == ("titles-file==1.0",)
    assert settings.extensions.listeners == ("finished-log==1.0",)
    assert settings.analysis_rules.extensions == (ExtensionId("crest", "1.0"),)


def test_one_that_is_not_installed_is_refused_with_those_that_are(examples):
    with pytest.raises(ExtensionError, match=r"chest, which is not installed; installed are: crest==1\.0"):
        wanted(["chest"], MEASURES)


def test_another_version_than_the_wanted_one_is_refused(examples):
    with pytest.raises(ExtensionError, match=r"names crest==2\.0, and crest==1\.0 is installed"):
        wanted(["crest==2.0"], MEASURES)


def test_one_is_not_used_for_what_it_is_not(examples):
    with pytest.raises(ExtensionError, match="for what it is not: it has listener"):
        wanted(["finished-log"], MEASURES)


def test_one_for_another_version_of_the_protocols_is_refused_with_both_versions(tmp_path, monkeypatch):
    install_measures(tmp_path / "site", "raise SystemExit", "strange", api=7)
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(ExtensionError, match=r"strange==1\.0 is made for version 7 .* this program has 1"):
        wanted(["strange"], MEASURES)


def test_one_name_in_two_packages_is_refused(examples, tmp_path, monkeypatch):
    install_measures(tmp_path / "other", "", "crest")
    monkeypatch.syspath_prepend(tmp_path / "other")
    with pytest.raises(ExtensionError, match="passagework-example-extensions and strange-extensions"):
        wanted(["crest"], MEASURES)


def test_entries_are_found_by_name_version_and_group(examples):
    assert entry_of(ExtensionId("crest", "1.0"), MEASURES).value == "passagework_example_extensions.crest:CrestMeter"
    assert entry_of(ExtensionId("crest", "1.0"), EVIDENCE) is None
    with pytest.raises(LookupError, match="not installed here"):
        entry_of(ExtensionId("finished-log", "3"), LISTENERS)
