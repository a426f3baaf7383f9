"""A tree of music files, which of them is which wherever it went, and what a person said of each."""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from passagework.demo.encoding import AudioForm
from tests.support.living.pieces import FORMS, Piece, Workshop, some_tags

ROOTS = ("kept", "disk")
SHELF = "kept/shelf"
"""A link to a folder outside of all roots."""

FOLDERS = ("", "one", "two", "two/deep")
EXCLUDED = "left out"
MOST_FILES = 9
SETTINGS = (
    {"tags.artist_delimiters": "[]", "cues.lead_drop": "12"},
    {"tags.artist_delimiters": '[" & "]', "cues.lead_drop": "12"},
    {"tags.artist_delimiters": "[]", "cues.lead_drop": "6"},
)


class TreeOfPieces:
    """Roots below a folder, and the pieces in them."""

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
        for root in ROOTS:
            (folder / root).mkdir(parents=True)
        self._beside("shelf").mkdir(parents=True)
        (folder / SHELF).symlink_to(self._beside("shelf"))
        for _ in range(3):
            self._create()
            self._create(folder / ROOTS[1])

    @property
    def roots(self) -> list[Path]:
        return [self.folder / root for root in ROOTS]

    @property
    def settings(self) -> dict[str, str]:
        return {**self._settings, **({"scan.exclude": f'["{EXCLUDED}"]'} if self.excludes else {})}

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
        """Tell whether there is audio like it in a file that is deleted, or that an import does not see."""
        unseen = [*(gone for gone, _, _ in self.gone), *filter(self._is_left_out, self.pieces)]
        return any(one is not piece and one.number == piece.number for one in unseen)

    def _new_path(self, suffix: str, at: Path | None = None, *, left_out: bool = False) -> Path:
        places = [self.folder / name for name in (*ROOTS, *ROOTS, SHELF)]
        place = at or self.random.choice([one for one in places if one != self.away])
        folder = place / self.random.choice(FOLDERS if self.excludes and not left_out else (*FOLDERS, EXCLUDED))
        folder.mkdir(parents=True, exist_ok=True)
        # Names begin with a random letter: which of two paths is the smaller one is not a matter of age.
        return folder / f"{self.random.choice('abcdefgh')}{next(self._names):03}{suffix}"

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

    def _create(self, at: Path | None = None) -> str:
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
