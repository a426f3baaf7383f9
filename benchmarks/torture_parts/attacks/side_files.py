"""Files of other people where ours want to be: beside the library, beside exports, and in place of the library."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from torture_parts import commands, history, music
from torture_parts.attack import Attack, Case, Verdict

LIBRARY = "library.passages"
FOREIGN = b"precious text of somebody\n" * 400
SIDES = (".lock", "-wal", "-shm", "-journal", ".v1.backup", ".v1.backup.partial", ".damaged", "")


def _regular(place: Path, _: Path) -> None:
    place.write_bytes(FOREIGN)


def _link(place: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(FOREIGN)
    place.symlink_to(elsewhere)


def _dangling(place: Path, elsewhere: Path) -> None:
    place.symlink_to(elsewhere.with_name("not there"))


def _fifo(place: Path, _: Path) -> None:
    os.mkfifo(place)


def _folder(place: Path, _: Path) -> None:
    place.mkdir()
    (place / "kept").write_bytes(FOREIGN)


def _hard_link(place: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(FOREIGN)
    place.hardlink_to(elsewhere)


def _read_only(place: Path, _: Path) -> None:
    place.write_bytes(FOREIGN)
    place.chmod(0o400)


OBSTACLES: tuple[Callable[[Path, Path], None], ...] = (
    *(_regular, _link, _dangling, _fifo, _folder, _hard_link, _read_only),
)


class SideFiles(Attack):
    """A case puts something at one of our names, and runs one command. Nothing of it may change.

    Two things are as they should be: a new lock beside a library that is reached through a link, and a library made
    where a link to nothing points.
    """

    name: ClassVar[str] = "side-files"
    aim: ClassVar[str] = "files, links, FIFOs and folders of others at the names beside library and exports"
    share: ClassVar[float] = 0.5
    deadline: ClassVar[float] = 90.0

    def prepare(self) -> None:
        seeds = music.seeds(self.bench.shared / "seeds")
        self._music = music.fill(self.folder / "music", seeds[:2], range(2))
        lived = history.histories(self.bench.shared)
        self._whole = (self.bench.shared / "life" / history.NAME).read_bytes()
        self._old = lived["a migration"].before[history.NAME]
        self._commands = {
            "import": commands.import_words(self._music),
            "status": ["status"],
            "set": ["set", music.mbid(2, 0), "name=Other"],
            "undo": ["undo", "1"],
            "export json": ["export", "json", "out.json"],
        }

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        side, put = rng.choice(SIDES), rng.choice(OBSTACLES)
        base = rng.choice(("none", "whole", "schema 1"))
        name = rng.choice(list(self._commands))
        place = scratch / "library"
        place.mkdir()
        library = place / LIBRARY
        if side and base != "none":
            library.write_bytes(self._whole if base == "whole" else self._old)
        elsewhere = scratch / "elsewhere"
        elsewhere.mkdir()
        obstacle = Path(f"{library}{side}")
        put(obstacle, elsewhere / "target")
        before = _state(obstacle), _state(elsewhere)
        words = [str(scratch / word) if word == "out.json" else word for word in self._commands[name]]
        ended = commands.run(words, library, scratch / "output", deadline=30.0)
        found = ended.complaints(*(commands.UNDO_MAY_END_WITH if name == "undo" else commands.MAY_END_WITH))
        after = _state(obstacle), _state(elsewhere)
        if before[0] != after[0]:
            found.append(f"changed what is not ours at {side or 'the library'}: {before[0]} became {after[0]}")
        if before[1] != after[1] and not (side == "" and put is _dangling):
            found.append(f"changed what {side or 'the library'} links to: {before[1]} became {after[1]}")
        return Verdict(f"{name}, {put.__name__.strip('_')} at {side or 'library'}, {base}", tuple(found))


def _state(place: Path) -> str:
    """Describe what is at a place, and below it."""
    try:
        status = place.lstat()
    except FileNotFoundError:
        return "nothing"
    if stat.S_ISLNK(status.st_mode):
        return f"link to {os.readlink(place)}"
    if stat.S_ISDIR(status.st_mode):
        inside = [path for path in sorted(place.iterdir()) if path.suffix != ".lock"]
        return "folder of " + ", ".join(f"{path.name}: {_state(path)}" for path in inside)
    if stat.S_ISREG(status.st_mode):
        return f"file of {status.st_size} bytes{'' if place.read_bytes() == FOREIGN else ', others'}"
    return f"mode {status.st_mode:o}"
