"""The accuracy that is published, measured again where the recorded lookups are; and the truth it is measured by."""

import importlib
from pathlib import Path

import pytest

from passagework.domain.identification.scoring.confidence import WEIGHTS
from tests.support.folders import FIXTURES, needed

BENCHMARKS = Path(__file__).parents[4] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def lookups(load):
    recorded = needed(FIXTURES) / "acoustid" / "lookups.jsonl"
    if not recorded.exists():
        pytest.skip(f"{recorded.parent.parent} holds no lookups of AcoustID")
    return load("accuracy_data").read_lookups(recorded)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("haunted explicit version explicit", "Haunted"),
        ("ni  as in paris explicit", "Niggas in Paris"),
        ("the first live", "The First (live)"),
        ("kids", "Kids (Keep Up)"),
        ("brothers all", "Brothers All (demo)"),
        ("once in a lifetime live at the cocoanut grove", "Once in a Lifetime (live)"),
        ("rock-a-bye your baby with a dixie melody", "Rock-a-bye Your Baby"),
    ],
)
def test_a_title_agrees_with_a_file_name_that_lost_signs_and_subtitles(load, name, title):
    assert load("accuracy_truth").right_titles(name, [title])


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("the first", "First"),
        ("the first live", "The First"),
        ("expressions pt 1", "Expressions, Part 2"),
        ("hitchcocks first bugle", "Hitchcock's First Blunder"),
        ("the bare necessities reprise", "The Bare Necessities"),
        ("otis", "Miss Otis Regrets"),
    ],
)
def test_a_title_of_another_song_or_version_does_not_agree(load, name, title):
    assert not load("accuracy_truth").right_titles(name, [title])


def test_a_version_is_only_right_while_the_plain_title_is_not_on_offer(load):
    right = load("accuracy_truth").right_titles
    assert right("blow", ["Blow (remix)", "Blow"]) == {"Blow"}
    assert right("blow", ["Blow (remix)"]) == {"Blow (remix)"}


@pytest.mark.parametrize(
    ("source", "folder", "title"),
    [
        ("a/b/01_-_all_in_17a2983c-ce1e-433e-9300-8c6e7b9d1ec6_mp3.yml", "a/b", "all in"),
        ("a/b/02_-_2_kinds_edeaa49f-dd6d-4a52-a453-614e254ccd45_mp3.yml", "a/b", "2 kinds"),
        ("a/b/10_hot_knife_mp3.yml", "a/b", "hot knife"),
        ("a/b/01_track_1_mp3.yml", "a/b", None),
        ("a/Album_B/03_-_01-03-_Otis/returns_the_correct_result.yml", "a/Album_B", "Otis"),
        ("a/Album_B/01-14-_H_A_M/returns_the_correct_result.yml", "a/Album_B", "H A M"),
        ("a/Adele_-_Skyfall/Single_Track/returns_the_correct_result.yml", "a/Adele_-_Skyfall", "Skyfall"),
    ],
)
def test_the_title_is_read_from_the_file_name(load, source, folder, title):
    name = load("accuracy_truth").read_name(source)
    assert (name.folder, name.title) == (folder, title)


def test_what_is_scored_is_the_committed_list(load, lookups):
    listed = load("accuracy_data").scorable_list(lookups, load("accuracy_truth").NORMALISATION)
    assert listed == (BENCHMARKS / "accuracy_scorable.txt").read_text("utf-8")


def test_the_decision_sees_no_names(load, lookups):
    for group in load("accuracy_data").groups(lookups).values():
        for passage in group.passages:
            assert passage.key.isdigit()
            assert passage.stated == type(passage.stated)()


def test_equal_fingerprints_are_never_on_both_sides_of_a_fold(lookups):
    folds = {}
    for one in lookups:
        assert folds.setdefault(one.digest, one.fold) == one.fold


def test_the_shipped_weights_are_those_that_the_lookups_give(load, lookups):
    assert dict(load("accuracy").fit_all(lookups, "again").of) == dict(WEIGHTS.of)


@pytest.mark.slow
def test_with_each_album_left_out_nearly_every_title_is_right(load, lookups):
    decided, _ = load("accuracy").leave_one_album_out(lookups)
    result = load("accuracy_score").score(lookups, decided)
    assert result.right.of == 261
    assert result.right.of - result.right.hits <= 4
    assert result.accepted_right.of - result.accepted_right.hits <= 1
    assert result.accepted.hits >= 0.75 * result.accepted.of
    assert all(result.right.hits > count.hits for count in load("accuracy_score").baselines(lookups))


def test_the_albums_are_found_by_votes(load, lookups):
    _, albums = load("accuracy").decide_all(lookups, WEIGHTS)
    found, _ = load("accuracy_score").score_albums(lookups, albums)
    assert found.of - found.hits <= 2
