"""A library is a function of the files as they are and of what people set, whatever happened before.

Things happen to a tree of music, with an import after each; after every import the library says what a new library of
the same tree says. The steps and their seed are printed, so that a life can be lived again.
"""

import itertools
import os
import shutil
from contextlib import suppress

import pytest

from passagework import Importer, InlineExecutor, load_settings
from passagework.api.editing import open_to_edit
from passagework.domain.errors import NotFoundError
from passagework.domain.forgetting import Forget
from passagework.domain.undo import UndoRefusedError
from passagework.persistence.file.full_check import check_library
from tests.support.effort import effort
from tests.support.living.living_tree import Happening, LivingTree
from tests.support.standing import difference, standing

pytestmark = [pytest.mark.slow, pytest.mark.long]
STEPS = effort(50, 500)
SEEDS = effort((1,), range(1, 9))
KILLS = (
    *("run opened", "attempt durable", "batch before its COMMIT", "batch half committed", "batch committed"),
    *("passages retired", "files missing", "links committed", "run half closed"),
)


class Lives:
    """A library that follows a tree, and new ones beside it."""

    def __init__(self, tree, folder, command_line):
        self._tree, self._new, self._command_line = tree, folder / "new", command_line
        self.library = command_line.library
        self.others = []
        """Files that were taken for others by the last import."""
        self._runs_without_a_disk = set()
        self._forgot_what_is_away = False

    @property
    def can_be_compared(self):
        """Whether what is away counts as it was when it went: the import that saw it so may have been undone."""
        return not (self._tree.away and self._forgot_what_is_away)

    def take(self, happening):
        """Do to the followed library what a person, or an accident, does to it."""
        match happening:
            case Happening(act="person_sets", piece=piece):
                with self._editor(self.library) as library:
                    self._set(library, piece)
            case Happening(act="person_names", key=key):
                with self._editor(self.library) as library:
                    if not self._name(library, key):
                        del self._tree.named[key]
            case Happening(act="forget", piece=piece):
                self._forget(piece)
            case Happening(act="undo"):
                self._undo()
            case Happening(act="kill_after"):
                self._kill()

    def follow(self):
        """Import, and see that each file is who it was."""
        with self._importer(self.library) as importer:
            importer.start(self._tree.roots).wait(60)
            if self._tree.away:
                self._runs_without_a_disk.add(importer.library.runs(1)[0].id)
            else:
                self._forgot_what_is_away = False
            self.others = []
            for piece in self._tree.standing() if self.can_be_compared else ():
                guid = importer.library.file(os.fsencode(self._tree.shown(piece))).guid
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
            self._import(library)
            edited = [piece for piece in self._tree.standing() if any(piece.edits.values())]
            if edited:
                with self._editor(library) as new:
                    for piece in edited:
                        self._set(new, piece)
            if any(piece.edits.get("recording") for piece in edited):
                self._import(library)
        if self._tree.named:
            with self._editor(library) as new:
                for key in self._tree.named:
                    self._name(new, key)
        return standing(library)

    def _importer(self, library):
        return Importer(self._settings(library), make_executor=InlineExecutor)

    def _import(self, library):
        with self._importer(library) as importer:
            importer.start(self._tree.roots).wait(60)

    def _editor(self, library):
        return open_to_edit(self._settings(library).library)

    def _settings(self, library):
        return load_settings(overrides={"library.path": str(library), **self._tree.settings})

    def _set(self, library, piece):
        (passage,) = library.file(os.fsencode(self._tree.shown(piece))).passages
        library.set(passage.guid, **piece.edits)

    def _name(self, library, key):
        """Set what a person said of a song or an artist; tell whether the library has such."""
        try:
            library.set(key, **self._tree.named[key])
        except NotFoundError:
            return False
        return True

    def _forget(self, piece):
        """Forget a file, and those that were there before it; each is a new one if it appears again."""
        with self._editor(self.library) as library, suppress(NotFoundError):
            library.forget(Forget(paths=(os.fsencode(piece.path),)))
        for one in (piece, *(gone for gone, _, _ in self._tree.gone)):
            if one.path == piece.path:
                one.guid = None
                one.edits.clear()

    def _undo(self):
        """Undo the newest import that can be undone."""
        with self._editor(self.library) as library:
            for run in library.runs(5):
                try:
                    library.undo(run.id)
                except UndoRefusedError:
                    continue
                self._forgot_what_is_away |= run.id not in self._runs_without_a_disk
                for piece in (*self._tree.pieces, *(piece for piece, _, _ in self._tree.gone)):
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
        followed = lives.follow()
        now = difference(lives.anew(), followed) + lives.others if lives.can_be_compared else []
        assert not now, "\n".join([*told, "-: a new library, +: the followed one", *now])
        if number == STEPS:
            assert check_library(lives.library).is_whole
            break
        happening = tree.happen()
        told.append(f"{number}: {happening}")
        lives.take(happening)
