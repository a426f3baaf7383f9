"""What people set outlives every kind of import, and reaches the library beside a run."""

import json
import os
import re
import sqlite3
import threading
from contextlib import closing

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence
from passagework.demo.tagging import write_tags
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.tags import Tags

RATE = 22_050
SONG, ALBUM, *ARTISTS = (f"{n}0000000-0000-4000-8000-000000000000" for n in range(1, 6))
NAMES = ("A", "B", "C")
ONE_WORKER = ("--set", "analysis.workers=1")


def tag(path, title, artists=2):
    write_tags(
        path,
        Tags(
            title=title,
            artist_credit=" & ".join(NAMES[:artists]),
            artists=NAMES[:artists],
            artist_ids=tuple(ARTISTS[:artists]),
            recording_ids=(SONG,),
            album="Album",
            release_id=ALBUM,
        ),
    )


@pytest.fixture
def music(tmp_path):
    """A folder with an identified piece, and a side of two pieces."""
    folder = tmp_path / "music"
    folder.mkdir()
    write_audio(folder / "Piece.flac", compose(2 * RATE, RATE, 1), RATE, AudioForm.FLAC)
    tag(folder / "Piece.flac", "Spout")
    cut_side(folder, compose(12 * RATE, RATE, 3))
    return folder


def cut_side(folder, second):
    side = join(compose(12 * RATE, RATE, 2), silence(5 * RATE, 2), second)
    (folder / "Side.flac").unlink(missing_ok=True)
    write_audio(folder / "Side.flac", side, RATE, AudioForm.FLAC)


def show(command_line, target):
    return json.loads(command_line.run_here("show", "--json", target).stdout)


def own(passage):
    return {(value["subject"], value["field"], value["part"]): value["value"] for value in passage["own"]}


@pytest.mark.slow
def test_what_a_person_set_outlives_unchanged_retagged_recut_and_reanalysed_files(command_line, music):
    command_line.report(music, *ONE_WORKER)
    first, second = show(command_line, music / "Side.flac")["passages"]
    command_line.run_here("set", music / "Piece.flac", "title=Mine", "probability=0.5", "approval=approved")
    command_line.run_here("set", SONG, f"weight.{ARTISTS[0]}=0.7", f"weight.{ARTISTS[1]}=0.3", "cooldown_seconds=3600")
    command_line.run_here("set", ARTISTS[0], "name=Aaron")
    command_line.run_here("set", first["guid"][:10], "title=Overture", "approval=rejected")
    command_line.run_here("set", second["guid"], "probability=3")
    (piece,) = show(command_line, music / "Piece.flac")["passages"]
    mine = own(piece)
    assert mine == {
        ("passage", "title", None): "Mine",
        ("passage", "probability", None): 0.5,
        ("passage", "approval", None): "approved",
        ("song", "cooldown_seconds", None): 3600,
        ("song", "weight", ARTISTS[0]): 0.7,
        ("song", "weight", ARTISTS[1]): 0.3,
        ("artist", "name", None): "Aaron",
    }

    assert command_line.report(music, *ONE_WORKER)["unchanged"] == 2
    assert show(command_line, music / "Piece.flac")["passages"] == [piece]

    tag(music / "Piece.flac", "Lid", artists=3)
    cut_side(music, compose(20 * RATE, RATE, 5))
    report = command_line.report(music, *ONE_WORKER)
    assert (report["analysed"], report["tags_read"]) == (1, 1)
    (piece,) = show(command_line, music / "Piece.flac")["passages"]
    assert own(piece) == mine
    assert [artist["name"] for artist in piece["artists"]] == ["Aaron", "B", "C"]
    with closing(sqlite3.connect(command_line.library)) as library:
        assert library.execute("SELECT weight FROM song_artist ORDER BY weight").fetchall() == [(0.0,), (0.3,), (0.7,)]
    kept, other = show(command_line, music / "Side.flac")["passages"]
    title = {"name": "Overture", "mbid": None, "set_by": "user", "source": "user"}
    assert (kept["guid"], kept["title"]) == (first["guid"], title)
    assert own(kept)["passage", "approval", None] == "rejected"
    assert other["guid"] == second["guid"]
    assert own(other) == {("passage", "probability", None): 3.0}

    command_line.report(music, "--reanalyze", *ONE_WORKER)
    (piece,) = show(command_line, music / "Piece.flac")["passages"]
    assert own(piece) == mine

    command_line.run_here("set", SONG, "weight=", "cooldown_seconds=")
    command_line.run_here("set", ARTISTS[0], "name=")
    command_line.run_here("set", piece["guid"], "title=", "probability=", "approval=")
    (piece,) = show(command_line, music / "Piece.flac")["passages"]
    assert piece["own"] == []
    assert piece["title"] == {"name": "Lid", "mbid": SONG, "set_by": None, "source": "linked"}
    command_line.assert_sound()


@pytest.mark.slow
def test_who_imports_at_the_moment_is_said_and_nothing_changes(command_line, open_importer, small_folder, settings):
    with open_importer(command_line.library.name, library__socket="false") as importer:
        importer.start(small_folder).wait(180)
        guid = next(importer.library.passages()).guid
        done = command_line.run("set", guid, "title=Mine", expect=3)
        assert re.fullmatch(
            rf"passagework: library-busy: the library \S+ is in use by process {os.getpid()} on \S+ since \S+; .*\n",
            done.stderr,
        )
        assert importer.library.passage(guid).own == ()
    command_line.run("set", guid, "title=Mine")


@pytest.mark.slow
def test_a_host_sets_values_from_any_thread_while_a_run_is_under_way(open_importer, make_folder):
    with open_importer() as importer:
        importer.start(make_folder(4)).wait(180)
        guids = [passage.guid for passage in importer.library.passages()]
        run = importer.start(make_folder(30))
        answers = []

        def set_all(guid):
            answers.extend(
                importer.library.set(guid, probability=float(number), title=f"Title {number}") for number in range(10)
            )

        threads = [threading.Thread(target=set_all, args=(guid,)) for guid in guids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        report = run.wait(180)
        assert [len(answer) for answer in answers] == [2] * 40
        assert report.summary.analysed == 30
        for guid in guids:
            passage = importer.library.passage(guid)
            assert passage.title.name == "Title 9"
            assert [value.value for value in passage.own] == ["Title 9", 9.0]
        assert importer.library.set(guids[0], probability=9.0) == ()


@pytest.mark.slow
def test_who_sets_something_hears_at_once_that_the_library_takes_no_writes(open_importer, make_folder, tmp_path):
    with open_importer() as importer:
        importer.start(make_folder(2)).wait(180)
        guid = next(importer.library.passages()).guid
        with closing(sqlite3.connect(tmp_path / "library.passages", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            run = importer.start(make_folder(3))
            with pytest.raises(LibraryUnavailableError) as caught:
                importer.library.set(guid, title="Mine")
            assert caught.value.kind is UnavailableKind.BUSY
            assert importer.library.passage(guid).own == ()
            other.execute("ROLLBACK")
        assert importer.library.set(guid, title="Mine")[0].after == "Mine"
        assert run.wait(180).summary.analysed == 3
