"""A tree of small music files to which things happen, as they do to a collection over the years.

Whatever happens is drawn from one random number generator, so a seed tells a whole life again. The tree knows what a
library cannot know: which file is which, wherever it went, and what a person said about it.

Nothing happens that no library could follow: of two files with the same audio, one of which is gone, none appears
elsewhere, since nobody could say which of them that is; and what is left out is moved there and back, and no more.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.support.living.moving import MOVING, Moving
from tests.support.living.pieces import ARTIST_IDS, SONG_IDS, Piece
from tests.support.living.tree_of_pieces import ROOTS, SETTINGS, SHELF
from tests.support.living.writing import WRITING, Writing

REMOVABLE = (ROOTS[1], SHELF)


@dataclass(frozen=True)
class Happening:
    """What happened, to whom: ``key`` is the MBID of what a person named, or the path of what is to be forgotten."""

    act: str
    told: str
    piece: Piece | None = None
    key: str = ""

    def __str__(self) -> str:
        return f"{self.act} {self.told}".strip()


class LivingTree(Writing, Moving):
    """A tree, and what can happen to it, to its disks, and to a library that follows it."""

    def __init__(self, folder: Path, workshop: Path, seed: int) -> None:
        super().__init__(folder, workshop, seed)
        self._touched: Piece | None = None
        self._key = ""

    def happen(self) -> Happening:
        """Let one thing happen, and say what it was."""
        for _ in range(1000):
            act = self.random.choice(self._acts)
            self._touched, self._key = None, ""
            told = act(self)
            if told is not None:
                return Happening(act.__name__, told, self._touched, self._key)
        raise AssertionError("nothing can happen to this tree any more")

    def exclude(self) -> str | None:
        """Leave a folder out; not while a disk is away, whose files count as they were last seen."""
        if self.excludes or self.away:
            return None
        self.excludes = True
        return ""

    def include(self) -> str | None:
        if not self.excludes or self.away:
            return None
        self.excludes = False
        return ""

    def set_up(self) -> str | None:
        """Change settings; not while a disk is away, whose files cannot be read with these."""
        if self.away:
            return None
        self._settings = self.random.choice([one for one in SETTINGS if one != self._settings])
        return str(self._settings)

    def unmount(self) -> str | None:
        """Take a disk away: an empty folder remains, or a link that leads nowhere."""
        if self.away is not None:
            return None
        self.away = self.folder / self.random.choice(REMOVABLE)
        self._take_away(self.away)
        return str(self.away.relative_to(self.folder))

    def mount(self) -> str | None:
        if self.away is None:
            return None
        self._put_back(self.away)
        self.away = None
        return ""

    def person_sets(self) -> str | None:
        """A person says something of what a file plays; the caller tells the library."""
        shown = [id(one) for one in self.standing()]
        piece = self._reachable(lambda one: id(one) in shown)
        if piece is None:
            return None
        name, value = self.random.choice(
            (
                ("title", f"Mine {next(self._names)}"),
                ("probability", self.random.choice((0.25, 0.5, 0.75))),
                ("approval", self.random.choice(("approved", "rejected", None))),
                ("recording", self.random.choice((*SONG_IDS, "none", None))),
                ("title", None),
            )
        )
        piece.edits[name] = value
        self._touched = piece
        return f"{name}={value} of {self._name(piece)}"

    def person_names(self) -> str | None:
        """A person names a song or an artist; the caller tells the library, if it has such."""
        field, keys = self.random.choice((("title", SONG_IDS), ("name", ARTIST_IDS)))
        self._key = self.random.choice(keys)
        value = self.random.choice((f"Mine {next(self._names)}", None))
        self.named.setdefault(self._key, {})[field] = value
        return f"{field}={value} of {self._key}"

    def forget(self) -> str | None:
        """A person forgets a file that is gone, or one that is there and will be a new one; the caller does it."""
        taken = {place for one in self.pieces for place in one.places}
        # A link may be there now, which leads to another file.
        gone = [one for one, _, _ in self.gone if one.path not in taken and not one.path.is_symlink()]
        if gone and self.random.random() < 0.7:
            piece = self.random.choice(gone)
        else:
            # To the next import it is a new one, which may be any that is gone.
            found = self._reachable(lambda one: len(one.places) == 1 and not self._may_be_one_that_is_gone(one))
            if found is None or self.random.random() >= 0.3:
                return None
            piece = found
        self._touched = piece
        return self._name(piece)

    def undo(self) -> str | None:
        """The caller undoes an import."""
        return "" if self.random.random() < 0.7 else None

    def kill_after(self) -> str | None:
        """Something happens to files, and the caller has the import of it killed."""
        act = self.random.choice((*WRITING, *MOVING))
        told = act(self)
        return None if told is None else f"{act.__name__} {told}"

    _acts = (
        *WRITING,
        *MOVING,
        *(exclude, include, set_up, unmount, mount, mount),
        *(person_sets, person_sets, person_names, forget, undo, kill_after),
    )
