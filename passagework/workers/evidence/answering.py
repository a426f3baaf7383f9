"""The process of one extension that states what passages are: it is asked about one file after the other."""

import os
import resource
import signal
import socket
from typing import Final

from passagework.domain.extensions import ExtensionId
from passagework.domain.json_text import read_json, write_json
from passagework.extensions import EVIDENCE, EvidenceMaker, EvidenceSource, SeenFile, SeenPassage
from passagework.extensions.installed import entry_of
from passagework.workers.evidence.frames import receive, send
from passagework.workers.processes.attempt import describe

CALL_SECONDS: Final = 10.0
"""How long an extension may take for one file, and to be loaded."""

_MEMORY: Final = 1 << 30
_MOST: Final = 1_000
"""Statements about a file."""


def main(descriptor: int) -> None:
    """Run on the inherited socket until the importing process closes it, and end this process."""
    try:
        _serve(socket.socket(fileno=descriptor))
    finally:
        # Whatever the extension has left behind: threads, exit handlers.
        os._exit(0)


def _serve(connection: socket.socket) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
    # Even in code that is not Python, and without a parent.
    signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
    source = None
    failure = None
    try:
        source = _made(ExtensionId.parse(str(receive(connection))))
    except BaseException as error:  # noqa: BLE001 - its import runs its code
        failure = f"cannot be loaded: {describe(error)}"
    while True:
        signal.setitimer(signal.ITIMER_REAL, 0)
        asked = read_json(receive(connection))
        signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
        answer: object = failure
        if source is not None:
            try:
                answer = _stated(source, asked)
            except BaseException as error:  # noqa: BLE001 - whatever it raises costs its own statements alone
                answer = describe(error)
        send(connection, write_json(answer))


def _made(extension: ExtensionId) -> EvidenceSource:
    point = entry_of(extension, EVIDENCE)
    if point is None:
        raise LookupError(f"{extension} states nothing")
    maker: EvidenceMaker = point.load()
    return maker()


def _stated(source: EvidenceSource, asked: tuple[str, list[tuple[str, list[str]]], list[list[float]]]) -> object:
    path, tags, passages = asked
    found = []
    seen = SeenFile(
        bytes.fromhex(path),
        {name: tuple(values) for name, values in tags},
        tuple(SeenPassage(number, start, end) for number, (start, end) in enumerate(passages, 1)),
    )
    for one in source(seen):
        found.append([str(one.kind), str(one.value)[:_MOST], None if one.passage is None else int(one.passage)])
        if len(found) == _MOST:
            break
    return found
