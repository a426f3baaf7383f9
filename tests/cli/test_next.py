"""``passagework next`` and ``passagework played`` as a person meets them."""

import json
import re

import pytest

from passagework.domain.errors import NotFoundError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.playing import NextError
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from tests.support.library import Maker, OpenedLibrary

EVENING = "2026-03-04T20:00:00+00:00"
LATER = "2026-03-04T20:10:00+00:00"
EVENING_NS = 1_772_654_400_000_000_000


@pytest.fixture
def shelf(tmp_path):
    """The path of a library of three passages, of two artists, and their guids."""
    path = tmp_path / "shelf.passages"
    library = OpenedLibrary(path, "normal")
    library.new_run()
    for number, artist in enumerate(("Ada", "Ada", "Bea")):
        library.write(
            Maker.store(
                library.run,
                b"/music/%d.flac" % number,
                ((0, 60),),
                tags=Tags(title=f"Song {number}", artist_credit=artist, album="Album"),
                audio=b"%d" % number,
            )
        )
    guids = [library.passages(b"/music/%d.flac" % number)[0].guid for number in range(3)]
    library.close_run(RunState.COMPLETED)
    library.close()
    return path, guids


@pytest.fixture
def ask(run, shelf):
    """Give a function that runs a command with the library, and returns what it prints."""
    return lambda command, *given, expect=0: run(command, "--library", shelf[0], *given, expect=expect)


def test_the_same_seed_prints_the_same_passage_with_its_gain(ask, shelf):
    one, other = (ask("next", "--at", EVENING, "--seed", "a").output for _ in range(2))
    assert one == other
    assert one.split()[0] in shelf[1]
    assert re.search(r"^  gain [+-]\d+\.\d\d dB$", one, re.MULTILINE)


def test_what_plays_before_is_not_printed_and_the_next_one_begins_before_it_ends(ask, shelf):
    printed = ask("next", "--at", EVENING, "--after", shelf[1][0][:8], "--artist", "Ada").output
    assert printed.split()[0] == shelf[1][1]
    assert re.search(r"begins \d+\.\d{3} s after the one before it; overlaps \d+\.\d{3} s", printed)


def test_it_says_what_the_chance_is_made_of(ask, shelf):
    ask("played", shelf[1][2], "--at", EVENING)
    printed = ask("next", "--at", LATER, "--artist", "Ada", "--explain").output
    assert "50.00% of all; 2 can be played, 0 of them rest" in printed
    assert "artist ada: probability 1, share 1, rested 1.000, never played" in printed


def test_if_all_rest_it_says_until_when_and_ends_with_the_code_of_nothing_found(ask, shelf):
    assert ask("played", *shelf[1], "--at", EVENING).output.count("played ") == 3
    nothing = ask("next", "--at", LATER, expect=ExitCode.NOTHING_FOUND)
    assert re.search(r"^all 3 passages rest; the first is free at \S+$", nothing.output, re.MULTILINE)
    even = ask("next", "--at", LATER, "--even-resting").output
    assert even.split()[0] in shelf[1]
    assert "  still rests, until " in even
    found = json.loads(ask("next", "--at", LATER, "--even-resting", "--json").output)
    assert (found["is_resting"], found["playable"], found["resting"]) == (True, 3, 3)
    # 15 minutes, and a millionth of a second more, since it comes back by and by.
    assert found["free_ns"] == EVENING_NS + 900 * 1_000_000_000 + 1_000


def test_a_library_of_which_nothing_can_be_played_says_so(ask):
    printed = ask("next", "--artist", "Nobody", expect=ExitCode.NOTHING_FOUND)
    assert printed.output == "no passage can be played\n"


def test_a_play_is_reported_once_and_can_be_taken_back(ask, shelf):
    first = shelf[1][0]
    assert ask("played", first, "--at", EVENING).output.startswith(f"played {first} at ")
    assert ask("played", first, "--at", EVENING).output == "reported already\n"
    assert ask("played", first, "--at", EVENING, "--take-back").output.startswith(f"taken back {first} at ")
    assert ask("played", first, "--at", EVENING, "--take-back").output == "nothing to take back\n"


@pytest.mark.parametrize("command", [("next", "--after"), ("next", "--near"), ("played",)])
def test_a_passage_that_is_not_there_is_named(ask, command):
    error = ask(*command, "ffffffff", expect=1).exception
    assert isinstance(error, NotFoundError)
    assert "ffffffff" in str(error)


@pytest.mark.parametrize("at", ["1969-12-31T00:00:00+00:00", "2101-01-01T00:00:00+00:00"])
def test_a_moment_that_cannot_be_is_refused(ask, at):
    assert isinstance(ask("next", "--at", at, expect=1).exception, NextError)
    assert ask("next", "--at", "yesterday", expect=ExitCode.USAGE).output
