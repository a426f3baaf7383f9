"""Puts one importer's actors together: ports first, then who is made how, then the supervisor that starts them."""

import itertools
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from passagework.actors.analyzer import AnalyzerActor, AnalyzerParts, DeadlineRules
from passagework.actors.clock import SystemClock
from passagework.actors.flush_policy import FlushRules
from passagework.actors.library_port import LibraryPort
from passagework.actors.linker import LinkerActor, LinkerParts
from passagework.actors.messages import (
    AnalyzerMessage,
    Drain,
    LinkerMessage,
    OpenLibrary,
    ScannerMessage,
    SessionMessage,
    StartAll,
    StopAll,
    SupervisorMessage,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.persistence import PersistenceActor, PersistenceParts
from passagework.actors.port import NobodyThereError, Port
from passagework.actors.scan_plan import Extensions
from passagework.actors.scanner import ScannerActor, ScannerParts
from passagework.actors.scheduler import ThreadScheduler
from passagework.actors.session import SessionActor
from passagework.actors.session_parts import SessionParts, SessionRules
from passagework.actors.supervisor import (
    DRAIN_TIMEOUT_SECONDS,
    START_TIMEOUT_SECONDS,
    STOP_TIMEOUT_SECONDS,
    Child,
    SupervisorActor,
    SupervisorParts,
)
from passagework.actors.walk import ScanRules
from passagework.actors.write_book import WriteBook
from passagework.audio.sniff import AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS, sniff_stream
from passagework.audio.workers.executor import AnalysisExecutor
from passagework.domain.jobs import AnalysisRules
from passagework.domain.linking import link_file
from passagework.persistence.store import LibraryStore

if TYPE_CHECKING:
    import pykka


@dataclass(frozen=True, slots=True)
class SystemRules:
    """Everything that the actors are told by the configuration."""

    scan: ScanRules = field(default_factory=ScanRules)
    analysis: AnalysisRules = field(default_factory=AnalysisRules)
    session: SessionRules = field(default_factory=SessionRules)
    flush: FlushRules = field(default_factory=FlushRules)
    deadlines: DeadlineRules = field(default_factory=DeadlineRules)


@dataclass(frozen=True, slots=True)
class SystemParts:
    """What the doors hand in: where the library is, how it is opened, who runs jobs, whom a lost cause is told."""

    library_path: bytes
    open_store: Callable[[], LibraryStore]
    make_executor: Callable[[], AnalysisExecutor]
    escalate: Callable[[str, Exception | None], None]


class ImportSystem:
    """The actors of one importer. Nothing is shared with other systems in the process."""

    def __init__(self, rules: SystemRules, parts: SystemParts) -> None:
        self._rules = rules
        self._parts = parts
        self._clock = SystemClock()
        self._scheduler = ThreadScheduler(self._clock)
        self.outstanding = Outstanding()
        self._supervisor_port: Port[SupervisorMessage] = Port("supervisor")
        self._scanner: Port[ScannerMessage] = Port("scanner")
        self._analyzer: Port[AnalyzerMessage] = Port("analyzer")
        self._linker: Port[LinkerMessage] = Port("linker")
        self.session: Port[SessionMessage] = Port("session")
        self.library = LibraryPort("persistence", self._clock)
        self._supervisor: pykka.ActorRef[pykka.Actor] | None = None

    def start(self) -> None:
        """Open the library and start all actors; the first error is raised with nothing left running."""
        children = (
            Child(
                "persistence",
                PersistenceActor,
                self._persistence_parts(),
                self.library,
                first=OpenLibrary(),
                last=Drain(),
            ),
            Child("session", SessionActor, self._session_parts(), self.session, essential=True),
            Child("analyzer", AnalyzerActor, self._analyzer_parts(), self._analyzer),
            Child("linker", LinkerActor, self._linker_parts(), self._linker),
            Child("scanner", ScannerActor, self._scanner_parts(), self._scanner),
        )
        parts = SupervisorParts(
            children, self.session, self._supervisor_port, self._clock, self._scheduler, self._parts.escalate
        )
        supervisor: type[pykka.Actor] = SupervisorActor
        self._supervisor = supervisor.start(parts)
        self._supervisor_port.bind(self._supervisor)
        try:
            self._supervisor_port.ask(StartAll(), START_TIMEOUT_SECONDS)
        except Exception:
            self._end()
            raise

    def stop(self, *, drain: bool = True) -> None:
        """Drain the library and stop all actors; an error of the drain is raised when everything has stopped."""
        try:
            self._supervisor_port.ask(StopAll(drain=drain), DRAIN_TIMEOUT_SECONDS + 5 * STOP_TIMEOUT_SECONDS)
        except NobodyThereError:
            # A host that stops every actor of its process has stopped ours, too.
            if self._supervisor is not None and self._supervisor.is_alive():
                raise
        finally:
            self._end()

    def _end(self) -> None:
        self._supervisor_port.bind(None)
        if self._supervisor is not None:
            self._supervisor.stop()
        self._scheduler.close()

    def _persistence_parts(self) -> PersistenceParts:
        return PersistenceParts(
            self._parts.open_store,
            self.session,
            self.library,
            self.outstanding,
            self._clock,
            self._scheduler,
            self._rules.flush,
            WriteBook(),
        )

    def _session_parts(self) -> SessionParts:
        return SessionParts(
            self.library,
            self._scanner,
            self._analyzer,
            self._linker,
            self.session,
            self.outstanding,
            self._clock,
            self._scheduler,
            self._rules.session,
            self._rules.analysis,
        )

    def _analyzer_parts(self) -> AnalyzerParts:
        return AnalyzerParts(
            self.library,
            self.session,
            self.session,
            self._analyzer,
            self._parts.make_executor,
            self._rules.deadlines,
        )

    def _linker_parts(self) -> LinkerParts:
        return LinkerParts(
            self.library,
            self.session,
            self._linker,
            self.outstanding,
            self._scheduler,
            itertools.count(1),
            decide=link_file,
        )

    def _scanner_parts(self) -> ScannerParts:
        return ScannerParts(
            self.library,
            self.session,
            self._scanner,
            self.outstanding,
            self._scheduler,
            itertools.count(1),
            self._rules.scan,
            Extensions(AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS),
            self._parts.library_path,
            is_audio=_holds_audio,
        )


def _holds_audio(path: bytes) -> bool:
    """Look into a file whose name does not tell; a pipe or a device is not even read."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return stat.S_ISREG(os.fstat(file.fileno()).st_mode) and sniff_stream(file) is not None
    except OSError:
        return False
