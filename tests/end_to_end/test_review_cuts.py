"""Cuts that are in doubt, through the command line: listed, cut at a place, kept, and taken back."""

import json
import os

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, tone

RATE = 22_050

pytestmark = pytest.mark.slow


@pytest.fixture
def sides(tmp_path):
    """Give two files of two pieces, with a quiet note from 12 to 18 s that may be a gap."""
    folder = tmp_path / "music"
    folder.mkdir()
    paths = folder / "A.flac", folder / "B.mp3"
    for seed, path in enumerate(paths):
        side = join(
            compose(12 * RATE, RATE, 2 * seed + 3),
            tone(6 * RATE, 2, RATE, 440, -50),
            compose(12 * RATE, RATE, 2 * seed + 4),
        )
        write_audio(path, side, RATE, AudioForm(path.suffix.removeprefix(".")))
    return paths


def test_doubtful_cuts_are_decided_by_a_person_and_that_is_taken_back(command_line, sides):
    def review(*words):
        done = command_line.run_words("review", words[0], "--library", str(command_line.library), *map(str, words[1:]))
        return done.stdout

    def in_doubt():
        return [os.path.basename(json.loads(line)["path"]) for line in review("cuts", "--json").splitlines()]

    def passages(path):
        shown = json.loads(command_line.run_here("show", "--json", path).stdout)
        return [(one["start_seconds"], one["end_seconds"], one["guid"]) for one in shown["passages"]]

    first, second = sides
    command_line.run("import", "--quiet", first.parent)
    assert in_doubt() == ["A.flac", "B.mp3"]
    ((_, _, whole),) = passages(first)
    review("cut", "--quiet", first, "1")
    (_, cut, _), (again, _, _) = passages(first)
    assert cut == again == pytest.approx(15, abs=0.5)
    assert in_doubt() == ["B.mp3"]

    kept = passages(second)
    review("keep", "--quiet", second)
    assert passages(second) == kept
    assert in_doubt() == []
    command_line.run("import", "--quiet", "--reanalyze", first.parent)
    assert (len(passages(first)), passages(second), in_doubt()) == (2, kept, [])

    for path in sides:
        command_line.run("cut", "--quiet", "--undo", path)
    assert in_doubt() == ["A.flac", "B.mp3"]
    assert ([guid for _, _, guid in passages(first)], passages(second)) == ([whole], kept)
