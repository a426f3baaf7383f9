"""A tree of small music files to which things happen, as they do to a collection over the years.

Whatever happens is drawn from one random number generator, so a seed tells a whole life again. The tree knows what a
library cannot know: which file is which, wherever it went, and what a person said about it.

Nothing happens that no library could follow: of two files with the same audio, one of which is gone, none appears
elsewhere, since nobody could say which of them that is; and what is left out is moved there and back, and no more.
"""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from passagework.demo.encoding import AudioForm
from tests.support.pieces import ARTIST_IDS, FORMS, SONG_IDS, Piece, Workshop, some_album, some_tags

ROOTS = ("kept", "disk")
SHELF = "kept/shelf"
"""A link to a folder outside of all roots."""

REMOVABLE = (ROOTS[1], SHELF)
FOLDERS = ("", "one", "two", "two/deep")
EXCLUDED = "left out"
MOST_FILES = 9
SETTINGS = (
    {"tags.artist_delimiters": "[]", "cues.lead_drop": "12"},
    {"tags.artist_delimiters": '[" & "]', "cues.lead_drop": "12"},
    {"tags.artist_delimiters": "[]", "cues.lead_drop": "6"},
)


@dataclass(frozen=True)
class Happening:
    """What happened, to whom: ``key`` is the MBID of what a person named, or the path of what is to be forgotten."""

    act: str
    told: str
    piece: Piece | None = None
    key: str = ""

    def __str__(self) -> str:
        return f"{self.act} {self.told}".strip()


