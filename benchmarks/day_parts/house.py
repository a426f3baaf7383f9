"""A folder of small music in which files are added, retagged, renamed, moved, rewritten, deleted and brought back."""

import os
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seams.demo import AudioForm, Tags, compose, write_audio, write_tags

if TYPE_CHECKING:
    from collections.abc import Callable

RATE: Final = 22_050
SECONDS: Final = 2.0
FORMS: Final = (AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS)
ALBUMS: Final = ("North", "South", "East", "West")


class House:
    """Music below ``folder``; ``workshop`` keeps what new files are made of, and what was deleted."""

    def __init__(self, folder: Path, workshop: Path, files: int, seed: int) -> None:
        self.folder = folder
        self._workshop = workshop
        self._random = random.Random(seed)
        self._number = 0
        self._files = files
        self._gone: list[Path] = []
        for place in (folder, workshop / "gone"):
            place.mkdir(parents=True)
        for _ in range(files):
            self._add()

    def live(self) -> str:
        """Let one thing happen; there are always about as many files. Say what it was."""
        some = sorted(path for path in self.folder.rglob("*.*") if path.is_file())
        acts: list[Callable[[Path], str]] = [self._retag, self._retag, self._rename, self._move, self._rewrite]
        if len(some) > self._files:
            acts += [self._delete, self._delete]
        else:
            acts += [lambda _path: self._add(), lambda _path: self._bring_back()]
        return self._random.choice(acts)(self._random.choice(some))

    def _tags(self) -> Tags:
        self._number += 1
        return Tags(
            title=f"Piece {self._number}",
            artist_credit=f"Player {self._number % 7}",
            album=self._random.choice(ALBUMS),
            track_number=self._number % 90 + 1,
        )

    def _place(self, suffix: str) -> Path:
        folder = self.folder / self._random.choice(ALBUMS) / f"side {self._random.randrange(3)}"
        folder.mkdir(parents=True, exist_ok=True)
        self._number += 1
        return folder / f"{self._number:05}{suffix}"

    def _write(self, path: Path) -> None:
        """Write new audio elsewhere, and put it there at once, as most programs do."""
        made = self._workshop / f"made{path.suffix}"
        self._number += 1
        form = next(form for form in FORMS if form.suffix == path.suffix)
        write_audio(made, compose(int(RATE * SECONDS), RATE, self._number), RATE, form)
        write_tags(made, self._tags())
        os.replace(made, path)

    def _add(self) -> str:
        path = self._place(self._random.choice(FORMS).suffix)
        self._write(path)
        return f"added {path.name}"

    def _retag(self, path: Path) -> str:
        write_tags(path, replace(self._tags(), album="Retagged"))
        return f"retagged {path.name}"

    def _rename(self, path: Path) -> str:
        self._number += 1
        path.rename(path.with_name(f"{self._number:05}{path.suffix}"))
        return f"renamed {path.name}"

    def _move(self, path: Path) -> str:
        path.rename(self._place(path.suffix))
        return f"moved {path.name}"

    def _rewrite(self, path: Path) -> str:
        self._write(path)
        return f"rewrote {path.name}"

    def _delete(self, path: Path) -> str:
        kept = self._workshop / "gone" / path.name
        shutil.move(path, kept)
        self._gone = [*self._gone[-5:], kept]
        return f"deleted {path.name}"

    def _bring_back(self) -> str:
        if not self._gone:
            return self._add()
        kept = self._gone.pop()
        shutil.move(kept, self._place(kept.suffix))
        return f"brought back {kept.name}"
