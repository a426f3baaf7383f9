"""What a session works with: its limits, and the ports of the actors that it sends to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from passagework.actors.messages.analyzer import AnalyzerMessage
from passagework.actors.messages.linker import LinkerMessage
from passagework.actors.messages.scanner import ScannerMessage
from passagework.actors.messages.session import SessionMessage
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.port import Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.actors.writer.library_port import LibraryPort
from passagework.domain.parts import RefreshRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """``credits`` bounds the files in flight, ``window`` those with the analyzer.

    A file that was in work when the process died ``max_attempts`` times, or on which actors crashed as often, is
    given up.
    """

    credits: int = 128
    window: int = 8
    max_attempts: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What a session works with.

    ``window`` returns the current value of the rule of this name, where it changes during a run. ``resting``: whether
    the importer as a whole is paused.
    """

    library: LibraryPort
    scanner: Port[ScannerMessage]
    analyzer: Port[AnalyzerMessage]
    linker: Port[LinkerMessage]
    own_port: Port[SessionMessage]
    clock: Clock
    scheduler: Scheduler
    rules: SessionRules
    window: Callable[[], int] | None = None
    refresh: RefreshRules = field(default_factory=RefreshRules)
    resting: Callable[[], bool] = lambda: False
