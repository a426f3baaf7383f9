"""A library is a function of the files as they are and of what people set, whatever happened before.

Things happen to a tree of music, with an import after each; after every import the library says what a new library of
the same tree says. The steps and their seed are printed, so that a life can be lived again.
"""

import itertools
import os
import shutil

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.domain.undo import UndoRefusedError
from tests.support.effort import effort
from tests.support.living_tree import Happening, LivingTree
from tests.support.standing import difference, standing

pytestmark = [pytest.mark.slow, pytest.mark.long]
STEPS = effort(50, 500)
SEEDS = effort((1,), (1, 2, 3, 4))
KILLS = ("run opened", "batch before its COMMIT", "batch half committed", "batch committed", "files missing")


class Lives:
    """A library that follows a tree, and new ones beside it."""

    def __init__(self, tree, folder, command_line):
        self._tree, self._new, self._command_line = tree, folder / "new", command_line
        self.library = command_line.library
        self.others = []
        """Files that were taken for others by the last import."""

    def take(self, happening):
        """Do to the followed library what a person, or an accident, does to it."""
        match happening:
            case Happening(act="person_sets", piece=piece):
                with self._importer(self.library) as importer:
                    self._set(importer, piece)
            case Happening(act="undo"):
                self._undo()
            case Happening(act="kill"):
                self._kill()

    def follow(self):
        """Import, and see that each file is who it was."""
        with self._importer(self.library) as importer:
            importer.start(self._tree.roots).wait(60)
            self.others = []
            for piece in self._tree.standing():
                guid = importer.library.file(os.fsencode(piece.path)).guid
                if piece.guid not in (None, guid):
                    self.others.append(f"{piece.path} was {piece.guid} and is {guid} now")
                piece.guid = guid
        return standing(self.library)

    def anew(self):
        """Give what a new library says of the tree, once a person has told it the same."""
        shutil.rmtree(self._new, ignore_errors=True)
        self._new.mkdir()
        library = self._new / "new.passages"
        with self._tree.with_all_disks():
            with self._importer(library) as importer:
                importer.start(self._tree.roots).wait(60)
                edited = [piece for piece in self._tree.standing() if piece.edits]
                for piece in edited:
                    self._set(importer, piece)
            if edited:
                with self._importer(library) as importer:
                    importer.start(self._tree.roots).wait(60)
        return standing(library)

    def _importer(self, library):
        overrides = {"library.path": str(library), **self._tree.settings}
        return Importer(load_settings(overrides=overrides), make_executor=InlineExecutor)

    @staticmethod
    def _set(importer, piece):
        (passage,) = importer.library.file(os.fsencode(piece.path)).passages
        importer.library.set(passage.guid, **piece.edits)

    def _undo(self):
        """Undo the newest import that can be undone."""
        with self._importer(self.library) as importer:
            for run in importer.library.runs(5):
                try:
                    importer.undo(run.id)
                except UndoRefusedError:
                    continue
                for piece in self._tree.pieces:
                    # A file that the run had found is a new one to the next import.
                    piece.guid = None
                return

    def _kill(self):
        """Import, and be killed somewhere in it, unless it ends before."""
        point, hit = self._tree.random.choice(KILLS), self._tree.random.randrange(1, 4)
        environment = {
            **self._command_line.environment,
            **{f"PASSAGEWORK_{key.upper().replace('.', '__')}": value for key, value in self._tree.settings.items()},
        }
        process = self._command_line.host("killed_host.py", point, hit, "importer", *self._tree.roots, env=environment)
        process.communicate(timeout=60)
        self._command_line.wait_until_nobody_is_left()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_followed_library_says_what_a_new_one_says(tmp_path, command_line, seed):
    tree = LivingTree(tmp_path / "music", tmp_path / "workshop", seed)
    lives = Lives(tree, tmp_path, command_line)
    told = [f"seed {seed}"]
    for number in itertools.count():
        now = difference(lives.anew(), lives.follow()) + lives.others
        assert not now, "\n".join([*told, "-: a new library, +: the followed one", *now])
        if number == STEPS:
            break
        happening = tree.happen()
        told.append(f"{number}: {happening}")
        lives.take(happening)
