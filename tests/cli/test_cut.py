"""``passagework cut``, and ``set`` with a start or an end, as a person meets them."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.commands.cut import _lines
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence
from passagework.domain.edits import EditError
from passagework.domain.errors import NotFoundError
from passagework.domain.given_cuts import Bound, write_bounds
from passagework.domain.units import TICKS_PER_SECOND, clock_time
from passagework.domain.views import FileView
from tests.support.distinct import Distinct

RATE = 8_000


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A library of a file with two passages, from 0 to 12 s and from 17 to 29 s: copy it, do not change it."""
    folder = tmp_path_factory.mktemp("cut") / "music"
    folder.mkdir()
    side = join(compose(12 * RATE, RATE, 3), silence(5 * RATE, 2), compose(12 * RATE, RATE, 4))
    write_audio(folder / "Side.flac", side, RATE, AudioForm.FLAC)
    library = folder.parent / "original.passages"
    with Importer(settings_of(library), make_executor=InlineExecutor) as importer:
        importer.start(folder).wait(60)
    return library, folder / "Side.flac"


def settings_of(library):
    return load_settings(overrides={"library.path": str(library), "analysis.fingerprint": False})


@pytest.fixture
def library(original, tmp_path):
    return shutil.copyfile(original[0], tmp_path / "own.passages")


@pytest.fixture
def side(original):
    return original[1]


@pytest.fixture
def run(library):
    def run(command, *arguments):
        result = CliRunner().invoke(cli, [command, "--library", str(library), *map(str, arguments)])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    return run


@pytest.fixture
def refused(library):
    def refused(kind, command, *arguments):
        result = CliRunner().invoke(cli, [command, "--library", str(library), *map(str, arguments)])
        assert isinstance(result.exception, kind), (result.output, result.exception)
        return str(result.exception)

    return refused


def passages(library, side):
    with Library.open(library) as opened:
        return opened.file(os.fsencode(side)).passages


def spans(library, side):
    return [(round(one.start / 28_224_000, 2), round(one.end / 28_224_000, 2)) for one in passages(library, side)]


def analyse(library, side, *, again=False):
    with Importer(settings_of(library), make_executor=InlineExecutor) as importer:
        return importer.start(side.parent, reanalyze=again, subfolders=False).wait(60)


def test_a_cut_is_noted_and_the_next_import_measures_the_new_passages(run, library, side):
    first, second = passages(library, side)
    said = run("cut", "--later", side, "--at", "5", "--at", "0:20.5").splitlines()
    assert said[0] == f"{side}, at the next import:"
    assert said[-1] == f"to take it back: passagework cut --undo {side}"
    # The longer part is what stays of a passage.
    assert [line.split()[1] for line in said[1:-1]] == ["new", first.guid, "new", second.guid]
    assert passages(library, side) == (first, second)
    progress = analyse(library, side).progress
    assert (progress.files_analysed, progress.files_unchanged) == (1, 0)
    now = passages(library, side)
    assert [(now[1].guid, now[3].guid)] == [(first.guid, second.guid)]
    edges = spans(library, side)
    assert (edges[0][1], edges[1][0], edges[2][1], edges[3][0]) == (5.0, 5.0, 20.5, 20.5)
    assert now[0].loudness != first.loudness
    assert analyse(library, side).progress.files_unchanged == 1


def test_cuts_outlive_another_analysis_and_are_taken_back(run, library, side):
    before = spans(library, side)
    run("cut", "--later", side, "--join", "14")
    analyse(library, side)
    joined = [(before[0][0], before[1][1])]
    assert spans(library, side) == joined
    analyse(library, side, again=True)
    assert spans(library, side) == joined
    run("cut", "--later", "--undo", side)
    analyse(library, side)
    assert spans(library, side) == before
    run("cut", "--later", side, "--join", "14")
    run("cut", "--later", "--clear", side)
    analyse(library, side)
    assert spans(library, side) == before


def test_what_is_taken_back_is_the_last_of_several_cuts(run, library, side):
    (first, _, third) = (run("cut", "--later", side, *cut) for cut in (("--at", 5), ("--at", 20.5), ("--undo",)))
    assert first == third
    as_json = json.loads(run("cut", "--later", "--json", side, "--at", "7"))
    assert [one["guid"] for one in as_json["passages"]] == [one.guid for one in passages(library, side)]
    run("cut", "--later", "--clear", side)
    assert run("cut", "--later", "--clear", side).startswith("nothing to change: ")


def test_a_passage_begins_and_ends_as_a_person_set_it_and_keeps_its_guid_and_title(run, library, side):
    guid = passages(library, side)[1].guid
    said = run("set", guid[:8], "start=0:26", "end=28.5", "title=Coda").splitlines()
    assert said[:2] == [f"passage {guid}", "  title: Side -> Coda"]
    assert said[-2].startswith("  cut: 0:00.")
    assert said[-2].endswith("0:26.000-0:28.500")
    analyse(library, side)
    assert (spans(library, side)[1], passages(library, side)[1].guid) == ((26.0, 28.5), guid)
    assert passages(library, side)[1].title.name == "Coda"


