"""The worker process: one job at a time, from one stream to the parent. Imports the analysis once, before any job."""

import os
import socket
from contextlib import ExitStack
from typing import Final, NoReturn

from passagework.audio.extensions.running import Confining, start_extensions
from passagework.workers.processes.attempt import attempt, describe, load_analysis
from passagework.workers.processes.confined import open_and_analyse
from passagework.workers.processes.confinement import can_confine
from passagework.workers.processes.job_loop import JobLoop
from passagework.workers.processes.limits import die_with, limit
from passagework.workers.processes.message_stream import MessageStream
from passagework.workers.processes.wire_protocol import Ready, RunJob, Setup, Unusable

OUT_OF_MEMORY_EXIT: Final = 79
"""Exit code after a MemoryError. A message would need memory."""


def main(descriptor: int) -> NoReturn:
    """Run as a worker on the inherited socket ``descriptor`` until the parent closes it."""
    try:
        _live(MessageStream(socket.socket(fileno=descriptor)))
    except MemoryError:
        os._exit(OUT_OF_MEMORY_EXIT)
    except (EOFError, OSError):
        pass
    # Libraries may have left threads and exit handlers behind; nothing here needs a clean shutdown.
    os._exit(0)


def _live(stream: MessageStream) -> None:
    setup = stream.receive()
    assert isinstance(setup, Setup)
    limit(setup)
    if setup.rules.confined and can_confine():
        open_and_analyse(stream, setup.rules)
    else:
        _analyse(stream, setup)


def _analyse(stream: MessageStream, setup: Setup) -> None:
    """Do everything in this process, which opens the files itself."""
    rules = setup.rules
    try:
        analyze = load_analysis(rules.analyze)
    except BaseException as error:  # noqa: BLE001 - report any error that prevents loading the analysis to the parent
        stream.send(Unusable(f"{rules.analyze}: {describe(error)}"))
        return
    start_extensions(rules.extensions, Confining(die_with, confine=tuple))
    loop = JobLoop(stream, rules)
    stream.send(Ready(os.getpid(), ()))

    def next_job(_acquired: ExitStack) -> RunJob:
        message = stream.receive()
        assert isinstance(message, RunJob)
        return message

    loop.run(lambda work: attempt(analyze, work), next_job)
