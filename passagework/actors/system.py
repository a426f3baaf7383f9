"""Puts the actors of one importer together: ports first, then the actors, then the supervisor that starts them."""

import itertools
import os
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from passagework.actors.analyzer.analyzer import AnalyzerActor, AnalyzerParts, DeadlineRules
from passagework.actors.linker.gateway import GatewayActor, GatewayParts, LookupService
from passagework.actors.linker.linker import Gateway, LinkerActor, LinkerParts, Source
from passagework.actors.messages.library import Drain, OpenLibrary
from passagework.actors.runtime.clock import SystemClock
from passagework.actors.runtime.messages import PauseChanged, StartAll, StopAll, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.runtime.scheduler import ThreadScheduler
from passagework.actors.runtime.supervisor import (
    DRAIN_TIMEOUT_SECONDS,
    START_TIMEOUT_SECONDS,
    STOP_TIMEOUT_SECONDS,
    Child,
    SupervisorActor,
    SupervisorParts,
)
from passagework.actors.scanner.folder_planner import FolderRules
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.scanner import ScannerActor, ScannerParts
from passagework.actors.scanner.walk import ScanRules
from passagework.actors.session.parts import SessionParts, SessionRules
from passagework.actors.session.session import SessionActor
from passagework.actors.writer.flush_policy import FlushRules
from passagework.actors.writer.library_port import LibraryPort
from passagework.actors.writer.metrics import WriterMetrics
from passagework.actors.writer.persistence import PersistenceActor, PersistenceParts
from passagework.audio.sniff import AUDIO_EXTENSIONS, never_audio_extensions, sniff_behind_tags, sniff_stream
from passagework.domain.analysis_rules import AnalysisRules, RulesBelow
from passagework.domain.errors import LibraryDamagedError
from passagework.domain.jobs import Finish
from passagework.domain.parts import RefreshRules
from passagework.lookup.acoustid import transport as acoustid_transport
from passagework.lookup.acoustid.client import AcoustidClient
from passagework.lookup.acoustid.service import AcoustidService
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.musicbrainz import document as musicbrainz_document
from passagework.lookup.musicbrainz.client import MusicBrainzClient
from passagework.lookup.musicbrainz.service import MusicBrainzService
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.rate_limiter import RateLimiter, default_limiter_folder
from passagework.lookup.stored_form import AnswerAges
from passagework.persistence.store import LibraryStore
from passagework.workers.executor import AnalysisExecutor

