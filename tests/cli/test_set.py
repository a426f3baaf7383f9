"""``passagework set`` as a person meets it."""

import json
import os
import shutil

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence
from passagework.demo.tagging import write_tags
from passagework.domain.edits import EditError
from passagework.domain.errors import LibraryBusyError, LibraryError, NotFoundError
from passagework.domain.tags import Tags

RATE = 22_050
SONG, ARTIST, OTHER = (f"{n}0000000-0000-4000-8000-000000000000" for n in (1, 2, 3))


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A library of a tagged file, an identified one, and one with two passages: copy it, do not change it."""
    folder = tmp_path_factory.mktemp("set") / "music"
    folder.mkdir()
    for seed, name in enumerate(("Plain.flac", "Known.flac"), 1):
        write_audio(folder / name, compose(2 * RATE, RATE, seed), RATE, AudioForm.FLAC)
    write_tags(folder / "Plain.flac", Tags(title="Kettle", artist_credit="Somebody"))
    credit = {"artist_credit": "A & B", "artists": ("A", "B"), "artist_ids": (ARTIST, OTHER)}
    write_tags(folder / "Known.flac", Tags(title="Spout", recording_ids=(SONG,), **credit))
    side = join(compose(20 * RATE, RATE, 3), silence(5 * RATE, 2), compose(20 * RATE, RATE, 4))
    write_audio(folder / "Side.flac", side, RATE, AudioForm.FLAC)
    library = folder.parent / "original.passages"
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        importer.start(folder).wait(60)
    return library, folder


@pytest.fixture
def library(original, tmp_path):
    return shutil.copyfile(original[0], tmp_path / "own.passages")


@pytest.fixture
def music(original):
    return original[1]


@pytest.fixture
def set_(run, library):
    """Give a function that runs ``passagework set`` and gives what it printed."""
    return lambda *arguments, **more: run("set", "--library", library, *arguments, **more).output


@pytest.fixture
def refused(library):
    """Give a function that runs ``passagework set`` and gives the error that ``main`` makes a line of."""

    def refused(kind, *arguments, path=library):
        result = CliRunner().invoke(cli, ["set", "--library", str(path), *map(str, arguments)])
        assert isinstance(result.exception, kind), (result.output, result.exception)
        return str(result.exception)

    return refused


def shown(run, library, target):
    return json.loads(run("show", "--library", library, "--json", target).output)


def guid_of(run, library, file):
    return shown(run, library, file)["passages"][0]["guid"]


@pytest.mark.slow
def test_it_says_what_changed_and_how_to_take_it_back(run, library, music, set_):
    guid = guid_of(run, library, music / "Plain.flac")
    assert set_(guid[:8], "title=My = Kettle", "probability=0.5", "approval=approved").splitlines() == [
        f"passage {guid}",
        "  title: Kettle -> My = Kettle",
        "  probability: - -> 0.5",
        "  approval: - -> approved",
        f"no import changes it; to clear it: passagework set {guid} title= probability= approval=",
    ]
    assert set_(guid, "title=", "probability=2").splitlines() == [
        f"passage {guid}",
        "  title: My = Kettle -> Kettle (cleared: imports maintain it again)",
        "  probability: 0.5 -> 2",
        f"no import changes it; to clear it: passagework set {guid} probability=",
    ]
    assert set_(guid, "probability=2.0") == "nothing to change: already set\n"


def test_a_file_with_one_passage_stands_for_its_passage(run, library, music, set_, monkeypatch):
    monkeypatch.chdir(music)
    set_("Plain.flac", "title=Pot")
    (passage,) = shown(run, library, music / "Plain.flac")["passages"]
    assert passage["title"] == {"name": "Pot", "mbid": None, "set_by": "user", "source": "user"}


def test_of_a_file_with_several_passages_one_must_be_named(run, library, music, refused):
    said = refused(EditError, music / "Side.flac", "title=x")
    for passage in shown(run, library, music / "Side.flac")["passages"]:
        assert passage["guid"] in said


def test_weights_of_a_song_are_set_and_taken_back(run, library, music, set_):
    edited = json.loads(set_("--json", SONG, f"weight.{ARTIST}=0.7", f"weight.{OTHER.upper()}=.3"))["edited"]
    assert edited[0] == {
        "subject": "song",
        "key": SONG,
        "field": "weight",
        "part": ARTIST,
        "before": 0.5,
        "after": 0.7,
    }
    (passage,) = shown(run, library, music / "Known.flac")["passages"]
    assert [(own["part"], own["value"]) for own in passage["own"]] == [(ARTIST, 0.7), (OTHER, 0.3)]
    said = set_(SONG, "weight=").splitlines()
    assert said[1] == f"  weight.{ARTIST}: 0.7 -> 0.5 (cleared: imports maintain it again)"
    assert len(said) == 3


def test_what_was_set_is_shown_listed_and_found(run, library, music, set_):
    set_(SONG, "title=Spigot", "cooldown_seconds=3600")
    set_(ARTIST, "name=Aaron")
    guid = guid_of(run, library, music / "Known.flac")
    set_(guid, "approval=rejected", "probability=0")
    set_(music / "Plain.flac", "title=Cauldron")
    text = run("show", "--library", library, guid).output
    assert f"  yours   song {SONG}: title=Spigot, cooldown_seconds=3600" in text
    assert f"  yours   artist {ARTIST}: name=Aaron" in text
    assert "  yours   probability=0, approval=rejected" in text
    assert "Aaron, B - Spigot  (rejected, probability 0)" in run("list", "--all", "--library", library, "spigot").output
    assert "~Somebody - Cauldron  [" in run("list", "--library", library, "cauldron").output
    (listed,) = run("list", "--all", "--library", library, "--json", "spigot").output.splitlines()
    assert json.loads(listed)["title"] == {"name": "Spigot", "mbid": SONG, "set_by": "user", "source": "user"}
    assert json.loads(listed)["not_playable_because"] == ["rejected"]
    (file,) = shown(run, library, music / "Known.flac")["passages"]
    assert file["artists"] == [
        {"name": "Aaron", "mbid": ARTIST, "set_by": "user", "source": "user"},
        {"name": "B", "mbid": OTHER, "set_by": None, "source": "linked"},
    ]


def test_an_artist_that_a_person_claims_under_the_same_name_stays(set_):
    assert "  name: A\n" in set_(ARTIST, "name=A")
    assert "  name: A (cleared" in set_(ARTIST, "name=")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["titel=x"], "did you mean title?"),
        (["name=x"], "a passage has no name; did you mean title?"),
        (["probability=much"], "a number from 0 to 1000, not 'much'"),
        (["probability=nan"], "a number from 0 to 1000"),
        (["approval=yes"], "approved or rejected"),
        (["title=\udcff"], "text of one line"),
        (["title"], "write it as FIELD=VALUE"),
        (["title=a", "title=b"], "title is given twice"),
        (["weight=0.5"], "weight.ARTIST_MBID"),
        (["weight=", f"weight.{ARTIST}=1"], "alone"),
        ([f"weight.{ARTIST}=1"], "a passage has no weight"),
        (["title.x=1"], "nothing has a field 'title.x'; did you mean title?"),
        (["=x"], "nothing has a field"),
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can(music, refused, words, said):
    assert said in refused(EditError, music / "Plain.flac", *words)


def test_without_a_field_the_usage_is_shown(music, library, run):
    assert "FIELD=VALUE" in run("set", "--library", library, music / "Plain.flac", expect=2).output


def test_a_target_that_the_library_does_not_know_is_not_found(refused):
    said = refused(NotFoundError, "no/such.flac", "title=x")
    assert "no/such.flac" in said
    assert "guid" in said


@pytest.mark.parametrize("content", [None, b"", b"something else"])
def test_no_library_is_made(tmp_path, refused, content):
    path = tmp_path / "other.passages"
    if content is not None:
        path.write_bytes(content)
    refused(LibraryError, "abcdef", "title=x", path=path)
    assert (path.read_bytes() if path.exists() else None) == content
    assert not path.with_name(path.name + ".lock").exists()


def test_who_holds_the_library_is_said(library, refused):
    settings = load_settings(overrides={"library.path": str(library), "library.socket": "false"})
    with Importer(settings, make_executor=InlineExecutor):
        said = refused(LibraryBusyError, SONG, "title=x")
    assert str(os.getpid()) in said or "this process" in said
    assert " since 2" in said


def test_no_worker_is_started_and_nothing_is_left_open(library, set_, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a process was started"))
    set_(SONG, "title=x")
    assert not library.with_name(library.name + "-wal").exists()
    with Library.open(library) as opened:
        assert opened.status().last_run.id == 1


def test_characteristics_of_your_own_are_set_shown_and_cleared(run, library, music, set_):
    path = music / "Plain.flac"
    output = set_(path, "flavor.season=winter:0.7, summer:0.3", "flavor.for children=yes:0.4,no:0.6")
    assert "  flavor.season: - -> winter:0.7,summer:0.3\n" in output
    assert " 'flavor.for children=' flavor.season=\n" in output

    assert "flavor.season=winter:0.7,summer:0.3" in run("show", path, "--library", library).output
    assert "  flavor.season: winter:0.7,summer:0.3 -> - (cleared)\n" in set_(path, "flavor.season=")
    with Library.open(library) as opened:
        (own,) = opened.file(path).passages[0].own
    assert (own.field, own.part, own.value) == ("flavor", "for children", "yes:0.4,no:0.6")
    assert "flavor.for children" in set_(path, "flavor=")


def test_shares_that_do_not_sum_to_1_are_stored_with_a_warning(music, library, run):
    said = run("set", "--library", library, music / "Plain.flac", "flavor.season=winter:0.7,summer:0.4")
    assert "flavor.season: - -> winter:0.7,summer:0.4\n" in said.stdout
    assert "warning: the shares of flavor.season do not sum to 1: winter:0.7,summer:0.4\n" in said.stderr
