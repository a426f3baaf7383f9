"""Run a program to its end and say what it cost."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """Wall-clock seconds, and CPU seconds of the process and of all descendants that were waited for."""

    wall: float
    cpu: float

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.wall + other.wall, self.cpu + other.cpu)


class ProgramFailedError(Exception):
    """The program ended with an error; the message holds its last words."""


def usage_of(command: Sequence[str], *, stdin: str = "", environment: Mapping[str, str] | None = None) -> Usage:
    """Run a command. Start-up and end of the program count; what it prints is shown only where it fails."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as printed:
        given.write(stdin.encode())
        given.seek(0)
        begin = time.monotonic()
        child = subprocess.Popen(
            command, stdin=given, stdout=printed, stderr=subprocess.STDOUT, env=os.environ | dict(environment or {})
        )
        _, status, resources = os.wait4(child.pid, 0)
        wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            printed.seek(0)
            words = printed.read()[-2000:].decode(errors="replace")
            raise ProgramFailedError(f"{' '.join(command)} ended with {child.returncode}:\n{words}")
    return Usage(wall, resources.ru_utime + resources.ru_stime)


def python(script: str, *arguments: str) -> list[str]:
    """Give the command for a script beside this one."""
    return [sys.executable, os.path.join(os.path.dirname(__file__), script), *arguments]
