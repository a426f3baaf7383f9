"""Folders with a profile of their own."""

from passagework.config.settings import Settings, load_settings
from passagework.domain.parts import PartName


def settings(*folders, **overrides):
    listed = ", ".join(f'{{path = "{path}", profile = "{profile}"}}' for path, profile in folders)
    given = {key.replace("__", "."): value for key, value in overrides.items()}
    return load_settings(overrides={"scan.folders": f"[{listed}]", **given}, environ={})


def test_a_profile_of_a_folder_goes_before_what_is_set_for_all_and_the_rest_is_as_for_all():
    found = settings(("/live", "live"), segmentation__shortest_gap="9.5", segmentation__trim="false")
    (live,) = found.folder_rules
    assert (live.folder, live.rules.segmentation.shortest_gap, live.rules.cues.lead_drop) == (b"/live", 4.0, 36.0)
    assert (live.rules.segmentation.trim, live.rules.tags) == (False, found.analysis_rules.tags)
    assert found.analysis_rules.segmentation.shortest_gap == 9.5
    assert {one.part for one in found.provenance.stale(found.wanted.at(b"/live/a"))} == {
        PartName.PASSAGES,
        PartName.CUES,
    }


def test_a_folder_without_a_profile_is_cut_and_cued_as_if_nothing_was_set():
    found = settings(("/plain", "none"), profile="live", cues__longest_lead="9.5")
    (plain,) = found.folder_rules
    defaults = Settings().analysis_rules
    assert (plain.rules.segmentation, plain.rules.cues) == (defaults.segmentation, defaults.cues)
    assert found.analysis_rules.segmentation != defaults.segmentation


def test_what_is_impossible_for_all_is_said_once():
    impossible = Settings.model_construct(**{**dict(settings(("/live", "live"))), "cues": None})
    impossible = impossible.model_copy(
        update={"cues": Settings().cues.model_copy(update={"quick_ramp": 9.0, "longest_lead": 1.0})}
    )
    assert [clash.keys for clash in impossible.clashes()] == [("cues.quick_ramp", "cues.longest_lead")]
