"""What identification leaves to a person, through the command line: listed, accepted, rejected, set, and final."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.group import cli
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


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    path = tmp_path_factory.mktemp("music") / "a.mp3"
    write_audio(path, compose(30 * RATE, RATE, 1), RATE, AudioForm.MP3)
    return path


@pytest.fixture(scope="module")
def keys(standin, tmp_path_factory):
    return {
        "acoustid.key": "any",
        "acoustid.url": standin.acoustid_url,
        "acoustid.per_second": "100",
        "musicbrainz.url": standin.musicbrainz_url,
        "musicbrainz.per_second": "100",
        "identification.gate_folder": str(tmp_path_factory.mktemp("gates")),
    }


@pytest.fixture(scope="module")
def imported(make_command_line, keys, music, tmp_path_factory):
    """Give a library in which two songs are proposed for the music."""
    command_line = make_command_line(tmp_path_factory.mktemp("imported"))
    options = [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]
    command_line.run("import", "--quiet", *options, music.parent)
    return command_line.library


@pytest.fixture
def proposal(command_line, imported, music):
    """Give the passage as the command line finds it in a copy of that library."""
    shutil.copyfile(imported, command_line.library)
    return passage_of(command_line.library, music)


@pytest.fixture
def import_again(command_line, keys, music):
    def run():
        settings = load_settings(overrides={"library.path": str(command_line.library), **keys})
        with Importer(settings, make_executor=InlineExecutor) as importer:
            importer.start([music.parent]).wait(60)
        return passage_of(command_line.library, music)

    return run


@pytest.fixture
def ask(command_line):
    def run(action, *words):
        done = CliRunner().invoke(cli, ["review", action, "--library", str(command_line.library), *words])
        assert done.exit_code == 0, (done.output, done.exception)
        return done

    return run


def passage_of(library, music):
    with Library.open(library) as opened:
        (passage,) = opened.file(os.fsencode(music)).passages
    return passage


def test_what_sounds_like_two_songs_is_left_to_a_person_whose_word_is_final(
    proposal, import_again, ask, command_line, music
):
    passage = proposal
    assert (passage.link_state, passage.title.mbid) == ("proposal", None)
    assert {candidate.title for candidate in passage.candidates} == {"Rain", "Snow"}
    listed = ask("list").stdout
    assert passage.guid[:8] in listed
    assert "Anna - Rain" in listed
    assert "Anna - Snow" in listed
    assert json.loads(ask("list", "--json").stdout)["candidates"][1]["term_items"]
    shown = command_line.run_here("show", music).stdout
    assert "proposed for review" in shown
    assert "may be 1" in shown

    second = passage.candidates[1]
    assert second.recording in ask("accept", passage.guid[:8], "--candidate", "2").stdout
    assert ask("list").stdout.strip() == "nothing to decide"
    decided = import_again()
    assert (decided.link_state, decided.title.mbid, decided.title.name) == ("linked", second.recording, second.title)
    again = import_again()
    assert (again.title.mbid, again.link_state) == (second.recording, "linked")


def test_a_rejected_passage_is_linked_to_nothing_and_not_listed_again(proposal, import_again, ask):
    ask("reject", proposal.guid)
    after = import_again()
    assert (after.title.mbid, after.link_state) == (None, "unidentified")
    assert ask("list").stdout.strip() == "nothing to decide"


def test_a_recording_that_a_person_names_needs_to_be_no_candidate(proposal, import_again, ask):
    named = "0a5a6f6e-4f3b-4b5c-9a53-0d7f5e6c1a01"
    ask("set", proposal.guid, named.upper())
    assert import_again().title.mbid == named


def test_what_cannot_be_decided_is_refused_with_a_reason(command_line, proposal):
    def refuse(action, *words, expect):
        return command_line.run_words("review", action, "--library", command_line.library, *words, expect=expect).stderr

    assert "no number 9" in refuse("accept", proposal.guid, "--candidate", "9", expect=2)
    assert "MBID" in refuse("set", proposal.guid, "rubbish", expect=2)
    assert "knows no passage" in refuse("reject", "ffffffff-ffff", expect=4)


def test_without_a_word_the_command_lists(command_line, proposal):
    assert proposal.guid[:8] in command_line.run_words("review", "--library", str(command_line.library)).stdout
