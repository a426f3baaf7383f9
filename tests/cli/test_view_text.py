"""What a person reads of a view, with all-distinct values: a swap, or a value that is dropped, shows."""

from dataclasses import replace

import pytest

from passagework.cli.output.view_text import file_lines, passage_lines
from passagework.domain.measured import Loudness
from passagework.domain.units import clock_time, seconds
from passagework.domain.views import FileView, Named, PassageView
from tests.support.distinct import Distinct, leaves, replaced

NOT_IN_TEXT = {
    "fingerprint": "hundreds of characters for machines",
    "own[].key": "what is set on the passage itself needs no name; on others, it has one",
    "retry_ns": "the reason says what it waits for",
    "candidates[].log_odds": "the terms that sum up to it are there",
    "candidates[].seconds": "the term about the length says it",
    "candidates[].release": "the name of the album is there",
    "evidence[].passage": "it is the passage that it stands with",
}
NOT_IN_TEXT_OF_FILE = {
    "guid": "the path names the file to people",
    "stamp.size": "for the scanner",
    "stamp.mtime_ns": "for the scanner",
    "stamp.device": "for the scanner",
    "stamp.inode": "for the scanner",
    "attempts": "for the scanner",
    "samples": "the length is there",
    "content_hash": "for machines",
    "audio_hash": "for machines",
    "damage.bad_packets": "the warning says that there are some",
    "damage.missing_samples": "the warning says that there are some",
    "damage.invalid_samples": "the warning says that there are some",
}
"""Left out, and why."""

NAMED = ("title", "artists[]", "works[]", "composers[]", "album")

TAGS_IN_TEXT = {"tags.original_date", "tags.compilation"}
"""All others are there as they were found, by their names in the file."""


def pattern(path):
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def leaf(value, path):
    for step in path:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def text(lines):
    return "\n".join(lines)


def shown_fields(view, other, lines):
    """Give the fields that change the text when they change."""
    before = text(lines(view))
    return {pattern(path) for path, _ in leaves(view) if text(lines(replaced(view, path, leaf(other, path)))) != before}


@pytest.fixture
def passage():
    return Distinct().of(PassageView)


def test_every_field_of_a_passage_is_told_to_people_or_left_out_for_a_reason(passage):
    fields = {pattern(path) for path, _ in leaves(passage)}
    # These two only make a mark, and either alone changes nothing about it.
    marks = {f"{of}.{what}" for of in NAMED for what in ("mbid", "set_by_user")}
    assert fields - shown_fields(passage, Distinct(1).of(PassageView), passage_lines) == NOT_IN_TEXT.keys() | marks


def test_every_field_of_a_file_is_told_to_people_or_left_out_for_a_reason():
    file = Distinct().of(FileView)
    fields = {pattern(path) for path, _ in leaves(file) if path[0] != "passages"}
    hidden = {field for field in fields if field.startswith("tags.")} - TAGS_IN_TEXT
    hidden -= {field for field in fields if field.startswith(("tags.raw", "tags.replay_gain"))}
    shown = shown_fields(file, Distinct(1).of(FileView), file_lines)
    assert fields - shown == NOT_IN_TEXT_OF_FILE.keys() | hidden


def loudness_line(levels):
    values = f"{levels.integrated:.1f} LUFS, range {levels.range:.1f} LU, true peak {levels.true_peak:.1f} dBTP"
    return f"  loud    {values}, sample peak {levels.sample_peak:.1f} dBFS"


def test_each_value_of_a_passage_stands_behind_its_own_name(passage):
    artists, works, composers = (
        ", ".join(n.name for n in getattr(passage, of)) for of in ("artists", "works", "composers")
    )
    doubtful = f"confidence {passage.confidence:.1%}, in doubt: conflict, weights {passage.weights}"
    lines = list(passage_lines(passage))
    assert lines[: lines.index(f"  reason  {passage.reason}")] == [
        f"passage   {passage.guid}",
        f"  what    {artists} - {passage.title.name} ({passage.album.name})",
        f"  works   {works}, composed by {composers}",
        f"  file    {passage.path.decode('utf-8', 'backslashreplace')}",
        f"  place   medium {passage.medium}, track {passage.track}",
        f"  span    {clock_time(passage.start)} - {clock_time(passage.end)}",
        f"  leads   in {seconds(passage.lead_in):.3f} s, out {seconds(passage.lead_out):.3f} s",
        f"  fades   in {seconds(passage.fade_in):.3f} s, out {seconds(passage.fade_out):.3f} s",
        loudness_line(passage.loudness),
        f"  state   waiting for identification ({doubtful})",
    ]
    for evidence in passage.evidence:
        assert f"  because tag-mbid {evidence.kind} {evidence.value} ({evidence.strength:.2f})" in lines


def test_a_file_has_its_own_loudness():
    file = replace(Distinct().of(FileView), passages=())
    assert loudness_line(file.loudness) in list(file_lines(file))
    assert not [line for line in file_lines(replace(file, loudness=None)) if line.startswith("  loud")]


def test_what_was_not_measured_is_a_dash_and_a_fade_that_is_not_there_is_not_told(passage):
    silent = replace(passage, loudness=Loudness(None, None, None, None), fade_in=None, fade_out=None)
    lines = list(passage_lines(silent))
    assert "  loud    -, range -, true peak -, sample peak -" in lines
    assert not [line for line in lines if line.startswith("  fades")]


@pytest.mark.parametrize(
    ("works", "composers", "line"),
    [
        ((), (), None),
        ((Named("Aria", "id"),), (), "  works   Aria"),
        ((), (Named("Ada", None),), "  works   composed by ~Ada"),
    ],
)
def test_works_and_composers_are_told_as_far_as_they_are_known(passage, works, composers, line):
    lines = passage_lines(replace(passage, works=works, composers=composers))
    assert [one for one in lines if one.startswith("  works")] == ([] if line is None else [line])


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        (Named("A", None), "~A"),
        (Named("A", "id"), "A"),
        (Named("A", None, set_by_user=True), "A"),
        (Named(None, "id"), "id"),
    ],
)
def test_a_mark_tells_text_of_the_tags_from_what_is_identified_or_set(passage, named, shown):
    assert f"{shown} - " in text(passage_lines(replace(passage, artists=(named,))))


def test_codes_of_a_newer_version_are_shown_as_they_are_stored():
    shown = text(file_lines(Distinct(1).of(FileView)))
    for path, code in leaves(Distinct(1).of(FileView)):
        if pattern(path) in {
            "state",
            "failure.code",
            "warnings[]",
            "passages[].link_state",
            "passages[].evidence[].source",
        }:
            assert code in shown, path
