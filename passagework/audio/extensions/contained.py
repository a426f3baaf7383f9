"""An extension that measures, in this process: its errors become reasons why there is no value."""

from collections.abc import Callable

import numpy as np

from passagework.audio.measure.envelope import Block
from passagework.domain.extensions import ExtensionId, PassageValue, checked_values, short_line, value_failure
from passagework.extensions import MEASURES, AudioOfFile, Meter, MeterMaker
from passagework.extensions.installed import entry_of


class ContainedMeter:
    """Calls one extension. Whatever it raises, SystemExit included, is kept as the failure of the file."""

    def __init__(self, of: ExtensionId, load: Callable[[], MeterMaker]) -> None:
        self._of = of
        self.unusable: str | None = None
        self._meter: Meter | None = None
        self._failure: str | None = None
        try:
            self._make = load()
        except BaseException as error:  # noqa: BLE001 - its import runs its code
            self.unusable = f"cannot be loaded: {_told(error)}"

    def begin(self, audio: AudioOfFile) -> None:
        """Begin with a file."""
        self._meter, self._failure = None, self.unusable
        if self._failure is None:
            self._call(lambda: self._begin(audio))

    def add(self, block: Block) -> None:
        """Measure the next block. The arrays are the extension's from now on."""
        meter = self._meter
        if meter is not None and self._failure is None:
            self._call(lambda: meter.add(block))

    def values(self, start: int, end: int) -> tuple[PassageValue, ...]:
        """Return what is said of a passage, in samples of the file."""
        said: list[tuple[PassageValue, ...]] = []
        meter = self._meter
        if meter is not None and self._failure is None:
            self._call(lambda: said.append(checked_values(self._of, meter.values(start, end))))
        return said[0] if said else (value_failure(self._of, self._failure or "it was not asked"),)

    def end(self) -> None:
        """Let go of what was measured of the file."""
        self._meter = None

    def _begin(self, audio: AudioOfFile) -> None:
        self._meter = self._make(audio)

    def _call(self, what: Callable[[], object]) -> None:
        try:
            what()
        except BaseException as error:  # noqa: BLE001 - whatever it raises costs its own values alone
            self._failure = _told(error)


class InThisProcess:
    """An extension for an analysis that has no process for it: that of a host's executor."""

    def __init__(self, of: ExtensionId) -> None:
        self._contained = ContainedMeter(of, lambda: load_maker(of))
        self.begin = self._contained.begin
        self.values = self._contained.values
        self.end = self._contained.end

    def add(self, block: Block) -> None:
        """Measure a copy of the next block: the extension may change it."""
        self._contained.add(tuple(np.array(channel, np.float32) for channel in block))


def load_maker(of: ExtensionId) -> MeterMaker:
    """Import an extension. Passes on whatever its import raises; LookupError: it is not there, or measures nothing."""
    point = entry_of(of, MEASURES)
    if point is None:
        raise LookupError(f"{of} measures nothing")
    maker: MeterMaker = point.load()
    if not callable(maker):
        raise TypeError(f"{point.value} cannot be called")
    return maker


def _told(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it ran out of memory"
    try:
        words = f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - its own exception may not even have a text
        words = type(error).__name__
    return short_line(words)
