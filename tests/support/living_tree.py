"""A tree of small music files to which things happen, as they do to a collection over the years.

Whatever happens is drawn from one random number generator, so a seed tells a whole life again. The tree knows what a
library cannot know: which file is which, wherever it went, and what a person said about it.
"""

import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags

RATE = 22_050
FORMS = (AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS, AudioForm.WAV)
ROOTS = ("kept", "disk")
FOLDERS = ("", "one", "two", "two/deep")
EXCLUDED = "left out"
MOST_FILES = 9


def _mbid(kind: int, number: int) -> Mbid:
    return Mbid(f"0a5a6f6e-4f3b-4b5c-9a53-{kind:06x}{number:06x}")


TITLES = (
    ("Bohemian Rhapsody", "Bohemian Rapsody", "BOHEMIAN RHAPSODY", "Bohemian Rhapsody (1975)"),
    ("Good Company", "Good Compny", "Good Company"),
    ("Chapter One", "Something Else Altogether", "A Third Name"),
)
"""Songs with the titles that files give them. Those of the last one contradict each other."""

ARTISTS = (("Queen", "Qeen", "QUEEN"), ("Jay", "Jay"), ("Various Artists", "The Band", "Band, The"))
ALBUMS = (("A Night at the Opera", "A Nite at the Opera"), ("Live", "Live!"))
DATES = ("1975", "1970", "1975-11-21", None)


@dataclass
class Piece:
    """One piece of music: its places, what its tags say, and what a person set."""

    number: int
    form: AudioForm
    tags: Tags
    places: set[Path]
    edits: dict[str, object] = field(default_factory=dict)
    guid: str | None = None

    @property
    def path(self) -> Path:
        """The place under which it is listed: the smallest."""
        return min(self.places, key=os.fsencode)


@dataclass(frozen=True)
class Happening:
    """What happened, to whom."""

    act: str
    told: str
    piece: Piece | None = None

    def __str__(self) -> str:
        return f"{self.act} {self.told}".strip()


