"""Hostile services: an import asks a server on this machine that lies, stalls, floods, and breaks off."""

import os
import random
import shutil
import signal
import socket
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from seams.demo import AudioForm, compose, write_audio, write_tags
from seams.standin import GoodServices, catalogue_of

from torture_parts import commands, contents, history, music
from torture_parts.attack import Attack, Case, Verdict
from torture_parts.child import Ended, die_with_parent
from torture_parts.hostile_answers import FAULTS, HOSTILE, Handler, Hostile, well

DEADLINE = 300.0
"""Seconds: an import may wait for each service as long as the product waits at most."""

PIECES, SECONDS, RATE = 6, 12, 8_000
MOST_MEMORY = 200 << 20
"""Bytes that the importer may take."""


class HostileServices(Attack):
    """A case links a library while the services are hostile, looks at it, and links again while they are well."""

    name: ClassVar[str] = "hostile-services"
    aim: ClassVar[str] = "answers that are wrong, deep, huge, slow, endless, redirected or broken off, over HTTP"
    share: ClassVar[float] = 1.0
    deadline: ClassVar[float] = 700.0

    def prepare(self) -> None:
        known = self.folder / "known"
        self._music = self.folder / "music"
        for number in range(PIECES):
            # Long enough to be looked up by their fingerprint.
            piece = compose(RATE * SECONDS, RATE, number)
            for folder in (known, self._music):
                folder.mkdir(exist_ok=True)
                path = folder / f"{number}.flac"
                write_audio(path, piece, RATE, AudioForm.FLAC)
                if folder is known or number % 2:
                    write_tags(path, music.tags_of(number))
        self._good = GoodServices(catalogue_of(known))
        (self.folder / "base").mkdir()
        self._base = self.folder / "base" / history.NAME
        words = commands.import_words(self._music, "--set", "link.enabled=false")
        ended = commands.run(words, self._base, self.folder / "output")
        assert ended.code == 0, ended
        linked = self.folder / "linked.passages"
        shutil.copyfile(self._base, linked)
        ended = self._link(linked, self.folder, (well,), random.Random(0))
        assert ended.code == 0, ended
        self._links = _links_of(linked)

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        rng = case.generator()
        ways = (rng.choice(HOSTILE),) if rng.random() < 0.7 else (*rng.sample(HOSTILE, 3), well)
        library = scratch / history.NAME
        shutil.copyfile(self._base, library)
        ended = self._link(library, scratch, ways, rng)
        found = [f"hostile: {one}" for one in _complaints(ended)]
        found += contents.unsound(library)
        found += [f"stored: {one}" for one in _not_finite(library)]
        again = self._link(library, scratch, (well,), rng)
        found += [f"afterwards: {one}" for one in _complaints(again)]
        if again.code == commands.OK and set(ways) <= {*FAULTS, well} and _links_of(library) != self._links:
            found.append(f"linked in another way: {contents.difference(self._links, _links_of(library))}")
        undone = commands.run(["undo", str(contents.newest_run(library))], library, scratch / "undo")
        found += [f"undo: {one}" for one in undone.complaints(0, 2)]
        return Verdict("+".join(way.__name__ for way in ways), tuple(found))

    def _link(self, library: Path, scratch: Path, ways: tuple[Hostile, ...], rng: random.Random) -> Ended:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = _serve(listening, ways, random.Random(rng.random()), self._good)
        try:
            words = ["import", "--quiet", *commands.INLINE, self._music]
            words += commands.settings(
                *("acoustid.key=key", f"acoustid.url={url}", "acoustid.per_second=1000", "acoustid.timeout_seconds=2"),
                *(f"musicbrainz.url={url}", "musicbrainz.per_second=1000", "musicbrainz.timeout_seconds=2"),
                *("musicbrainz.contact=a@example.org", f"identification.gate_folder={scratch / 'gates'}"),
            )
            return commands.run_afresh(words, library, scratch / "link", deadline=DEADLINE)
        finally:
            os.kill(server, signal.SIGKILL)
            os.waitpid(server, 0)


def _complaints(ended: Ended) -> list[str]:
    found = ended.complaints(*commands.MAY_END_WITH)
    if ended.code == commands.UNAVAILABLE:
        found.append(f"the library is unavailable: {ended.errors.strip()[-200:]}")
    if ended.own_bytes > MOST_MEMORY:
        found.append(f"the importer took {ended.own_bytes >> 20} MB")
    return found


def _links_of(library: Path) -> list[str]:
    return [line for line in contents.lines_of(library) if line.startswith(("passage_song:", "passage_album:"))]


def _serve(listening: socket.socket, ways: tuple[Hostile, ...], rng: random.Random, good: GoodServices) -> int:
    """Serve in a forked process, so that the one that tries stays without threads; give its id."""
    pid = os.fork()
    if pid:
        listening.close()
        return pid
    try:
        die_with_parent()
        Handler.ways, Handler.rng, Handler.good = ways, rng, good
        server = ThreadingHTTPServer(listening.getsockname(), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket = listening
        server.serve_forever()
    finally:
        os._exit(1)


def _not_finite(library: Path) -> list[str]:
    """Find values that no reader of JSON or SQL takes: anywhere in the content."""
    return [
        line[:200] for line in contents.lines_of(library) if "Infinity" in line or "=inf" in line or "=-inf" in line
    ][:3]