if TYPE_CHECKING:
    import pykka

    from passagework.actors.messages.analyzer import AnalyzerMessage
    from passagework.actors.messages.gateway import GatewayMessage
    from passagework.actors.messages.linker import LinkerMessage
    from passagework.actors.messages.scanner import ScannerMessage
    from passagework.actors.messages.session import SessionMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRules:
    """Which services are asked (None: not this one), how often, and which data they return.

    ``sources`` state something about files beside their tags, most trusted first.
    ``gate_folder`` holds the lock files by which all importers of a user share the rate; None: the default.
    """

    acoustid: AcoustidSettings | None = None
    acoustid_per_second: float = 3.0
    musicbrainz: MusicBrainzSettings | None = None
    search: bool = True
    works: bool = False
    ages: AnswerAges = field(default_factory=AnswerAges)
    gate_folder: Path | None = None
    sources: tuple[Source, ...] = ()

    @property
    def services(self) -> tuple[str, ...]:
        """Return the names of the services that are asked."""
        by_name = {acoustid_transport.SERVICE: self.acoustid, musicbrainz_document.SERVICE: self.musicbrainz}
        return tuple(name for name, asked in by_name.items() if asked is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRules:
    """The configuration of the actors. ``link``: whether imports link passages."""

    scan: ScanRules = field(default_factory=ScanRules)
    analysis: AnalysisRules = field(default_factory=AnalysisRules)
    folders: tuple[RulesBelow, ...] = ()
    session: SessionRules = field(default_factory=SessionRules)
    flush: FlushRules = field(default_factory=FlushRules)
    deadlines: DeadlineRules = field(default_factory=DeadlineRules)
    lookup: LookupRules = field(default_factory=LookupRules)
    link: bool = True
    refresh: RefreshRules = field(default_factory=RefreshRules)

    @property
    def links_at_once(self) -> bool:
        """Whether passages are linked when their file is stored: by their tags alone, which workers know."""
        return self.link and not self.lookup.services and not self.lookup.sources


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemParts:
    """What an importer needs in addition to its rules: the library, how to open it, and the executor.

    ``escalate`` is called, in the supervisor's thread, after an unrecoverable failure.

    ``window`` returns how many files the analyzer may hold now; it replaces the fixed rule of the session. ``resting``:
    whether the importer as a whole is paused.
    """

    library_path: bytes
    open_store: Callable[[], LibraryStore]
    make_executor: Callable[[], AnalysisExecutor]
    escalate: Callable[[str, Exception | None], None]
    window: Callable[[], int] | None = None
    resting: Callable[[], bool] = lambda: False


class ImportSystem:
    """The actors of one importer. Nothing is shared with other systems in the process."""

    def __init__(self, rules: SystemRules, parts: SystemParts) -> None:
        self._rules = rules
        self._parts = parts
        self._clock = SystemClock()
        self._scheduler = ThreadScheduler(self._clock)
        self._supervisor_port: Port[SupervisorMessage] = Port(ActorName.SUPERVISOR)
        self._scanner: Port[ScannerMessage] = Port(ActorName.SCANNER)
        self._analyzer: Port[AnalyzerMessage] = Port(ActorName.ANALYZER)
        self._linker: Port[LinkerMessage] = Port(ActorName.LINKER)
        self._gateways: list[Gateway] = []
        self.session: Port[SessionMessage] = Port(ActorName.SESSION)
        self.library = LibraryPort(ActorName.PERSISTENCE, self._clock)
        self._supervisor: pykka.ActorRef[pykka.Actor] | None = None

    def start(self) -> None:
        """Open the library and start all actors; the first error is raised with nothing left running."""
        # Bottom-up: a receiver starts before its senders. They stop in the opposite order.
        children = (
            Child(
                ActorName.PERSISTENCE,
                PersistenceActor,
                self._persistence_parts(),
                self.library,
                first=OpenLibrary(),
                last=Drain(),
            ),
            Child(ActorName.SESSION, SessionActor, self._session_parts(), self.session, essential=True),
            Child(ActorName.ANALYZER, AnalyzerActor, self._analyzer_parts(), self._analyzer),
            *self._identification(),
            Child(ActorName.SCANNER, ScannerActor, self._scanner_parts(), self._scanner),
        )
        parts = SupervisorParts(
            children=children,
            restarted=self.session,
            own_port=self._supervisor_port,
            clock=self._clock,
            scheduler=self._scheduler,
            escalate=self._parts.escalate,
            permanent=(LibraryDamagedError,),
        )
        supervisor: type[pykka.Actor] = SupervisorActor
        try:
            self._supervisor = supervisor.start(parts)
            self._supervisor_port.bind(self._supervisor)
            self._supervisor_port.ask(StartAll(), START_TIMEOUT_SECONDS)
        except Exception:
            self._end()
            raise

    def stop(self, *, drain: bool = True) -> None:
        """Drain the library and stop all actors; an error of the drain is raised when everything has stopped."""
        for gateway in self._gateways:
            gateway.stop.set()
        try:
            self._supervisor_port.ask(StopAll(drain=drain), DRAIN_TIMEOUT_SECONDS + 5 * STOP_TIMEOUT_SECONDS)
        except NobodyThereError:
            # A host that stops every actor of its process has stopped ours, too.
            if self._supervisor is not None and self._supervisor.is_alive():
                raise
        finally:
            self._end()

    def pause_changed(self) -> None:
        """Have all actors that do something by themselves ask whether the importer rests. Returns at once."""
        self.session.tell(PauseChanged())
        self._scanner.tell(PauseChanged())
        for gateway in self._gateways:
            gateway.port.tell(PauseChanged())

    def _end(self) -> None:
        self._supervisor_port.bind(None)
        if self._supervisor is not None:
            self._supervisor.stop()
        self._scheduler.close()

    def _persistence_parts(self) -> PersistenceParts:
        return PersistenceParts(
            open_store=self._parts.open_store,
            session=self.session,
            own_port=self.library,
            clock=self._clock,
            scheduler=self._scheduler,
            rules=self._rules.flush,
            metrics=WriterMetrics(),
            services=self._rules.lookup.services,
        )

    def _session_parts(self) -> SessionParts:
        return SessionParts(
            library=self.library,
            scanner=self._scanner,
            analyzer=self._analyzer,
            linker=self._linker,
            own_port=self.session,
            clock=self._clock,
            scheduler=self._scheduler,
            rules=self._rules.session,
            window=self._parts.window,
            refresh=self._rules.refresh,
            resting=self._parts.resting,
        )

    def _analyzer_parts(self) -> AnalyzerParts:
        return AnalyzerParts(
            library=self.library,
            session=self.session,
            acknowledge_to=self.session,
            own_port=self._analyzer,
            clock=self._clock,
            make_executor=self._parts.make_executor,
            analysis=self._rules.analysis,
            folders=self._rules.folders,
            deadlines=self._rules.deadlines,
            finish=Finish.LINK_AND_ENCODE if self._rules.links_at_once else Finish.ENCODE,
        )

    def _identification(self) -> tuple[Child, ...]:
        """Make the linker, with a gateway for each service that is asked."""
        rules = self._rules.lookup
        acoustid = musicbrainz = None
        children: list[Child] = []
        folder = rules.gate_folder or default_limiter_folder()
        if (by_sound := rules.acoustid) is not None:
            limiter = RateLimiter(folder, urlsplit(by_sound.base_url).netloc, rules.acoustid_per_second)
            acoustid = self._gateway(
                children,
                ActorName.ACOUSTID,
                lambda stop: AcoustidService(AcoustidClient(by_sound, limiter, stop)),
            )
        if (by_id := rules.musicbrainz) is not None:
            by_id_limiter = RateLimiter(folder, by_id.server.netloc, by_id.per_second)
            musicbrainz = self._gateway(
                children,
                ActorName.MUSICBRAINZ,
                lambda stop: MusicBrainzService(MusicBrainzClient(by_id, by_id_limiter, stop)),
            )
        parts = LinkerParts(
            library=self.library,
            session=self.session,
            own_port=self._linker,
            clock=self._clock,
            scheduler=self._scheduler,
            write_ids=itertools.count(1),
            acoustid=acoustid,
            musicbrainz=musicbrainz,
            search=rules.search,
            works=rules.works,
            ages=rules.ages,
            sources=rules.sources,
        )
        return (*children, Child(ActorName.LINKER, LinkerActor, parts, self._linker))

    def _gateway(
        self, children: list[Child], service: ActorName, make: Callable[[Callable[[], bool]], LookupService]
    ) -> Gateway:
        port: Port[GatewayMessage] = Port(service)
        gateway = Gateway(port, threading.Event())
        parts = GatewayParts(
            service=service,
            make_service=make,
            stop=gateway.stop,
            library=self.library,
            own_port=port,
            clock=self._clock,
            scheduler=self._scheduler,
            write_ids=itertools.count(1),
            ages=self._rules.lookup.ages,
            resting=self._parts.resting,
        )
        children.append(Child(service, GatewayActor, parts, port))
        self._gateways.append(gateway)
        return gateway

    def _scanner_parts(self) -> ScannerParts:
        video = self._rules.analysis.video
        extensions = Extensions(audio=AUDIO_EXTENSIONS, never=never_audio_extensions(video=video))
        return ScannerParts(
            library=self.library,
            session=self.session,
            own_port=self._scanner,
            scheduler=self._scheduler,
            clock=self._clock,
            write_ids=itertools.count(1),
            rules=self._rules.scan,
            folders=FolderRules(extensions=extensions, is_audio=partial(_holds_audio, video=video)),
            library_path=self._parts.library_path,
            refresh=self._rules.refresh,
            resting=self._parts.resting,
        )


def _holds_audio(path: bytes, *, video: bool) -> bool:
    """Look into a file whose name does not tell; a pipe or a device is not even read. ``video``: videos count."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return False
            return (sniff_behind_tags(file) if video else sniff_stream(file)) is not None
    except OSError:
        return False
