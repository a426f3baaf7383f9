"""An import that somebody takes back, through the command and through the embedding API."""

import json
from contextlib import suppress

import pytest

from passagework.domain.undo import UndoRefusedError

PATIENCE = 180


@pytest.fixture
def music(tmp_path, pieces):
    """Give a folder of two files, that grows by a third one when it is called."""
    folder = tmp_path / "music"
    folder.mkdir()
    for piece in pieces[:2]:
        (folder / piece.name).write_bytes(piece.read_bytes())

    class Folder:
        path = folder

        @staticmethod
        def grow():
            (folder / pieces[2].name).write_bytes(pieces[2].read_bytes())

    return Folder


@pytest.mark.slow
def test_an_import_that_is_undone_by_the_command_can_be_made_again(command_line, music):
    command_line.import_here(music.path)
    before = command_line.content(music.path)
    music.grow()
    command_line.report("--reanalyze", music.path)
    after = command_line.content(music.path)
    done = json.loads(command_line.run("undo", "--json", "2").stdout)
    assert (done["run"], done["files"], done["passages"], done["kept"]) == (2, 1, 1, 0)
    assert command_line.content(music.path) == before != after
    assert "2, completed, undone, started" in command_line.run_here("status").stdout
    command_line.import_here(music.path)
    assert command_line.content(music.path) == after
    command_line.assert_sound()


@pytest.mark.slow
def test_an_undo_that_is_refused_says_what_can_be_undone(command_line, music):
    command_line.import_here(music.path)
    command_line.import_here(music.path)
    refused = command_line.run("undo", "2", expect=2)
    assert "undo-refused: run 2 changed nothing, so there is nothing to undo; the last one that did is run 1" in (
        refused.stderr
    )
    assert "undone: 2 files and 2 passages" in command_line.run("undo", "1").stdout
    assert command_line.status()["files"] == {}


@pytest.mark.slow
def test_an_importer_undoes_runs_between_its_runs_and_not_during_one(open_importer, music, large_folder):
    with open_importer() as importer:
        importer.start([music.path]).wait(PATIENCE)
        (guid, _) = (passage.guid for passage in importer.library.passages())
        importer.library.set(guid, title="Mine")
        run = importer.start([large_folder])
        run.pause()
        with pytest.raises(UndoRefusedError, match="is running"):
            importer.undo(1)
        run.cancel()
        cancelled = run.wait(PATIENCE).summary.run.id
        music.grow()
        grown = importer.start([music.path]).wait(PATIENCE).summary.run.id
        importer.undo(grown)
        with suppress(UndoRefusedError):  # whether it came to store anything
            importer.undo(cancelled)
        assert len(list(importer.library.passages())) == 2
        assert importer.undo(1).kept == 1
        assert list(importer.library.passages()) == []
        importer.start([music.path]).wait(PATIENCE)
        assert {p.title.name for p in importer.library.passages() if p.guid == guid} == {"Mine"}
