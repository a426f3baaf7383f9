"""What is stale: parts of older versions, with other settings, or not there; and what they are redone from."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.config.settings import Settings, load_settings
from passagework.domain import parts
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.measured import PassageMeasures, measured_columns
from passagework.domain.parts import (
    BY_NAME,
    PARTS,
    Part,
    PartName,
    Provenance,
    RedoneFrom,
    StalePart,
    StaleReason,
    Wanted,
    dearest_of,
    is_in,
)

OTHER = {
    "analysis.true_peak": "false",
    "analysis.fingerprint": "false",
    "flavor.level": "off",
    "extensions.measures": '["crest==1.0"]',
    "segmentation.silence_drop": "50.5",
    "segmentation.shortest_gap": "2.25",
    "segmentation.shortest_sound": "0.45",
    "segmentation.shortest_passage": "11.5",
    "segmentation.trim": "false",
    "cues.lead_drop": "10.75",
    "cues.quick_ramp": "0.35",
    "cues.longest_lead": "14.25",
    "tags.artist_delimiters": '[" / "]',
    "tags.artist_exceptions": '["Mumford & Sons"]',
}
SWITCHES = {
    "analysis.true_peak": PartName.TRUE_PEAK,
    "analysis.fingerprint": PartName.FINGERPRINT,
    "flavor.level": PartName.FLAVOR,
    "extensions.measures": PartName.EXTENSIONS,
}


def made(**overrides):
    return load_settings(overrides=overrides, environ={}).provenance


NOW = made()


def test_every_part_has_a_line_and_every_setting_of_the_analysis_a_part():
    assert [part.name for part in PARTS] == list(PartName)
    of_parts = {key for part in PARTS for key in part.settings}
    rules = AnalysisRules()
    of_rules = {f"segmentation.{one.name}" for one in dataclasses.fields(rules.segmentation)}
    of_rules |= {f"cues.{one.name}" for one in dataclasses.fields(rules.cues)}
    of_rules |= {f"tags.{one.name}" for one in dataclasses.fields(rules.tags)}
    assert of_parts == OTHER.keys() == of_rules | SWITCHES.keys()


MEASURED_BY = {
    (PartName.PASSAGES, 3): {"start", "end"},
    (PartName.CUES, 3): {"lead_in", "lead_out", "fade_in", "fade_out"},
    (PartName.LOUDNESS, 3): {"loudness", "loudness_range", "sample_peak"},
    (PartName.TRUE_PEAK, 1): {"true_peak"},
}


def test_a_new_measured_value_is_a_new_version_of_its_part_or_unchanged_files_would_never_have_it():
    assert [(part, BY_NAME[part].version) for part, _ in MEASURED_BY] == list(MEASURED_BY)
    assert set().union(*MEASURED_BY.values()) == {column.name for column in measured_columns(PassageMeasures)}


@pytest.mark.parametrize("key", OTHER)
def test_another_value_makes_the_part_stale_that_depends_on_it(key):
    other = made(**{key: OTHER[key]})
    (part,) = (part.name for part in PARTS if key in part.settings)
    expected = (StalePart(part, StaleReason.SETTINGS, (key,)),)
    if key == "extensions.measures":
        # None is used by default.
        assert (NOW.stale(other), other.stale(NOW)) == (expected, ())
    elif key in SWITCHES:
        # What is switched off now stays; what was off is made.
        assert (NOW.stale(other), other.stale(NOW)) == ((), expected)
    else:
        assert NOW.stale(other) == other.stale(NOW) == expected


def test_the_settings_of_a_run_make_what_its_text_says():
    assert Provenance.of_run(Settings().model_dump_json()) == NOW
    assert [Provenance.of_run(text) for text in ("", "{}", "[1]", "no JSON")] == [None] * 4


def measured(*extensions):
    return made(**{"extensions.measures": json.dumps(extensions)})


def test_files_lack_what_an_extension_of_another_version_or_one_more_would_say_and_nothing_with_one_less():
    one, other, both = measured("a==1"), measured("a==2"), measured("b==1", "a==1")
    expected = (StalePart(PartName.EXTENSIONS, StaleReason.SETTINGS, ("extensions.measures",)),)
    assert one.stale(other) == other.stale(one) == one.stale(both) == NOW.stale(one) == expected
    assert both.stale(one) == one.stale(NOW) == both.stale(measured("a==1", "b==1")) == ()


@pytest.mark.parametrize("name", sorted(set(PartName) - {PartName.EXTENSIONS}))
def test_an_older_version_is_stale_and_a_newer_one_is_not(monkeypatch, name):
    newer = tuple(dataclasses.replace(part, version=part.version + (part.name is name)) for part in PARTS)
    monkeypatch.setattr(parts, "PARTS", newer)
    later = made()
    assert NOW.stale(later) == (StalePart(name, StaleReason.VERSION),)
    assert later.stale(NOW) == ()
    assert NOW.with_parts([name], later) == later


def test_a_part_that_is_new_is_stale_in_every_file(monkeypatch):
    smell = Part(name="smell", version=1, redone_from=RedoneFrom.DECODE, made="smelt")
    monkeypatch.setattr(parts, "PARTS", (*PARTS, smell))
    assert NOW.stale(made()) == (StalePart("smell", StaleReason.ABSENT),)


def test_a_library_of_before_has_the_first_versions_with_the_settings_of_its_run():
    first = Provenance.of_first(load_settings(overrides={"cues.lead_drop": "9.0"}, environ={}).model_dump_json())
    assert {name: first.version(name) for name in PartName} == dict.fromkeys(PartName, 1) | {
        PartName.FLAVOR: 0,
        PartName.EXTENSIONS: 0,
    }
    assert first.settings(PartName.CUES)["cues.lead_drop"] == 9.0
    assert Provenance.of_first("{}") is None


def test_a_setting_that_the_older_program_did_not_have_tells_nothing():
    config = Settings().model_dump(mode="json")
    del config["segmentation"]["trim"]
    assert Provenance.of_config(config).stale(made(**{"segmentation.trim": "false"})) == ()


def test_the_dearest_part_decides():
    def stale(*names):
        return [StalePart(name, StaleReason.SETTINGS, ("x",)) for name in names]

    assert [dearest_of(stale(name)) for name in PartName] == [BY_NAME[name].redone_from for name in PartName]
    assert dearest_of(stale(PartName.CUES, PartName.PASSAGES)) is RedoneFrom.CURVES


PLACES = st.lists(st.sampled_from([b"a", b"ab", b"b"]), min_size=0, max_size=3).map(
    lambda names: b"/" + b"/".join(names)
)


@given(
    st.lists(PLACES, max_size=4, unique=True), st.none() | st.lists(PLACES, min_size=1, max_size=2).map(tuple), PLACES
)
def test_each_file_below_the_roots_is_in_one_region_and_is_made_as_the_deepest_folder_says(folders, roots, path):
    wanted = Wanted(Provenance("default"), tuple((folder, Provenance(folder.decode())) for folder in folders))
    # The path of a file is no folder.
    path += b"/file"
    found = [
        region
        for region in wanted.regions(roots)
        if (region.roots is None or any(is_in(path, root) for root in region.roots))
        and not any(is_in(path, folder) for folder in region.without)
    ]
    is_below = roots is None or any(is_in(path, root) for root in roots)
    assert [region.now for region in found] == [wanted.at(path)] * is_below
    around = [folder for folder in folders if is_in(path, folder)]
    assert wanted.at(path).text == (max(around, key=len).decode() if around else "default")


def test_a_part_that_nothing_made_has_no_version_and_no_settings():
    assert [(Provenance("{}").version(part.name), Provenance("{}").settings(part.name)) for part in PARTS] == [
        (0, {})
    ] * len(PARTS)


@pytest.mark.parametrize(
    ("made_with", "now", "is_stale"),
    [
        ("basic", "full", True),
        ("full", "basic", True),
        ("full", "full-without-nets", False),
        ("basic", "full-without-nets", False),
        ("full-without-nets", "full-without-nets", False),
        ("full-without-nets", "basic", False),
        ("full-without-nets", "full", True),
        ("full-without-nets", "off", False),
        ("off", "full-without-nets", True),
    ],
)
def test_nets_that_are_not_there_cost_nothing_of_what_they_heard_and_are_asked_when_they_are(made_with, now, is_stale):
    def with_level(level):
        text = NOW.text.replace('"flavor.level":"basic"', f'"flavor.level":"{level}"')
        assert level in text
        return Provenance(text)

    found = [one.part for one in with_level(made_with).stale(with_level(now))]
    assert found == ([PartName.FLAVOR] if is_stale else [])
