"""What a person reads of a view, with all-distinct values: a swap, or a value that is dropped, shows."""

from dataclasses import replace

import pytest

from passagework.cli.output.view_text import candidate_lines, file_lines, passage_lines, value_text, verdict, what
from passagework.domain.analysis import AudioFormat
from passagework.domain.edits import Subject, UserValue
from passagework.domain.gains import UNKNOWN, PassageGains, Programme
from passagework.domain.given_cuts import CutSource
from passagework.domain.ids import Mbid
from passagework.domain.links import CandidateRow, CandidateTerm, Doubt
from passagework.domain.measured import Loudness
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.track_lists.track_list import NamedBy
from passagework.domain.units import TICKS_PER_SECOND, Ticks, clock_time, seconds
from passagework.domain.views import DoubtfulGap, FileState, FileView, HeldRelease, Named, PassageView
from tests.support.distinct import Distinct, leaves, replaced

NOT_IN_TEXT = {
    "stored_fingerprint": "hundreds of characters for machines",
    "own[].key": "what is set on the passage itself needs no name; on others, it has one",
    "retry_ns": "the reason says what it waits for",
    "album_group": "for programs that list albums",
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
    "stamp.ctime_ns": "for the scanner",
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
    # These only make a mark, and each alone changes nothing about it.
    marks = {f"{of}.{what}" for of in NAMED for what in ("mbid", "from_file_name")}
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
    runs_on = ", runs on in the next passage" * passage.gapless_with_next
    lines = list(passage_lines(passage))
    assert lines[: lines.index(f"  reason  {passage.reason}")] == [
        f"passage   {passage.guid}",
        f"  what    {artists} - {passage.title.name} ({passage.album.name})",
        f"  works   {works}, composed by {composers}",
        f"  file    {passage.path.decode('utf-8', 'backslashreplace')}",
        *(f"  no play {reason}: {reason.explanation}" for reason in passage.not_playable_because),
        f"  on      medium {passage.medium}, track {passage.track}",
        f"  span    {clock_time(passage.start)} - {clock_time(passage.end)}",
        f"  leads   in {seconds(passage.lead_in):.3f} s, out {seconds(passage.lead_out):.3f} s{runs_on}",
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


def test_a_file_is_told_line_by_line():
    file = Distinct().of(FileView)
    file = replace(
        file,
        path=b"/m/North.flac",
        places=(b"/n/Nord.flac",),
        state=FileState.FAILED,
        missing=True,
        format=AudioFormat(
            container="ogg", codec="vorbis", sample_rate=44_100, channels=2, bit_rate=192_999, decoder="libx"
        ),
        duration=Ticks(61 * TICKS_PER_SECOND),
        loudness=Loudness(-17.46, 6.0, -0.5, -0.04),
        doubtful_gaps=(DoubtfulGap(Ticks(7 * TICKS_PER_SECOND), Ticks(9 * TICKS_PER_SECOND)),),
        tags=Tags(
            date="2001",
            original_date="1999",
            compilation=True,
            replay_gain=ReplayGain(
                track_gain=-1.25,
                album_gain=2.5,
                r128_track_gain=-3.0,
                r128_album_gain=4.0,
                track_peak=0.5,
                album_peak=1.0006,
            ),
            raw=(("TITLE", ("North", "Nord")), ("NOTE", ("n" * 300,))),
        ),
        passages=(),
        held=replace(file.held, title="Whole", artist=None, date=None, tracks=9, score=0.875, matched=False),
    )
    gains = "track -1.25 dB, album +2.50 dB, R128 track -3.00 dB, R128 album +4.00 dB"
    assert list(file_lines(file)) == [
        "file      /m/North.flac",
        "  place   /n/Nord.flac",
        f"  state   {FileState.FAILED}, missing on disk, excluded by the rules of the scan",
        f"  reason  {file.failure.code}: {file.failure}",
        *(f"  warns   {warning}: {warning.explanation}" for warning in file.warnings),
        "  audio   vorbis in ogg, 44100 Hz, 2 channels, 192 kbit/s, 1:01.000, decoded by libx",
        "  loud    -17.5 LUFS, range 6.0 LU, true peak -0.5 dBTP, sample peak 0.0 dBFS",
        "  gaps    perhaps: 0:07.000-0:09.000",
        "  cut by  person",
        f"  holds   Whole, 9 tracks, by its tags, score 0.88, which does not fit the sound  {file.held.release}",
        "  first   1999",
        "  album   a compilation of several artists",
        f"  gain    {gains}, track peak 0.500, album peak 1.001 (from the tags)",
        "  tag     TITLE: North / Nord",
        f"  tag     NOTE: {'n' * 200}",
    ]


def test_the_release_that_a_file_holds_is_named_with_what_suggested_it():
    held = HeldRelease(
        release=Mbid("id"),
        title="Whole",
        artist="Band",
        date="1999",
        named_by=NamedBy.FILE_NAME,
        tracks=2,
        score=1.0,
        matched=True,
    )
    file = replace(Distinct(absent=True).of(FileView), cut_by=CutSource.TRACK_LIST, held=held)
    said = "  holds   Band - Whole (1999), 2 tracks, by its file name, score 1.00  id"
    assert [line for line in file_lines(file) if line.startswith(("  cut by", "  holds"))] == [
        "  cut by  track-list",
        said,
    ]
    assert said.replace(", score 1.00", "") in file_lines(replace(file, held=replace(held, score=None)))


def test_of_a_file_only_what_is_known_is_told():
    file = replace(
        Distinct(absent=True).of(FileView),
        path=b"/m/x",
        places=(),
        missing=False,
        excluded=False,
        warnings=(),
        tags=Tags(),
        passages=(),
        doubtful_gaps=(),
    )
    assert list(file_lines(file)) == ["file      /m/x", f"  state   {file.state}"]
    dated = replace(file, tags=Tags(date="2001", original_date="2001"))
    assert list(file_lines(dated)) == list(file_lines(file))


def test_a_bit_rate_that_is_not_known_is_not_told():
    file = replace(Distinct().of(FileView), duration=Ticks(0))
    silent = replace(file, format=replace(file.format, channels=1, bit_rate=None, decoder=None))
    assert [line.split("Hz, ")[1] for line in file_lines(silent) if line.startswith("  audio")] == [
        f"1 channel, {clock_time(Ticks(0))}"
    ]


def candidate(**more):
    terms = (CandidateTerm("title", 0.5, 2.0, "half"), CandidateTerm("length", 1.0, -3.25, "far off"))
    first = CandidateRow(Mbid("rec"), "North", ("One", "Two"), 0.9876, 1.5, terms, ("text-only", "conflict"))
    return replace(first, **more)


def test_candidates_are_numbered_with_their_evidence_the_strongest_first(passage):
    placed = candidate(album="Compass", medium=2, track=3)
    unknown = candidate(artists=(), confidence=1.0, terms=(), caps=())
    assert list(candidate_lines(replace(passage, candidates=(placed, unknown)))) == [
        "  may be 1 98.8%  One, Two - North (Compass, medium 2, track 3)  rec",
        "          -3.25  length: far off",
        "          +1.00  title: half",
        "         capped: text-only, conflict",
        "  may be 2 99.9%  ? - North  rec",
    ]


@pytest.mark.parametrize(
    ("confidence", "doubts", "weights", "shown"),
    [
        (0.5, frozenset(), "1", " (confidence 50.0%, weights 1)"),
        (0.9996, frozenset(), None, " (confidence 99.9%)"),
        (None, frozenset(Doubt), "1", " (in doubt: ambiguous, in doubt: conflict, weights 1)"),
        (None, frozenset(), "1", ""),
    ],
)
def test_a_state_says_how_sure_it_is(passage, confidence, doubts, weights, shown):
    lines = list(passage_lines(replace(passage, confidence=confidence, doubts=doubts, weights=weights)))
    assert f"  state   waiting for identification{shown}" in lines


def test_a_place_on_an_album_is_told_as_far_as_it_is_known(passage):
    def places(medium, track):
        lines = passage_lines(replace(passage, medium=medium, track=track))
        return [line for line in lines if line.startswith("  on ")]

    assert places(0, None) == ["  on      medium 0"]
    assert places(None, 3) == ["  on      track 3"]
    assert places(None, None) == []


def test_what_names_a_passage_has_a_question_mark_where_a_name_is_missing(passage):
    nothing = Named(None, None)
    assert what(replace(passage, artists=(), title=nothing, album=nothing)) == "? - ?"
    album = Named(None, "id")
    assert what(replace(passage, artists=(Named("A", "a"), Named("B", "b")), title=Named("T", None), album=album)) == (
        "A, B - ~T (id)"
    )


def own(field, value, subject=Subject.PASSAGE, key="key", part=None):
    return UserValue(subject, key, field, part, value)


def test_what_a_person_decided_about_playing_stands_behind_the_name(passage):
    said = (own("probability", 0.25), own("approval", "approved"), own("approval", "other", Subject.SONG))
    assert verdict(replace(passage, own=said)) == "  (approved, probability 0.25)"
    assert verdict(replace(passage, own=said[:1])) == "  (probability 0.25)"
    assert verdict(replace(passage, own=())) == ""


def test_user_values_stand_in_one_line_for_each_subject(passage):
    values = (
        own("lead_in", 1.5),
        own("weight", 0.25, Subject.SONG, "s", part="artist"),
        own("approval", "approved"),
        own("title", "T", Subject.SONG, "s"),
    )
    lines = [line for line in passage_lines(replace(passage, own=values)) if line.startswith("  yours")]
    assert lines == [
        "  yours   lead_in=1.5, approval=approved",
        f"  yours   {Subject.SONG} s: weight.artist=0.25, title=T",
    ]


@pytest.mark.parametrize(("value", "shown"), [(None, "-"), (0.5, "0.5"), (2.0, "2"), (3, "3"), ("text", "text")])
def test_a_value_that_a_person_can_set_is_shown_as_short_as_it_can_be(value, shown):
    assert value_text(value) == shown


def test_the_disc_and_the_album_are_told_by_their_own_loudness(passage):
    gains = PassageGains(*(Programme(level, level + 10, level + 9) for level in (-14.0, -15.25, -16.5)))
    lines = list(passage_lines(passage, gains))
    assert "  of      disc -15.2 LUFS, album -16.5 LUFS" in lines
    assert "  of      album -16.5 LUFS" in list(passage_lines(passage, replace(gains, disc=UNKNOWN)))
