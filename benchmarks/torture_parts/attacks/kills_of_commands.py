"""SIGKILL of whole commands: import, linking, review, undo, set, migration and export, at a call or at a random moment.

Each command is then repeated undisturbed, and the library must have the content that the command gives when nobody
disturbs it.
"""

import gzip
import json
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from torture_parts import calls, commands, contents, history, music
from torture_parts.attack import Attack, Case, SkippedError, Verdict
from torture_parts.calls import CHANGES, Strike

FILES = 10
KILLED = -9


@dataclass(frozen=True)
class Command:
    """A command on a prepared library: its words, what it makes, and how long and how many calls it takes."""

    name: str
    base: Path
    words: tuple[str, ...]
    before: list[str]
    after: list[str]
    output: bytes | None
    calls: int
    seconds: float
    at_once: bool
    """One transaction: the library has the content before or after, and nothing between."""


class KillsOfCommands(Attack):
    """A case kills one command once or twice, then repeats it."""

    name: ClassVar[str] = "kills-of-commands"
    aim: ClassVar[str] = "SIGKILL of import, linking, review, undo, set, migration and export"
    share: ClassVar[float] = 4.0
    deadline: ClassVar[float] = 200.0

    def prepare(self) -> None:
        self._seeds = music.seeds(self.bench.shared / "seeds")
        self._music = music.fill(self.folder / "music", self._seeds[:6], range(FILES))
        new = self._base("new")
        linked_later = self._base("analysed")
        self._run(commands.import_words(self._music, "--set", "link.enabled=false"), linked_later)
        whole = self._base("whole")
        self._run(commands.import_words(self._music), whole)
        old = self._base("old")
        old.write_bytes(gzip.decompress(history.SCHEMA_1.read_bytes()))
        guid = self._guid(whole)
        target = "{out}.m3u"
        self._commands = [
            self._observed("import", new, commands.import_words(self._music)),
            self._observed(
                "import by workers", new, ["import", "--quiet", *commands.ONE_WORKER, *commands.NO_SERVICE, self._music]
            ),
            self._observed("link", linked_later, commands.import_words(self._music)),
            self._observed("set", whole, ["set", music.mbid(2, 0), "name=Mine", "cooldown_seconds=60"], at_once=True),
            self._observed("review", whole, ["review", "set", guid, music.mbid(1, 5)], at_once=True),
            self._observed("undo", whole, ["undo", "1"], at_once=True),
            self._observed("migrate", old, commands.import_words(self._music)),
            self._observed("export", whole, ["export", "m3u", target], at_once=True),
        ]
        self._state = music.state_of(self._music)

    def _base(self, name: str) -> Path:
        (self.folder / name).mkdir()
        return self.folder / name / history.NAME

    def _run(self, words: list[str | Path], library: Path) -> None:
        ended = commands.run(words, library, self.folder / "output")
        assert ended.code in {0, 1}, ended

    def _guid(self, library: Path) -> str:
        ended = commands.run(["list", "--json"], library, self.folder / "output")
        return str(json.loads(ended.printed.splitlines()[0])["guid"])

    def _observed(self, name: str, base: Path, words: list[str | Path], *, at_once: bool = False) -> Command:
        """Run a command undisturbed on a copy, and see what it makes and how long it takes."""
        place = self.folder / f"observed {name}"
        library = _copied(base, place)
        before = contents.lines_of(library) if library.exists() and name != "migrate" else []
        out, counter = place / "out", self.folder / f"{name}.count"
        began = time.monotonic()
        ended = commands.start(
            [str(word).format(out=out) for word in words],
            library,
            self.folder / "output",
            first=lambda: calls.arm(place, CHANGES) if calls.there() else None,
            last=lambda: counter.write_text(str(calls.counted() if calls.there() else 0), "ascii"),
        ).wait(commands.DEADLINE)
        if ended.code not in {0, 1}:
            raise SkippedError(f"{name} does not work: {ended.errors[-200:]}")
        return Command(
            name=name,
            base=base,
            words=tuple(map(str, words)),
            before=before,
            after=contents.lines_of(library),
            output=_read(Path(f"{out}.m3u")),
            calls=int(counter.read_text("ascii")),
            seconds=time.monotonic() - began,
            at_once=at_once,
        )

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        this = self._commands[case.number % len(self._commands)]
        library = _copied(this.base, scratch / "place")
        out = scratch / "place" / "out"
        words = [word.format(out=out) for word in this.words]
        if this.output is not None:
            Path(f"{out}.m3u").write_bytes(b"an earlier export\n")
        found: list[str] = []
        ways = []
        for number in range(rng.choice((1, 1, 2))):
            way, code = self._kill(this, words, library, scratch / f"killed {number}", rng)
            ways.append(way)
            if code not in {KILLED, 0, 1, 4, *([2] if this.name == "undo" else [])}:
                found.append(f"ended with {code} instead of being killed")
            found += self._looked_at(this, library, out)
            if code != KILLED:
                break
        kind = f"{this.name}, {'+'.join(ways)}"
        last = commands.run(words, library, scratch / "last")
        # What is undone already is not undone once more.
        found += last.complaints(*((0, 1, 2, 4, 5) if this.name == "undo" else (0, 1)))
        now = contents.lines_of(library)
        if contents.digest_of(now) != contents.digest_of(this.after):
            found.append(f"after the repetition: {contents.difference(this.after, now)}")
        if this.output is not None and _read(Path(f"{out}.m3u")) != this.output:
            found.append("the repeated export is another one")
        found += contents.unsound(library)
        found += music.changes(self._state, music.state_of(self._music))
        found += [f"left beside: {name}" for name in _left(library, this)]
        return Verdict(kind, tuple(found))

    @staticmethod
    def _kill(
        this: Command, words: list[str], library: Path, output: Path, rng: random.Random
    ) -> tuple[str, int | None]:
        """Run a command and kill it, by itself at a call or from outside at a moment."""
        by_call = calls.there() and rng.random() < 0.6
        strike = Strike(rng.randrange(1, max(2, this.calls)), how=rng.choice("kKt"))
        if by_call:
            child = commands.start(words, library, output, first=lambda: calls.arm(library.parent, CHANGES, strike))
            return "at a call", child.wait(commands.DEADLINE).code
        child = commands.start(words, library, output)
        time.sleep(rng.uniform(0, this.seconds))
        child.kill()
        return "at a moment", child.wait(commands.DEADLINE).code

    @staticmethod
    def _looked_at(this: Command, library: Path, out: Path) -> list[str]:
        """Look at what a killed command left, in a copy: who opens a library last moves its log into it."""
        if not library.exists() or not library.stat().st_size:
            return []
        copy = library.parent.parent / "looked at"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for suffix in ("", "-wal"):
            if Path(f"{library}{suffix}").exists():
                shutil.copyfile(f"{library}{suffix}", copy / f"{history.NAME}{suffix}")
        found = [f"left unsound: {one}" for one in contents.unsound(copy / history.NAME)]
        if this.at_once and not found:
            digest = contents.digest_of(contents.lines_of(copy / history.NAME))
            if digest not in {contents.digest_of(this.before), contents.digest_of(this.after)}:
                found.append("half done")
        if this.output is not None and _read(Path(f"{out}.m3u")) not in {b"an earlier export\n", this.output}:
            found.append("the export is neither the old one nor the new one")
        return found


def _copied(base: Path, place: Path) -> Path:
    shutil.copytree(base.parent, place, ignore=shutil.ignore_patterns("*.lock"))
    return place / base.name


def _left(library: Path, this: Command) -> list[str]:
    # A reader that is killed leaves an empty log and its index to the next writer.
    known = {"out.m3u", f"{history.NAME}-wal", f"{history.NAME}-shm"} if this.output is not None else set()
    return sorted(
        path.name
        for path in library.parent.iterdir()
        if path.name not in known and not history.STAYS.fullmatch(path.name)
    )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