class LivingTree:
    """Roots below a folder, the pieces in them, and what can happen to them."""

    def __init__(self, folder: Path, workshop: Path, seed: int) -> None:
        self.folder, self._workshop, self.random = folder, workshop, random.Random(seed)
        self.pieces: list[Piece] = []
        self.gone: list[tuple[Piece, bytes, int]] = []
        self.excludes = False
        self.unmounted = False
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)
        self._touched: Piece | None = None
        for root in ROOTS:
            (folder / root).mkdir(parents=True)
        for _ in range(3):
            self.create()
            self.create_in(ROOTS[1])

    @property
    def roots(self) -> list[Path]:
        return [self.folder / root for root in ROOTS]

    @property
    def settings(self) -> dict[str, str]:
        return {"scan.exclude": f'["{EXCLUDED}"]'} if self.excludes else {}

    def happen(self) -> Happening:
        """Let one thing happen, and say what it was."""
        for _ in range(1000):
            act = self.random.choice(self._acts)
            self._touched = None
            told = act(self)
            if told is not None:
                return Happening(act.__name__, told, self._touched)
        raise AssertionError("nothing can happen to this tree any more")

    # What is there.

    def standing(self) -> Iterator[Piece]:
        """Give the pieces that an import is to show."""
        for piece in self.pieces:
            if not (self.excludes and all("left out" in place.parts for place in piece.places)):
                yield piece

    def _reachable(self, suits: Callable[[Piece], bool] = lambda _: True) -> Piece | None:
        """Choose a piece that can be touched now: not on the disk that is away."""
        away = self.folder / ROOTS[1]
        free = [one for one in self.pieces if suits(one) and not (self.unmounted and away in one.path.parents)]
        return self.random.choice(free) if free else None

    def _new_path(self, suffix: str, root: str | None = None) -> Path:
        roots = ROOTS[:1] if self.unmounted else ROOTS
        below = (*FOLDERS, "left out")
        folder = self.folder / (root or self.random.choice(roots)) / self.random.choice(below)
        folder.mkdir(parents=True, exist_ok=True)
        # Names begin with a random letter: which of two paths is the smaller one is not a matter of age.
        return folder / f"{self.random.choice('abcdefgh')}{next(self._names):03}{suffix}"

    def _some_tags(self) -> Tags:
        pick = self.random
        song = pick.randrange(len(TITLES))
        artist = pick.choice((song, song, song, pick.randrange(len(ARTISTS))))
        second = (artist + 1) % len(ARTISTS) if pick.random() < 0.25 else None
        heads = [one for one in (artist, second) if one is not None]
        # The right spelling is the likeliest one.
        names = [ARTISTS[one][0] if pick.random() < 0.6 else pick.choice(ARTISTS[one]) for one in heads]
        album = pick.randrange(len(ALBUMS))
        linked = pick.random() < 0.85
        return Tags(
            title=TITLES[song][0] if pick.random() < 0.6 else pick.choice(TITLES[song]),
            artist_credit=" & ".join(names),
            artists=tuple(names) if pick.random() < 0.8 else (),
            album=ALBUMS[album][0] if pick.random() < 0.6 else pick.choice(ALBUMS[album]),
            album_artist_credit=names[0] if pick.random() < 0.7 else None,
            date=pick.choice(DATES),
            track_number=pick.randrange(1, 4),
            recording_ids=(_mbid(1, song),) if linked else (),
            artist_ids=tuple(_mbid(2, one) for one in heads) if linked else (),
            release_id=_mbid(3, album) if linked and pick.random() < 0.8 else None,
            album_artist_ids=(_mbid(2, heads[0]),) if linked and pick.random() < 0.7 else (),
            work_ids=(_mbid(4, song),) if linked and pick.random() < 0.4 else (),
        )

    def _bytes(self, number: int, form: AudioForm, tags: Tags) -> bytes:
        """Make a file; the audio of a number is made once and always the same."""
        plain = self._workshop / f"{number}{form.suffix}"
        if not plain.exists():
            plain.parent.mkdir(parents=True, exist_ok=True)
            write_audio(plain, compose(RATE, RATE, number), RATE, form)
        tagged = self._workshop / f"tagged{form.suffix}"
        shutil.copyfile(plain, tagged)
        write_tags(tagged, tags)
        return tagged.read_bytes()

    # What happens.

    def create(self) -> str | None:
        return self.create_in(None)

    def create_in(self, root: str | None) -> str | None:
        if len(self.pieces) >= MOST_FILES:
            return None
        number, form, tags = next(self._numbers), self.random.choice(FORMS), self._some_tags()
        path = self._new_path(form.suffix, root)
        path.write_bytes(self._bytes(number, form, tags))
        self.pieces.append(Piece(number, form, tags, {path}))
        return f"{path.relative_to(self.folder)} as {number}"

    def retag(self) -> str | None:
        """Write other tags into the file, as most taggers do: in place."""
        piece = self._reachable()
        if piece is None:
            return None
        piece.tags = self._some_tags()
        piece.path.write_bytes(self._bytes(piece.number, piece.form, piece.tags))
        return self._name(piece)

    def retag_beside(self) -> str | None:
        """Write a copy with other tags and rename it over the file, as careful taggers do."""
        piece = self._reachable(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        piece.tags = self._some_tags()
        self._replace(piece.path, self._bytes(piece.number, piece.form, piece.tags))
        return self._name(piece)

    def retag_unseen(self) -> str | None:
        """Write tags of the same size, and put the mtime back."""
        piece = self._reachable(lambda one: one.form is AudioForm.FLAC)
        if piece is None:
            return None
        now = piece.path.stat()
        for _ in range(30):
            tags = self._some_tags()
            content = self._bytes(piece.number, piece.form, tags)
            if tags != piece.tags and len(content) == now.st_size:
                break
        else:
            return None
        piece.tags = tags
        if self.random.random() < 0.5 and len(piece.places) == 1:
            self._replace(piece.path, content)
        else:
            piece.path.write_bytes(content)
        os.utime(piece.path, ns=(now.st_atime_ns, now.st_mtime_ns))
        return self._name(piece)

    def touch(self) -> str | None:
        """Change the mtime and nothing else."""
        piece = self._reachable()
        if piece is None:
            return None
        now = piece.path.stat()
        os.utime(piece.path, ns=(now.st_atime_ns, now.st_mtime_ns + 3_600_000_000_000))
        return self._name(piece)

    def move(self) -> str | None:
        piece = self._reachable(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix))
        return f"{before} to {self._name(piece)}"

    def move_and_retag(self) -> str | None:
        piece = self.move_target()
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix))
        piece.tags = self._some_tags()
        self._replace(piece.path, self._bytes(piece.number, piece.form, piece.tags))
        return f"{before} to {self._name(piece)}"

    def move_target(self) -> Piece | None:
        return self._reachable(lambda one: len(one.places) == 1)

    def move_and_follow(self) -> str | None:
        """Move a file, and put a new one where it was."""
        piece = self.move_target()
        if piece is None or len(self.pieces) >= MOST_FILES:
            return None
        old = piece.path
        self._move(piece, self._new_path(old.suffix))
        number, tags = next(self._numbers), self._some_tags()
        old.write_bytes(self._bytes(number, piece.form, tags))
        self.pieces.append(Piece(number, piece.form, tags, {old}))
        return f"{old.relative_to(self.folder)} to {self._name(piece)}, and {number} there"

    def swap(self) -> str | None:
        one = self.move_target()
        if one is None:
            return None
        other = self._reachable(lambda it: len(it.places) == 1 and it is not one and it.form is one.form)
        if other is None:
            return None
        first, second, aside = one.path, other.path, one.path.with_name("aside")
        first.rename(aside)
        second.rename(first)
        aside.rename(second)
        one.places, other.places = {second}, {first}
        return f"{first.relative_to(self.folder)} with {second.relative_to(self.folder)}"

    def move_folder(self) -> str | None:
        root = self.folder / ROOTS[0]
        folders = sorted(path for path in root.iterdir() if path.is_dir() and path.name != "left out")
        if not folders:
            return None
        old = self.random.choice(folders)
        new = root / f"{self.random.choice('mnop')}{next(self._names):03}"
        old.rename(new)
        for piece in self.pieces:
            piece.places = {new / place.relative_to(old) if old in place.parents else place for place in piece.places}
        return f"{old.relative_to(self.folder)} to {new.relative_to(self.folder)}"

    def delete(self) -> str | None:
        piece = self._reachable(lambda one: len(one.places) == 1)
        if piece is None or len(self.pieces) < 3:
            return None
        self.gone.append((piece, piece.path.read_bytes(), piece.path.stat().st_mtime_ns))
        piece.path.unlink()
        self.pieces.remove(piece)
        return self._name(piece)

    def restore(self) -> str | None:
        """Bring a deleted file back: where it was, or elsewhere."""
        if not self.gone:
            return None
        index = self.random.randrange(len(self.gone))
        piece, content, mtime_ns = self.gone[index]
        old = piece.path
        if self.unmounted and self.folder / ROOTS[1] in old.parents:
            return None
        path = old if self.random.random() < 0.6 and not old.exists() else self._new_path(old.suffix)
        del self.gone[index]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if self.random.random() < 0.5:
            os.utime(path, ns=(mtime_ns, mtime_ns))
        piece.places = {path}
        self.pieces.append(piece)
        return f"{old.relative_to(self.folder)} as {self._name(piece)}"

    def link(self) -> str | None:
        """Give a file a second place: a hard link."""
        piece = self._reachable(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        root = piece.path.relative_to(self.folder).parts[0]
        path = self._new_path(piece.path.suffix, root)
        os.link(piece.path, path)
        piece.places.add(path)
        return f"{path.relative_to(self.folder)} of {self._name(piece)}"

    def unlink(self) -> str | None:
        """Take one of several places away."""
        piece = self._reachable(lambda one: len(one.places) > 1)
        if piece is None:
            return None
        path = self.random.choice(sorted(piece.places))
        path.unlink()
        piece.places.remove(path)
        return str(path.relative_to(self.folder))

    def exclude(self) -> str | None:
        """Leave a folder out; not while a disk is away, whose files count as they were last seen."""
        if self.excludes or self.unmounted:
            return None
        self.excludes = True
        return ""

    def include(self) -> str | None:
        if not self.excludes or self.unmounted:
            return None
        self.excludes = False
        return ""

    def unmount(self) -> str | None:
        """Take the disk away: an empty folder remains."""
        if self.unmounted:
            return None
        self._away().parent.mkdir(exist_ok=True)
        (self.folder / ROOTS[1]).rename(self._away())
        (self.folder / ROOTS[1]).mkdir()
        self.unmounted = True
        return ""

    def mount(self) -> str | None:
        if not self.unmounted:
            return None
        self._put_back()
        self.unmounted = False
        return ""

    def person_sets(self) -> str | None:
        """A person gives a title, a probability or an opinion to what a file plays; the caller tells the library."""
        shown = [id(one) for one in self.standing()]
        piece = self._reachable(lambda one: id(one) in shown)
        if piece is None:
            return None
        name, value = self.random.choice(
            (
                ("title", f"Mine {next(self._names)}"),
                ("probability", self.random.choice((0.25, 0.5, 0.75))),
                ("approval", self.random.choice(("approved", "rejected"))),
                ("title", None),
            )
        )
        piece.edits[name] = value
        self._touched = piece
        return f"{name}={value} of {self._name(piece)}"

    def undo(self) -> str | None:
        """The caller undoes an import."""
        return "" if self.random.random() < 0.7 else None

    def kill(self) -> str | None:
        """The caller has an import killed."""
        return "" if self.random.random() < 0.5 else None

    _acts = (
        create, create, retag, retag, retag, retag_beside, retag_unseen, touch, move, move, move_and_retag,
        move_and_follow, swap, move_folder, delete, delete, restore, link, unlink, exclude, include, unmount, mount,
        mount, person_sets, person_sets, undo, kill,
    )  # fmt: skip

    # Helpers.

    def with_all_disks(self) -> "_Mounted":
        """Put the disk back for as long as a context lasts."""
        return _Mounted(self)

    def _away(self) -> Path:
        return self.folder.with_name(f"{self.folder.name} away") / ROOTS[1]

    def _put_back(self) -> None:
        (self.folder / ROOTS[1]).rmdir()
        self._away().rename(self.folder / ROOTS[1])

    def _move(self, piece: Piece, new: Path) -> None:
        piece.path.rename(new)
        piece.places = {new}

    def _replace(self, path: Path, content: bytes) -> None:
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)

    def _name(self, piece: Piece) -> str:
        return f"{piece.path.relative_to(self.folder)} ({piece.number})"


class _Mounted:
    def __init__(self, tree: LivingTree) -> None:
        self._tree = tree

    def __enter__(self) -> None:
        if self._tree.unmounted:
            self._tree._put_back()

    def __exit__(self, *_: object) -> None:
        if self._tree.unmounted:
            (self._tree.folder / ROOTS[1]).rename(self._tree._away())
            (self._tree.folder / ROOTS[1]).mkdir()