def test_leads_are_set_in_seconds(run, library, side):
    guid = passages(library, side)[0].guid
    assert run("set", guid, "lead_out=0:02.5").splitlines()[1].endswith(" -> 2.5")
    assert passages(library, side)[0].lead_out == round(2.5 * 28_224_000)
    (_, _, *rest) = run("show", guid).splitlines()
    assert any(line.endswith("out 2.500 s") for line in rest)


@pytest.mark.parametrize(
    ("command", "arguments", "why"),
    [
        ("cut", ("{side}",), "--at TIME, --join TIME, --clear or --undo"),
        ("cut", ("{side}", "--at", "3", "--undo"), "--at TIME, --join TIME, --clear or --undo"),
        ("cut", ("{side}", "--at", "14"), "there is no passage at 0:14.000"),
        ("cut", ("{side}", "--at", "0"), "0:00.000 is at the edge of a passage already"),
        ("cut", ("{side}", "--at", "later"), "--at must be seconds"),
        ("cut", ("{side}", "--at", "nan"), "--at must be seconds"),
        ("cut", ("{side}", "--join", "-1"), "--join must be seconds"),
        ("cut", ("{side}", "--undo"), "nobody has cut"),
        ("set", ("{guid}", "start=40"), "begin at 0:40.000 and end at 0:12."),
        ("set", ("{guid}", "end=1:00:00"), "the file ends at"),
        ("set", ("{guid}", "start="), "passagework cut FILE --undo, or --clear"),
        ("set", ("{guid}", "start=1e400"), "start must be seconds"),
        ("set", ("{guid}", "lead_in=-1"), "lead_in must be seconds"),
    ],
)
def test_what_cannot_be_cut_is_said_and_nothing_is_changed(refused, library, side, command, arguments, why):
    before = library.read_bytes()
    guid = passages(library, side)[0].guid
    said = refused(EditError, command, *(one.format(side=side, guid=guid) for one in arguments))
    assert why in said
    assert "nothing was changed" in said
    assert passages(library, side)[0].guid == guid
    assert library.read_bytes() == before


def test_where_nothing_changes_there_is_nothing_to_take_back(run, library, side):
    assert run("cut", "--later", "--clear", side).splitlines()[:2] == [
        "nothing to change: it is cut like that already",
        str(side),
    ]
    assert "take it back" not in run("cut", "--later", "--clear", side)


def test_a_program_names_a_file_by_any_kind_of_path(library, side, monkeypatch):
    monkeypatch.chdir(side.parent)
    with Importer(settings_of(library), make_executor=InlineExecutor) as importer:
        for path in (os.fsencode(side), str(side), side, side.name):
            found = importer.library.file(path)
            assert (found.path, importer.library.curves(path).passages) == (os.fsencode(side), found.passages)
            assert len(importer.library.cut(path, at=[3])) == 1
            importer.library.cut(path, undo=True)
        with pytest.raises(NotFoundError, match=r"no analysis of /no/Other\.flac"):
            importer.library.cut("/no/Other.flac", at=[3])


def test_a_file_that_the_library_does_not_know_cannot_be_cut(refused, side):
    assert "no analysis of" in refused(NotFoundError, "cut", side.with_name("Other.flac"), "--at", "3")


@pytest.mark.slow
def test_without_later_the_file_is_measured_at_once(run, library, side):
    out = run("cut", "-q", "--set", "analysis.workers=1", "--set", "link.enabled=false", side, "--at", "5")
    found = [f"  {clock_time(one.start)}-{clock_time(one.end)}  {one.guid}" for one in passages(library, side)]
    assert (out.splitlines()[:-1], spans(library, side)[0]) == ([str(side), *found], (0, 5))


def test_what_is_told_has_each_passage_from_its_start_to_its_end():
    file = Distinct().of(FileView)
    first, *told = _lines(file, None, changed=False)
    assert first == "nothing to change: it is cut like that already"
    assert told[1:] == [f"  {clock_time(one.start)}-{clock_time(one.end)}  {one.guid}" for one in file.passages]


def test_what_is_noted_for_later_has_each_bound_from_its_start_to_its_end():
    second = TICKS_PER_SECOND
    wanted = write_bounds([Bound(start=second, end=3 * second, keeps="guid"), Bound(start=3 * second, end=9 * second)])
    told = list(_lines(Distinct().of(FileView), wanted, changed=True))
    assert told[0].endswith(", at the next import:")
    assert told[1:3] == ["  0:01.000-0:03.000  guid", "  0:03.000-0:09.000  new"]
    assert told[3].startswith("to take it back: passagework cut --undo ")
