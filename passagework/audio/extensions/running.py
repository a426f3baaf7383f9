"""The extensions of this process: those that were started for it, and the meters of one file."""

import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from passagework.domain.extensions import ExtensionId, PassageValue, value_failure
from passagework.extensions import AudioOfFile

if TYPE_CHECKING:
    from passagework.audio.extensions.contained import InThisProcess
    from passagework.audio.extensions.meter_process import MeterProcess
    from passagework.audio.measure.envelope import Block

LOAD_SECONDS: Final = 20.0
"""How long all extensions of a worker may take to load."""


@dataclass(frozen=True, slots=True)
class Confining:
    """What a new process does: ``begin`` with the process id of its parent; ``confine`` once all is loaded."""

    begin: Callable[[int], None]
    confine: Callable[[], object]


_running: "Final[dict[ExtensionId, MeterProcess | InThisProcess]]" = {}


def start_extensions(extensions: Iterable[ExtensionId], confining: Confining) -> None:
    """Start a process for each extension of a worker, which has one thread and is not confined yet."""
    from passagework.audio.extensions.meter_process import MeterProcess  # noqa: PLC0415 - loads numpy

    extensions = tuple(extensions)
    if extensions:
        # Nobody waits for them: they end with the worker, and the kernel clears away what is left.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    end = time.monotonic() + LOAD_SECONDS
    for one in extensions:
        _running[one] = MeterProcess(one, confining, end - time.monotonic())


def some_are_gone() -> bool:
    """Whether the process of an extension has ended or was given up, so that the worker should be replaced."""
    return any(getattr(one, "gone", False) for one in _running.values())


class ExtensionMeters:
    """All extensions that measure a file. ``left_out`` are used no more in this run, with the reason."""

    def __init__(
        self, extensions: Iterable[ExtensionId], left_out: Iterable[tuple[ExtensionId, str]], audio: AudioOfFile
    ) -> None:
        reasons = dict(left_out)
        self._meters = {one: _meter(one) for one in extensions if one not in reasons}
        self._left_out = tuple(value_failure(one, reason) for one, reason in reasons.items())
        for meter in self._meters.values():
            meter.begin(audio)

    def add(self, block: "Block") -> None:
        """Give the next block to all."""
        for meter in self._meters.values():
            meter.add(block)

    def values(self, start: int, end: int) -> tuple[PassageValue, ...]:
        """Return what all say of a passage, in samples of the file."""
        said = [one for meter in self._meters.values() for one in meter.values(start, end)]
        return (*said, *self._left_out)

    def close(self) -> None:
        """Let all forget the file."""
        for meter in self._meters.values():
            meter.end()


def _meter(of: ExtensionId) -> "MeterProcess | InThisProcess":
    """Return the process of an extension. Executors of hosts have none: there it runs beside the analysis."""
    if of not in _running:
        from passagework.audio.extensions.contained import InThisProcess  # noqa: PLC0415 - loads numpy

        _running[of] = InThisProcess(of)
    return _running[of]
