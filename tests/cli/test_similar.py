"""``passagework similar`` as a person meets it."""

import json
import re

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.group import cli
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.similar import NotComparableError
from passagework.domain.tags import Tags
from passagework.domain.views import RunState
from tests.support.heard_flavors import heard
from tests.support.library import Maker, OpenedLibrary
from tests.support.made_flavors import several, two_way


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """The path of a library of five passages, and their guids: read it, do not change it."""
    path = tmp_path_factory.mktemp("similar") / "shelf.passages"
    library = OpenedLibrary(path, "normal")
    library.new_run()
    for number, artist in enumerate(("Ada", "Bea", "Ada", "Cleo", "Dora")):
        groups = (two_way("mode", number / 4), several("key", *(float(place == number // 2) for place in range(3))))
        library.write(
            Maker.store(
                library.run,
                b"/music/%d.flac" % number,
                passages=(Maker.passage(0, 60, flavor=heard(number**2, groups=groups)),),
                tags=Tags(title=f"Song {number}", artist_credit=artist, album="Album"),
                audio=b"%d" % number,
            )
        )
    library.write(Maker.store(library.run, b"/music/short.flac", ((0, 60),), audio=b"s"))
    guids = [library.passages(b"/music/%d.flac" % number)[0].guid for number in range(5)]
    library.close_run(RunState.COMPLETED)
    library.close()
    return path, guids


@pytest.fixture
def similar(run, shelf):
    """Give a function that runs the command and returns the lines that it prints."""
    return lambda *arguments: run("similar", "--library", shelf[0], *arguments).output.splitlines()


def titles(lines):
    return re.findall(r"Song \d", "\n".join(lines))


def test_the_most_alike_come_first_with_what_they_have_in_common(similar, shelf):
    lines = similar(shelf[1][0])

    assert titles(lines) == ["Song 1", "Song 2", "Song 3", "Song 4"]
    assert lines[0].split()[1] == shelf[1][1][:8]
    assert "alike in key" in lines[1]
    assert similar("/music/0.flac") == similar(shelf[1][0][:8]) == lines


def test_artists_and_what_was_played_are_left_out(similar, shelf):
    _, guids = shelf
    assert titles(similar(guids[1], "--not-artist", "ada")) == ["Song 3", "Song 4"]
    assert titles(similar(guids[1], "--not-played", guids[0], "--not-played", guids[3])) == ["Song 2", "Song 4"]
    assert titles(similar(guids[0], "--once", "artist")) == ["Song 1", "Song 3", "Song 4"]
    assert titles(similar(guids[0], "--n", "2")) == ["Song 1", "Song 2"]


def test_where_nothing_is_found_that_is_said_also_to_scripts(run, shelf):
    path, guids = shelf
    done = run("similar", "--library", path, guids[0], "--not-album", "album", expect=ExitCode.NOTHING_FOUND)
    assert "nothing else can be compared" in done.output


def test_programs_read_the_same(run, shelf):
    path, guids = shelf
    found = json.loads(run("similar", "--library", path, "--json", guids[0], guids[1]).output)

    assert found["passages"] == guids[:2]
    assert [one["guid"] for one in found["similar_items"]] == guids[2:]
    with Library.open(path) as library:
        assert [one.passage.guid for one in library.similar(guids[:2])] == guids[2:]


def test_what_was_not_heard_cannot_be_compared(shelf):
    result = CliRunner().invoke(cli, ["similar", "--library", str(shelf[0]), "/music/short.flac"])

    assert isinstance(result.exception, NotComparableError)


@pytest.mark.slow
def test_an_importer_answers_from_its_own_library_while_it_is_open(tmp_path, make_music):
    for seed in range(3):
        make_music(f"music/{seed}.flac", seconds=15.0, seed=seed)
    settings = load_settings(overrides={"library.path": str(tmp_path / "own.passages")})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        importer.start(tmp_path / "music").wait(60)
        first, *others = [passage.guid for passage in importer.library.passages()]
        assert {one.passage.guid for one in importer.library.similar(first)} == set(others)
        make_music("music/3.flac", seconds=15.0, seed=3)
        importer.start(tmp_path / "music").wait(60)
        assert len(importer.library.similar(first)) == 3
