"""What identification leaves to a person, through the command line: listed, accepted, rejected, set, and final."""

import json
import os
from dataclasses import replace

import pytest

from passagework import Library
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from passagework.standin import StandIn, catalogue_of
from passagework.standin.server import StandInRules

RATE = 22_050

pytestmark = pytest.mark.slow
FREE = StandInRules(acoustid_per_second=0, musicbrainz_per_second=0)


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    """Stand in for services that know two songs, and hear both of them in everything."""
    folder = tmp_path_factory.mktemp("known")
    for seed, title in enumerate(("Rain", "Snow"), 1):
        path = folder / f"{title}.flac"
        write_audio(path, compose(30 * RATE, RATE, seed), RATE, AudioForm.FLAC)
        write_tags(path, Tags(title=title, artist_credit="Anna", artists=("Anna",), album=f"The {title}"))
    catalogue = catalogue_of(folder)
    both = tuple((mbid, 5) for one in catalogue.references for mbid, _ in one.recordings)
    references = tuple(replace(one, recordings=both) for one in catalogue.references)
    with StandIn(replace(catalogue, references=references), FREE) as running:
        yield running


@pytest.fixture
def music(tmp_path):
    path = tmp_path / "music" / "a.mp3"
    path.parent.mkdir()
    write_audio(path, compose(30 * RATE, RATE, 1), RATE, AudioForm.MP3)
    return path


@pytest.fixture
def import_(command_line, standin, music, tmp_path):
    """Give a function that imports with identification."""
    keys = {
        "acoustid.key": "any",
        "acoustid.url": standin.acoustid_url,
        "acoustid.per_second": "100",
        "musicbrainz.url": standin.musicbrainz_url,
        "musicbrainz.per_second": "100",
        "identification.gate_folder": str(tmp_path / "gates"),
    }
    options = [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]

    def run():
        command_line.run("import", "--quiet", *options, music.parent)
        with Library.open(command_line.library) as library:
            (passage,) = library.file(os.fsencode(music)).passages
        return passage

    return run


@pytest.fixture
def ask(command_line):
    def run(action, *words, expect=0):
        return command_line.run_words("review", action, "--library", str(command_line.library), *words, expect=expect)

    return run


def test_what_sounds_like_two_songs_is_left_to_a_person_whose_word_is_final(import_, ask, command_line, music):
    passage = import_()
    assert (passage.link_state, passage.title.mbid) == ("proposal", None)
    assert {candidate.title for candidate in passage.candidates} == {"Rain", "Snow"}
    listed = ask("list").stdout
    assert passage.guid[:8] in listed
    assert "Anna - Rain" in listed
    assert "Anna - Snow" in listed
    assert json.loads(ask("list", "--json").stdout)["candidates"][1]["term_items"]
    shown = command_line.run("show", music).stdout
    assert "proposed for review" in shown
    assert "may be 1" in shown

    second = passage.candidates[1]
    assert second.recording in ask("accept", passage.guid[:8], "--candidate", "2").stdout
    assert ask("list").stdout.strip() == "nothing to decide"
    decided = import_()
    assert (decided.link_state, decided.title.mbid, decided.title.name) == ("linked", second.recording, second.title)
    again = import_()
    assert (again.title.mbid, again.link_state) == (second.recording, "linked")


def test_a_rejected_passage_is_linked_to_nothing_and_not_listed_again(import_, ask):
    passage = import_()
    ask("reject", passage.guid)
    after = import_()
    assert (after.title.mbid, after.link_state) == (None, "unidentified")
    assert ask("list").stdout.strip() == "nothing to decide"


def test_a_recording_that_a_person_names_needs_to_be_no_candidate(import_, ask):
    passage = import_()
    named = "0a5a6f6e-4f3b-4b5c-9a53-0d7f5e6c1a01"
    ask("set", passage.guid, named.upper())
    assert import_().title.mbid == named


def test_what_cannot_be_decided_is_refused_with_a_reason(import_, ask):
    passage = import_()
    assert "no number 9" in ask("accept", passage.guid, "--candidate", "9", expect=2).stderr
    assert "MBID" in ask("set", passage.guid, "rubbish", expect=2).stderr
    assert "knows no passage" in ask("reject", "ffffffff-ffff", expect=4).stderr


def test_without_a_word_the_command_lists(command_line, import_):
    passage = import_()
    assert passage.guid[:8] in command_line.run_words("review", "--library", str(command_line.library)).stdout
