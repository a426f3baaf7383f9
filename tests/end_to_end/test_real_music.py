"""Real music in every format, minutes or hours of it, against what is known of the files."""

import json
import os

import pytest

from passagework import Library
from passagework.domain.units import samples_from_ticks
from tests.support.small_music import SILENCE

OFF = {"aac": 64, "wma": 2_048, "mp3-bare": 2_048}
"""Samples by which a form may miss what its encoder was given: it does not say where the music ends."""


LONG_ENOUGH_SECONDS = 20

LONG_FILE_WORKER_BYTES = 300 * 2**20

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1_800)]


def truth_of(folder):
    return json.loads((folder / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def imported(real_music, make_command_line, tmp_path_factory):
    """Import the soundtrack and the mixed formats once; give the report and the command line with the library."""
    command_line = make_command_line(tmp_path_factory.mktemp("real"))
    process = command_line.start("import", "--json", "--quiet", real_music / "wesnoth", real_music / "mixed")
    printed, said = process.communicate(timeout=1_500)
    assert (process.returncode, said) == (0, "")
    return json.loads(printed), command_line


def test_every_real_track_is_analysed_and_every_count_is_the_librarys(imported, real_music):
    report, command_line = imported
    files = [*truth_of(real_music / "wesnoth"), *truth_of(real_music / "mixed")]
    silent = [entry for entry in files if entry.get("source", entry["file"]) == SILENCE]
    expected = len(files)
    assert expected >= 20
    assert (report["analysed"], report["failed"], report["problems"]) == (expected, [], [])
    status = command_line.status()
    assert status["files"] == {"analysed": expected}
    assert status["passages"] == report["passages"] >= expected - report["warnings"]["silent"]
    assert report["warnings"]["silent"] == len(silent) == 2
    assert status["links"] == report["links"]
    assert status["audio_seconds"] == report["audio_seconds"]
    assert not {"damaged-packets", "tags-unreadable", "extension-mismatch"} & set(report["warnings"])
    command_line.assert_sound()


def test_decoded_lengths_are_what_the_encoders_were_given(imported, real_music):
    _, command_line = imported
    wrong, forms = [], set()
    with Library.open(command_line.library) as library:
        for entry in truth_of(real_music / "mixed"):
            view = library.file(os.fsencode(real_music / "mixed" / entry["file"]))
            forms.add(entry["form"])
            off = view.samples - entry["samples"]
            if abs(off) > OFF.get(entry["form"], 0) or view.format.sample_rate != entry["sample_rate"]:
                wrong.append((entry["file"], off))
    assert wrong == []
    assert {"mp3", "flac", "vorbis", "opus", "aac", "wav", "aiff", "wavpack", "wma"} <= forms


def test_names_from_the_tags_are_listed_for_every_format(imported, real_music):
    _, command_line = imported
    with Library.open(command_line.library) as library:
        for entry in truth_of(real_music / "mixed"):
            for passage in library.file(os.fsencode(real_music / "mixed" / entry["file"])).passages:
                assert (passage.title.name, passage.title.mbid) == (entry["title"], None)
                assert passage.album.name == entry["album"]
                assert passage.fingerprint
                assert passage.loudness.integrated is not None


def test_loudness_is_close_across_lossless_and_lossy_forms_of_one_track(imported, real_music):
    _, command_line = imported
    with Library.open(command_line.library) as library:
        loudness = [
            library.file(os.fsencode(real_music / "mixed" / entry["file"])).loudness.integrated
            for entry in truth_of(real_music / "mixed")
            if entry["source"] == "A New Journey.ogg"
        ]
    assert len(loudness) >= 2
    assert max(loudness) - min(loudness) < 0.2


def test_a_second_run_over_real_music_analyses_nothing(imported, real_music):
    report, command_line = imported
    again = command_line.report(real_music / "wesnoth", real_music / "mixed")
    assert (again["analysed"], again["unchanged"], again["failed"]) == (0, report["analysed"], [])


def test_stamped_copies_are_linked_in_a_later_run_with_exactly_the_links_they_stand_for(command_line, real_music):
    stamped = real_music / "stamped"
    expected = truth_of(stamped)["counts"]
    without = command_line.report("--set", "link.enabled=false", stamped)
    assert without["links"] == {"waiting": expected["passage_songs"]}
    assert command_line.status()["rows"]["song"] == 0

    later = command_line.report(stamped)
    assert (later["analysed"], later["links"]) == (0, {"linked": expected["passage_songs"]})
    rows = command_line.status()["rows"]
    tables = {
        "songs": "song",
        "artists": "artist",
        "works": "work",
        "albums": "album",
        "song_artists": "song_artist",
        "song_works": "song_work",
        "album_artists": "album_artist",
        "passage_songs": "passage_song",
        "passage_albums": "passage_album",
    }
    assert {count: rows[table] for count, table in tables.items()} == expected


def test_a_long_file_needs_no_large_worker_and_every_sample_counts(command_line, real_music):
    process = command_line.host("counting_host.py", 1, real_music / "long")
    printed, log = process.communicate(timeout=900)
    assert process.returncode == 0, log
    found = json.loads(printed)
    (entry,) = truth_of(real_music / "long")
    rate = entry["sample_rate"]
    assert (found["analysed"], found["failed"]) == (1, 0)
    assert found["workers_most"] < LONG_FILE_WORKER_BYTES
    with Library.open(command_line.library) as library:
        view = library.file(os.fsencode(real_music / "long" / "long.flac"))
    assert view.samples == entry["samples"]
    spans = [
        (samples_from_ticks(passage.start, rate), samples_from_ticks(passage.end, rate)) for passage in view.passages
    ]
    for piece in entry["pieces"]:
        touched = [span for span in spans if span[0] < piece["end"] and span[1] > piece["start"]]
        # A recording of silence has no passage; a very short piece may belong to its neighbour's.
        assert touched or piece["source"] == SILENCE
        if piece["end"] - piece["start"] > LONG_ENOUGH_SECONDS * rate:
            own = [span for span in touched if span[0] > piece["start"] - rate and span[1] < piece["end"] + rate]
            assert own, piece
