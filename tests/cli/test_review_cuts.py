"""``passagework review cuts``, ``review cut`` and ``review keep``, as a person meets them."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.commands.review import _lines
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence, tone
from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.edits import EditError
from passagework.domain.errors import NotFoundError
from tests.support.distinct import Distinct

RATE = 8_000
MIDDLE = 15.0


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A library of two files with a quiet note from 12 to 18 s, which may be a gap, and of one without: copy it."""
    folder = tmp_path_factory.mktemp("review") / "music"
    folder.mkdir()
    for seed, name in ((3, "One side.flac"), (5, "Other.flac")):
        side = join(
            compose(12 * RATE, RATE, seed), tone(6 * RATE, 2, RATE, 440, -50), compose(12 * RATE, RATE, seed + 1)
        )
        write_audio(folder / name, side, RATE, AudioForm.FLAC)
    write_audio(folder / "Song.flac", compose(12 * RATE, RATE, 7), RATE, AudioForm.FLAC)
    write_audio(folder / "Silence.flac", silence(2 * RATE, 2), RATE, AudioForm.FLAC)
    library = folder.parent / "original.passages"
    analyse(library, folder)
    return library, folder


def analyse(library, folder):
    settings = load_settings(overrides={"library.path": str(library), "analysis.fingerprint": False})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        return importer.start(folder, subfolders=False).wait(60)


@pytest.fixture
def library(original, tmp_path):
    return shutil.copyfile(original[0], tmp_path / "own.passages")


@pytest.fixture
def music(original):
    return original[1]


@pytest.fixture
def side(music):
    return music / "One side.flac"


@pytest.fixture
def invoke(library):
    return lambda *words: CliRunner().invoke(cli, ["review", words[0], "--library", str(library), *map(str, words[1:])])


@pytest.fixture
def run(invoke):
    def run(*words):
        result = invoke(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    return run


def in_doubt(library):
    with Library.open(library) as opened:
        return [os.path.basename(file.path) for file in opened.review_cuts()]


def spans(library, path):
    with Library.open(library) as opened:
        return [(one.start / 28_224_000, one.end / 28_224_000) for one in opened.file(path).passages]


def test_files_in_doubt_are_listed_with_the_reason_the_places_and_what_to_type(run, music, side):
    lines = run("cuts").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        f"{side}  1 passage",
        f"{music}/Other.flac  1 passage",
    ]
    assert lines[1].startswith("  why     gaps-uncertain: the file has steady quiet stretches that may be gaps")
    assert lines[2].startswith("  maybe   1  0:1")
    assert lines[3:5] == [
        f"  decide  passagework review cut '{side}' NUMBER...",
        f"  or      passagework review keep '{side}'",
    ]


def test_programs_get_a_document_for_each_file(run, side):
    first, second = map(json.loads, run("cuts", "--json").splitlines())
    assert (first["format"], first["path"], first["reasons"]) == (2, str(side), ["gaps-uncertain"])
    assert (first["cut_by"], first["score"], first["passage_count"]) == (None, None, 1)
    (place,) = first["candidates"]
    assert place["number"] == 1
    assert place["start_seconds"] == pytest.approx(12, abs=0.5)
    assert place["end_seconds"] == pytest.approx(18, abs=0.5)
    assert place["cut_at_ticks"] == (place["start_ticks"] + place["end_ticks"]) // 2
    assert second["path"].endswith("Other.flac")


def test_the_list_of_passages_says_how_many_files_there_are_and_programs_are_not_told(run, side, music):
    assert run("list").splitlines() == ["nothing to decide", "2 files whose cuts are in doubt: passagework review cuts"]
    assert run("list", "--json") == ""
    run("keep", "--later", side)
    assert run("list").splitlines()[-1] == "1 file whose cuts are in doubt: passagework review cuts"
    run("keep", "--later", music / "Other.flac")
    assert run("list").splitlines() == ["nothing to decide"]
    assert run("cuts").splitlines() == ["no cuts are in doubt"]
    assert run("cuts", "--json") == ""


def test_a_place_is_cut_by_its_number_and_the_file_is_no_more_in_doubt(run, library, side):
    said = run("cut", "--later", side, "1", "1").splitlines()
    assert said[0] == f"{side}, at the next import:"
    assert len(said) == 4
    assert said[-1] == f"to take it back: passagework cut --undo '{side}'"
    assert in_doubt(library) == [b"Other.flac"]
    analyse(library, side.parent)
    (_, cut), (again, _) = spans(library, side)
    assert cut == again == pytest.approx(MIDDLE, abs=0.3)


def test_what_is_kept_is_as_it_was_after_imports_and_in_doubt_again_when_that_is_taken_back(run, library, side):
    before = spans(library, side)
    said = run("keep", "--later", side).splitlines()
    assert said[-1] == f"to take it back: passagework cut --undo '{side}'"
    assert analyse(library, side.parent).progress.files_analysed == 1
    assert spans(library, side) == before
    assert in_doubt(library) == [b"Other.flac"]
    with Library.open(library) as opened:
        assert opened.file(side).cut_by == "person"
    assert run("keep", "--later", side).startswith("nothing to change: ")
    assert run("cuts").count("decide") == 1
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        importer.library.cut(side, undo=True)
    analyse(library, side.parent)
    assert in_doubt(library) == [b"One side.flac", b"Other.flac"]


def test_what_cannot_be_decided_is_refused_with_a_reason_and_nothing_is_changed(invoke, library, music, side):
    before = library.read_bytes()
    for kind, why, words in (
        (EditError, "has 1 place where it may be cut, but no number 2", ("cut", side, "1", "2")),
        (EditError, "are not in doubt; passagework cut", ("cut", music / "Song.flac", "1")),
        (NotFoundError, "no file", ("cut", music / "None.flac", "1")),
        (NotFoundError, "no analysis of", ("keep", music / "None.flac")),
    ):
        result = invoke(*words)
        assert isinstance(result.exception, kind), (words, result.output)
        assert why in str(result.exception)
    assert invoke("cut", side).exit_code == invoke("cut", side, "0").exit_code == 2
    assert library.read_bytes() == before


def test_a_file_without_places_is_cut_anywhere_and_a_score_is_told():
    file = Distinct().of(CutsInDoubt)
    first, *told = _lines(file)
    assert first.endswith(f", score {file.score:.2f}")
    assert told[-2].endswith("NUMBER...")
    first, *told = _lines(replace(file, candidates=(), score=None))
    assert "score" not in first
    assert told[-2].endswith("--at TIME, or --join TIME")


def test_a_program_asks_about_one_file_and_keeps_what_has_passages_only(library, music, side):
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        asked = importer.library
        assert [file.path for file in asked.review_cuts(side)] == [os.fsencode(side)]
        assert list(asked.review_cuts(music / "Song.flac")) == []
        with pytest.raises(NotFoundError, match="no file"):
            next(asked.review_cuts(music / "None.flac"))
        with pytest.raises(EditError, match="keep, clear, or undo; one of these"):
            asked.cut(side, keep=True, at=[3])
        with pytest.raises(EditError, match="has no passage to keep"):
            asked.cut(music / "Silence.flac", keep=True)
        assert len(asked.cut(side, keep=True)) == 1
        assert asked.cut(side, keep=True) == ()
