"""Ask extensions what passages are: the end of the importing process."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from passagework.domain.evidence import ExtensionSource, Statement
from passagework.domain.extensions import ExtensionId
from passagework.domain.files import display_path
from passagework.domain.ids import parse_mbid
from passagework.domain.json_text import read_json, write_json
from passagework.domain.plain_text import plain
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.waiting import WaitingFile
from passagework.logs import logger
from passagework.workers.evidence.answering import CALL_SECONDS, main
from passagework.workers.evidence.frames import receive, send
from passagework.workers.processes.worker_command import python_command, worker_environment

_MBIDS: Final = {
    "recording": "recording",
    "release-track": "release-track",
    "release": "album",
    "release-group": "release-group",
}
"""What an extension states by MBIDs, and the kind of the statement."""

_TEXTS: Final = frozenset({"title", "artist", "album", "track", "disc", "isrc"})

IN_A_ROW: Final = 5
"""Failures of an extension, one after the other, after which it is asked no more."""

_GRACE: Final = 2.0


class EvidenceExtension:
    """One extension that states what passages are. Its process starts when it is first asked, and again if it ended.

    One thread calls it, and perhaps another one closes it. What goes wrong is logged, and costs its statements about
    the file.
    """

    def __init__(self, of: ExtensionId) -> None:
        self._of = of
        self._failures = 0
        self._closed = False
        self._process: _Process | None = None
        self._log = logger("linker")

    def __call__(self, file: WaitingFile) -> tuple[Statement, ...]:
        """Return what it states about a file."""
        if self._closed or self._failures >= IN_A_ROW:
            return ()
        try:
            found = tuple(self._statements(file, self._answer(file)))
        except (OSError, ValueError) as error:
            self._failures += 1
            self._end()
            where = display_path(file.path)
            self._log.warning("extension-failed", extension=str(self._of), file=where, reason=plain(str(error)))
            if self._failures == IN_A_ROW:
                self._log.warning("extension-left-out", extension=str(self._of), files=IN_A_ROW)
            return ()
        self._failures = 0
        return found

    def close(self) -> None:
        """End the process. Afterwards it states nothing."""
        self._closed = True
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _answer(self, file: WaitingFile) -> object:
        if self._process is None:
            self._process = _Process(self._of)
        passages = [[one.start / TICKS_PER_SECOND, one.end / TICKS_PER_SECOND] for one in file.passages]
        return self._process.ask(write_json([file.path.hex(), file.tags.raw, passages]))

    def _statements(self, file: WaitingFile, answer: object) -> Iterable[Statement]:
        """Check an answer. Raises ValueError with what is wrong in it, or with the failure that it tells."""
        if not isinstance(answer, list):
            raise ValueError(str(answer)[:200])  # noqa: TRY004 - what comes from outside is wrong, not a type of ours
        for one in answer:
            match one:
                case [str() as kind, str() as value, int() | None as number]:
                    yield self._statement(file, kind, value, number)
                case _:
                    raise ValueError("its process gave an answer that cannot be read")

    def _statement(self, file: WaitingFile, kind: str, value: str, number: int | None) -> Statement:
        if number is not None and not 1 <= number <= len(file.passages):
            raise ValueError(f"it states something about passage {number} of {len(file.passages)}")
        passage = None if number is None else file.passages[number - 1].guid
        if kind in _MBIDS:
            mbid = parse_mbid(value)
            if mbid is None:
                raise ValueError(f"{ascii(value)[:60]} is no MBID")
            return Statement(ExtensionSource.of(self._of.name, mbids=True), _MBIDS[kind], mbid, passage=passage)
        if kind not in _TEXTS or not value.strip() or not value.isprintable():
            raise ValueError(f"it states the {ascii(kind)[:30]} {ascii(value)[:60]}")
        return Statement(ExtensionSource.of(self._of.name, mbids=False), kind, value.strip(), passage=passage)


class _Process:
    """The process of an extension. Raises OSError where it is not there any more, or too slow."""

    def __init__(self, of: ExtensionId) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603 - no input of a user is in the command
                python_command(main, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd="/",
                env=worker_environment(),
            )
        ours.settimeout(CALL_SECONDS + _GRACE)
        self._socket = ours
        send(ours, str(of))

    def ask(self, what: str) -> object:
        send(self._socket, what)
        try:
            return read_json(receive(self._socket, CALL_SECONDS + _GRACE))
        except ConnectionError:
            raise OSError(f"its process crashed, took more than {CALL_SECONDS:.0f} s, or ended itself") from None

    def end(self) -> None:
        """Kill it, with all that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._socket.close()