class LivingTree:
    """Roots below a folder, the pieces in them, and what can happen to them."""

    def __init__(self, folder: Path, workshop: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.pieces: list[Piece] = []
        self.gone: list[tuple[Piece, bytes, int]] = []
        """Pieces that were deleted, each with its last content and mtime."""
        self.named: dict[str, dict[str, object]] = {}
        """What a person set on songs and artists, by MBID."""
        self.excludes = False
        self.away: Path | None = None
        """What cannot be reached now, as the disk that it is on."""
        self._workshop = Workshop(workshop)
        self._settings = SETTINGS[0]
        self._numbers = itertools.count(1)
        self._names = itertools.count(1)
        self._touched: Piece | None = None
        self._key = ""
        for root in ROOTS:
            (folder / root).mkdir(parents=True)
        self._beside("shelf").mkdir(parents=True)
        (folder / SHELF).symlink_to(self._beside("shelf"))
        for _ in range(3):
            self.create()
            self._create(folder / ROOTS[1])

    @property
    def roots(self) -> list[Path]:
        return [self.folder / root for root in ROOTS]

    @property
    def settings(self) -> dict[str, str]:
        return {**self._settings, **({"scan.exclude": f'["{EXCLUDED}"]'} if self.excludes else {})}

    def happen(self) -> Happening:
        """Let one thing happen, and say what it was."""
        for _ in range(1000):
            act = self.random.choice(self._acts)
            self._touched, self._key = None, ""
            told = act(self)
            if told is not None:
                return Happening(act.__name__, told, self._touched, self._key)
        raise AssertionError("nothing can happen to this tree any more")

    # What is there.

    def standing(self) -> Iterator[Piece]:
        """Give the pieces that an import is to show."""
        for piece in self.pieces:
            if not piece.spoilt and not self._is_left_out(piece):
                yield piece

    def shown(self, piece: Piece) -> Path:
        """Give the place under which an import lists a piece: the smallest that is not left out."""
        return min(self._listed(piece), key=os.fsencode)

    def _listed(self, piece: Piece) -> list[Path]:
        return [place for place in piece.places if not (self.excludes and EXCLUDED in place.parts)]

    def _is_left_out(self, piece: Piece) -> bool:
        return not self._listed(piece)

    def _reachable(self, suits: Callable[[Piece], bool] = lambda _: True) -> Piece | None:
        """Choose a piece that can be touched now, is not left out, and has music in it."""
        return self._choose(lambda one: not one.spoilt and not self._is_left_out(one) and suits(one))

    def _at_one_place(self) -> Piece | None:
        return self._reachable(lambda one: len(one.places) == 1)

    def _choose(self, suits: Callable[[Piece], bool]) -> Piece | None:
        free = [one for one in self.pieces if suits(one) and self._is_reached(one.path)]
        return self.random.choice(free) if free else None

    def _is_reached(self, path: Path) -> bool:
        return self.away is None or self.away not in path.parents

    def _may_be_one_that_is_gone(self, piece: Piece) -> bool:
        return any(gone is not piece and gone.number == piece.number for gone, _, _ in self.gone)

    def _new_path(self, suffix: str, at: Path | None = None, *, left_out: bool = False) -> Path:
        places = [self.folder / name for name in (*ROOTS, *ROOTS, SHELF)]
        place = at or self.random.choice([one for one in places if one != self.away])
        folder = place / self.random.choice(FOLDERS if self.excludes and not left_out else (*FOLDERS, EXCLUDED))
        folder.mkdir(parents=True, exist_ok=True)
        # Names begin with a random letter: which of two paths is the smaller one is not a matter of age.
        return folder / f"{self.random.choice('abcdefgh')}{next(self._names):03}{suffix}"

    # What happens.

    def create(self) -> str | None:
        return self._create(None) if len(self.pieces) < MOST_FILES else None

    def copy(self) -> str | None:
        """Copy a file with its times: the same bytes, and another file."""
        piece = self._reachable(lambda one: not self._may_be_one_that_is_gone(one))
        if piece is None or len(self.pieces) >= MOST_FILES:
            return None
        now, path = piece.path.stat(), self._new_path(piece.path.suffix)
        path.write_bytes(piece.path.read_bytes())
        if self.random.random() < 0.5:
            os.utime(path, ns=(now.st_atime_ns, now.st_mtime_ns))
        self.pieces.append(Piece(piece.number, piece.form, piece.tags, {path}))
        return f"{self._name(piece)} as {path.relative_to(self.folder)}"

    def retag(self) -> str | None:
        """Write other tags into the file, as most taggers do: in place."""
        piece = self._reachable()
        if piece is None:
            return None
        piece.tags = some_tags(self.random)
        piece.path.write_bytes(self._content(piece))
        return self._name(piece)

    def retag_beside(self) -> str | None:
        """Write a copy with other tags and rename it over the file, as careful taggers do."""
        piece = self._at_one_place()
        if piece is None:
            return None
        piece.tags = some_tags(self.random)
        self._replace(piece.path, self._content(piece))
        return self._name(piece)

    def retag_unseen(self) -> str | None:
        """Write tags of the same size, and put the mtime back."""
        piece = self._reachable(lambda one: one.form is AudioForm.FLAC)
        if piece is None:
            return None
        now, before = piece.path.stat(), piece.tags
        for _ in range(30):
            piece.tags = some_tags(self.random)
            content = self._content(piece)
            if piece.tags != before and len(content) == now.st_size:
                self._write_unseen(piece, content)
                return self._name(piece)
        piece.tags = before
        return None

    def retag_album(self) -> str | None:
        """Write another album into all files of one that can be reached."""
        piece = self._reachable()
        if piece is None:
            return None
        album, told = piece.tags.album, []
        for one in self.pieces:
            if one.tags.album == album and not one.spoilt and self._is_reached(one.path):
                one.tags = some_album(self.random, one.tags)
                one.path.write_bytes(self._content(one))
                told.append(self._name(one))
        return ", ".join(told)

    def touch(self) -> str | None:
        """Change the mtime and nothing else."""
        piece = self._choose(lambda one: not self._is_left_out(one))
        if piece is None:
            return None
        now = piece.path.stat()
        os.utime(piece.path, ns=(now.st_atime_ns, now.st_mtime_ns + 3_600_000_000_000))
        return self._name(piece)

    def replace(self) -> str | None:
        """Put other music into a file, perhaps with the size and the mtime of the former."""
        piece = self._reachable(lambda one: one.form in (AudioForm.WAV, AudioForm.FLAC))
        if piece is None:
            return None
        before = self._name(piece)
        size = piece.path.stat().st_size
        piece.number = next(self._numbers)
        content = self._content(piece)
        if len(content) == size:
            self._write_unseen(piece, content)
            return f"{before} by {piece.number}, unseen"
        piece.path.write_bytes(content)
        return f"{before} by {piece.number}"

    def replace_by_known(self) -> str | None:
        """Write what another file has into a file."""
        piece = self._at_one_place()
        if piece is None:
            return None
        other = self._reachable(lambda it: it.form is piece.form and not self._may_be_one_that_is_gone(it))
        if other is None or other.number == piece.number:
            return None
        before = self._name(piece)
        piece.path.write_bytes(other.path.read_bytes())
        piece.number, piece.tags = other.number, other.tags
        return f"{before} by {self._name(other)}"

    def spoil(self) -> str | None:
        """Write something into a file that is no music, perhaps of the same size and mtime."""
        piece = self._reachable()
        if piece is None or len(self.pieces) < 3:
            return None
        content = self.random.randbytes(piece.path.stat().st_size)
        if self.random.random() < 0.3:
            self._write_unseen(piece, content)
        else:
            piece.path.write_bytes(content + b"...")
        piece.spoilt = True
        return self._name(piece)

    def mend(self) -> str | None:
        """Write the music of a file again, perhaps with other tags."""
        piece = self._choose(lambda one: one.spoilt and not self._is_left_out(one))
        if piece is None:
            return None
        piece.spoilt = False
        if self.random.random() < 0.5:
            piece.tags = some_tags(self.random)
        piece.path.write_bytes(self._content(piece))
        return self._name(piece)

    def move(self) -> str | None:
        piece = self._choose(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix, left_out=True))
        return f"{before} to {self._name(piece)}"

    def rename_case(self) -> str | None:
        """Change the case of a name, and nothing else."""
        piece = self._choose(lambda one: len(one.places) == 1)
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, piece.path.with_name(piece.path.name.swapcase()))
        return f"{before} to {self._name(piece)}"

    def move_and_retag(self) -> str | None:
        piece = self._reachable(lambda one: len(one.places) == 1 and not self._may_be_one_that_is_gone(one))
        if piece is None:
            return None
        before = self._name(piece)
        self._move(piece, self._new_path(piece.path.suffix))
        piece.tags = some_tags(self.random)
        if self.random.random() < 0.5:
            piece.path.write_bytes(self._content(piece))
        else:
            self._replace(piece.path, self._content(piece))
        return f"{before} to {self._name(piece)}"

    def move_and_follow(self) -> str | None:
        """Move a file, and put a new one where it was."""
        piece = self._at_one_place()
        if piece is None or len(self.pieces) >= MOST_FILES:
            return None
        old = piece.path
        self._move(piece, self._new_path(old.suffix))
        new = self._add(piece.form, old)
        return f"{old.relative_to(self.folder)} to {self._name(piece)}, and {new.number} there"

    def move_over(self) -> str | None:
        """Move a file over another one, which is gone with that."""
        piece = self._at_one_place()
        if piece is None or len(self.pieces) < 4:
            return None
        other = self._reachable(lambda it: len(it.places) == 1 and it.form is piece.form and it.number != piece.number)
        if other is None or self._may_be_one_that_is_gone(other):
            return None
        before = self._name(piece)
        target = other.path
        self._lose(other)
        self._move(piece, target)
        return f"{before} to {self._name(piece)}, which was {other.number}"

    def swap(self) -> str | None:
        one = self._at_one_place()
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
        folders = sorted(
            path for path in root.iterdir() if path.is_dir() and path.name != EXCLUDED and not path.is_symlink()
        )
        if not folders:
            return None
        old = self.random.choice(folders)
        new = root / f"{self.random.choice('mnop')}{next(self._names):03}"
        old.rename(new)
        for piece in self.pieces:
            piece.places = {new / place.relative_to(old) if old in place.parents else place for place in piece.places}
        return f"{old.relative_to(self.folder)} to {new.relative_to(self.folder)}"

    def delete(self) -> str | None:
        piece = self._at_one_place()
        if piece is None or len(self.pieces) < 3 or self._may_be_one_that_is_gone(piece):
            return None
        self._lose(piece)
        piece.path.unlink()
        return self._name(piece)

    def restore(self) -> str | None:
        """Bring a deleted file back: where it was, or elsewhere."""
        if not self.gone or len(self.pieces) >= MOST_FILES:
            return None
        index = self.random.randrange(len(self.gone))
        piece, content, mtime_ns = self.gone[index]
        old = piece.path
        if not self._is_reached(old):
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
        piece = self._at_one_place()
        if piece is None:
            return None
        root = piece.path.relative_to(self.folder).parts[0]
        path = self._new_path(piece.path.suffix, self.folder / root)
        os.link(piece.path, path)
        piece.places.add(path)
        return f"{path.relative_to(self.folder)} of {self._name(piece)}"

    def symlink(self) -> str | None:
        """Make a link to wherever a file is; another one may be there later, or none."""
        piece = self._reachable()
        if piece is None:
            return None
        root = piece.path.relative_to(self.folder).parts[0]
        path = self._new_path(piece.path.suffix, self.folder / root)
        # Left out or not as the file is: else it would be there by the link.
        if (EXCLUDED in path.parts) != (EXCLUDED in piece.path.parts):
            return None
        path.symlink_to(piece.path)
        return f"{path.relative_to(self.folder)} to {self._name(piece)}"

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
        taken = {one.path for one in self.pieces}
        # A link may be there now, which leads to another file.
        gone = [one for one, _, _ in self.gone if one.path not in taken and not one.path.is_symlink()]
        if gone and self.random.random() < 0.7:
            piece = self.random.choice(gone)
        elif (found := self._at_one_place()) is not None and self.random.random() < 0.3:
            piece = found
        else:
            return None
        self._touched = piece
        return self._name(piece)

    def undo(self) -> str | None:
        """The caller undoes an import."""
        return "" if self.random.random() < 0.7 else None

    def kill_after(self) -> str | None:
        """Something happens to files, and the caller has the import of it killed."""
        act = self.random.choice(self._acts_on_files)
        told = act(self)
        return None if told is None else f"{act.__name__} {told}"

    _acts_on_files = (
        *(create, create, copy, retag, retag, retag_beside, retag_unseen, retag_album, touch, replace),
        *(replace_by_known, spoil, mend, mend, move, move, rename_case, move_and_retag, move_and_follow, move_over),
        *(swap, move_folder, delete, delete, restore, link, symlink, unlink),
    )
    _acts = (
        *_acts_on_files,
        *(exclude, include, set_up, unmount, mount, mount),
        *(person_sets, person_sets, person_names, forget, undo, kill_after),
    )

    # Helpers.

    @contextmanager
    def with_all_disks(self) -> Iterator[None]:
        """Put the disk back for as long as the context lasts."""
        if self.away is None:
            yield
            return
        self._put_back(self.away)
        try:
            yield
        finally:
            self._take_away(self.away)

    def _beside(self, name: str) -> Path:
        return self.folder.with_name(f"{self.folder.name} {name}")

    def _take_away(self, place: Path) -> None:
        self._beside("away").mkdir(exist_ok=True)
        place.resolve().rename(self._beside("away") / place.name)
        if not place.is_symlink():
            place.mkdir()

    def _put_back(self, place: Path) -> None:
        if not place.is_symlink():
            place.rmdir()
        (self._beside("away") / place.name).rename(self._beside(place.name) if place.is_symlink() else place)

    def _create(self, at: Path | None) -> str:
        form = self.random.choice(FORMS)
        piece = self._add(form, self._new_path(form.suffix, at))
        return self._name(piece)

    def _add(self, form: AudioForm, path: Path) -> Piece:
        piece = Piece(next(self._numbers), form, some_tags(self.random), {path})
        path.write_bytes(self._content(piece))
        self.pieces.append(piece)
        return piece

    def _content(self, piece: Piece) -> bytes:
        return self._workshop.content(piece.number, piece.form, piece.tags)

    def _lose(self, piece: Piece) -> None:
        self.gone.append((piece, piece.path.read_bytes(), piece.path.stat().st_mtime_ns))
        self.pieces.remove(piece)

    def _move(self, piece: Piece, new: Path) -> None:
        piece.path.rename(new)
        piece.places = {new}

    def _replace(self, path: Path, content: bytes) -> None:
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(content)
        beside.replace(path)

    def _write_unseen(self, piece: Piece, content: bytes) -> None:
        """Write a file, in place or by another one, so that size and mtime are what they were."""
        now = piece.path.stat()
        if self.random.random() < 0.5 and len(piece.places) == 1:
            self._replace(piece.path, content)
        else:
            piece.path.write_bytes(content)
        os.utime(piece.path, ns=(now.st_atime_ns, now.st_mtime_ns))

    def _name(self, piece: Piece) -> str:
        return f"{piece.path.relative_to(self.folder)} ({piece.number})"
