"""How the actors of one importer are put together: who reaches whom, and which rules each has."""

import os
import threading
from pathlib import Path

import pykka
import pytest

from passagework.actors import system
from passagework.actors.analyzer.analyzer import AnalyzerActor, AnalyzerParts
from passagework.actors.linker.gateway import GatewayActor
from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.library import Drain, OpenLibrary
from passagework.actors.runtime.messages import Ping, StartAll, StopAll
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.scanner.folder_planner import FolderRules
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.scanner import ScannerActor
from passagework.actors.session.parts import SessionParts
from passagework.actors.session.session import SessionActor
from passagework.actors.system import ImportSystem, LookupRules, SystemParts, SystemRules
from passagework.actors.writer.metrics import WriterMetrics
from passagework.actors.writer.persistence import PersistenceActor
from passagework.audio.sniff import AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS, VIDEO_EXTENSIONS
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.errors import LibraryDamagedError
from passagework.domain.jobs import Finish
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.rate_limiter import default_limiter_folder

ACOUSTID = AcoustidSettings("key", "https://sound.example:81/v2/")
MUSICBRAINZ = MusicBrainzSettings("http://ids.example:82", per_second=7.0)
ANALYSIS = AnalysisRules(video=True)
NOTHING_ELSE = {
    **{name: name for name in ("scan", "folders", "session", "flush")},
    "analysis": ANALYSIS,
    "deadlines": "limits",
}
"""In place of rules, which nobody reads as long as no actor starts."""


class Understudy(pykka.ThreadingActor):
    """A supervisor that starts nobody, and keeps what it is given and told."""

    refuses = False

    def __init__(self, parts):
        super().__init__()
        self.parts = parts
        self.told = []
        ON_STAGE.append(self)

    def on_receive(self, message):
        self.told.append(message)
        if self.refuses:
            raise LookupError("cannot start")


ON_STAGE = []


@pytest.fixture
def set_up(monkeypatch):
    """Give a function that starts a system with these rules of lookups, and gives it with the parts of everybody."""
    monkeypatch.setattr(system, "SupervisorActor", Understudy)
    ON_STAGE.clear()
    started = []

    def start(**lookup):
        parts = SystemParts(
            library_path=b"/library", open_store=object, make_executor=dict, escalate=print, window=lambda: 3
        )
        rules = SystemRules(**NOTHING_ELSE, lookup=LookupRules(**lookup))
        made = ImportSystem(rules, parts)
        started.append(made)
        made.start()
        return made, parts, ON_STAGE[0].parts

    yield start
    for made in started:
        made.stop()


def by_name(parts):
    return {child.name: child for child in parts.children}


def test_receivers_start_before_their_senders(set_up):
    _, _, parts = set_up(acoustid=ACOUSTID, musicbrainz=MUSICBRAINZ)
    assert [(child.name, child.actor) for child in parts.children] == [
        (ActorName.PERSISTENCE, PersistenceActor),
        (ActorName.SESSION, SessionActor),
        (ActorName.ANALYZER, AnalyzerActor),
        (ActorName.ACOUSTID, GatewayActor),
        (ActorName.MUSICBRAINZ, GatewayActor),
        (ActorName.LINKER, LinkerActor),
        (ActorName.SCANNER, ScannerActor),
    ]
    assert [child.port.name for child in parts.children] == [child.name for child in parts.children]


def test_what_another_source_states_is_weighed_by_the_linker_and_no_worker_links_without_it(set_up):
    _, _, parts = set_up(sources=(list,))
    assert by_name(parts)[ActorName.LINKER].parts.sources == (list,)
    assert by_name(parts)[ActorName.ANALYZER].parts.finish is Finish.ENCODE


def test_the_library_is_opened_first_and_drained_last_and_only_the_session_is_essential(set_up):
    _, _, parts = set_up()
    library = by_name(parts)[ActorName.PERSISTENCE]
    assert (type(library.first), type(library.last)) == (OpenLibrary, Drain)
    for child in parts.children[1:]:
        assert (type(child.first), child.last) == (Ping, None)
    assert [child.name for child in parts.children if child.essential] == [ActorName.SESSION]


def test_the_supervisor_is_asked_to_start_all_and_tells_the_session_of_restarts(set_up):
    made, given, parts = set_up()
    assert parts.restarted is made.session
    assert (parts.escalate, parts.permanent) == (given.escalate, (LibraryDamagedError,))
    assert parts.own_port.name == ActorName.SUPERVISOR
    parts.own_port.ask(Ping(), 10)
    assert [type(message) for message in ON_STAGE[0].told] == [StartAll, Ping]


def test_every_actor_has_the_ports_of_its_own_system_and_its_rules(set_up):
    made, given, parts = set_up()
    children = by_name(parts)
    library, session, analyzer, linker, scanner = (child.port for child in parts.children)
    clock, scheduler = parts.clock, parts.scheduler
    assert (library, session) == (made.library, made.session)
    assert children[ActorName.SESSION].parts == SessionParts(
        library=library,
        scanner=scanner,
        analyzer=analyzer,
        linker=linker,
        own_port=session,
        clock=clock,
        scheduler=scheduler,
        rules="session",
        window=given.window,
        resting=given.resting,
    )
    assert children[ActorName.ANALYZER].parts == AnalyzerParts(
        library=library,
        session=session,
        acknowledge_to=session,
        own_port=analyzer,
        clock=clock,
        make_executor=given.make_executor,
        analysis=ANALYSIS,
        folders="folders",
        deadlines="limits",
        finish=Finish.LINK_AND_ENCODE,
    )
    writer = children[ActorName.PERSISTENCE].parts
    assert (writer.open_store, writer.session, writer.own_port) == (given.open_store, session, library)
    assert (writer.clock, writer.scheduler, writer.rules, writer.services) == (clock, scheduler, "flush", ())
    assert isinstance(writer.metrics, WriterMetrics)
    walker = children[ActorName.SCANNER].parts
    assert (walker.library, walker.session, walker.own_port, walker.scheduler) == (library, session, scanner, scheduler)
    assert walker.clock == clock
    assert (walker.rules, walker.library_path, next(walker.write_ids)) == ("scan", b"/library", 1)
    extensions = Extensions(audio=AUDIO_EXTENSIONS, never=NEVER_AUDIO_EXTENSIONS - VIDEO_EXTENSIONS)
    assert walker.folders == FolderRules(extensions=extensions, is_audio=walker.folders.is_audio)
    without = children[ActorName.LINKER].parts
    assert (without.acoustid, without.musicbrainz) == (None, None)


def test_each_service_that_is_asked_has_a_gateway_and_the_linker_reaches_it(set_up):
    made, _, parts = set_up(acoustid=ACOUSTID, musicbrainz=MUSICBRAINZ, search=False, works=True, ages="ages")
    children = by_name(parts)
    linker = children[ActorName.LINKER].parts
    assert linker == LinkerParts(
        library=made.library,
        session=made.session,
        own_port=children[ActorName.LINKER].port,
        clock=parts.clock,
        scheduler=parts.scheduler,
        write_ids=linker.write_ids,
        acoustid=linker.acoustid,
        musicbrainz=linker.musicbrainz,
        search=False,
        works=True,
        ages="ages",
    )
    assert next(linker.write_ids) == 1
    assert children[ActorName.PERSISTENCE].parts.services == (ActorName.ACOUSTID, ActorName.MUSICBRAINZ)
    for name, gateway in ((ActorName.ACOUSTID, linker.acoustid), (ActorName.MUSICBRAINZ, linker.musicbrainz)):
        child = children[name]
        assert (gateway.port, gateway.stop) == (child.port, child.parts.stop)
        assert (child.parts.service, child.parts.own_port, child.parts.library) == (name, child.port, made.library)
        assert (child.parts.clock, child.parts.scheduler, child.parts.ages) == (parts.clock, parts.scheduler, "ages")
        assert next(child.parts.write_ids) == 1
    assert linker.acoustid.stop is not linker.musicbrainz.stop


@pytest.mark.parametrize("folder", [None, Path("/gates")])
def test_a_service_is_asked_through_the_rate_limiter_of_its_host(set_up, monkeypatch, folder):
    for name in ("RateLimiter", "AcoustidClient", "AcoustidService", "MusicBrainzClient", "MusicBrainzService"):
        monkeypatch.setattr(system, name, lambda *given, name=name: (name, *given))
    _, _, parts = set_up(acoustid=ACOUSTID, musicbrainz=MUSICBRAINZ, acoustid_per_second=5.0, gate_folder=folder)
    children, where, stop = by_name(parts), folder or default_limiter_folder(), bool
    assert children[ActorName.ACOUSTID].parts.make_service(stop) == (
        "AcoustidService",
        ("AcoustidClient", ACOUSTID, ("RateLimiter", where, "sound.example:81", 5.0), stop),
    )
    assert children[ActorName.MUSICBRAINZ].parts.make_service(stop) == (
        "MusicBrainzService",
        ("MusicBrainzClient", MUSICBRAINZ, ("RateLimiter", where, "ids.example:82", 7.0), stop),
    )


@pytest.mark.parametrize("drain", [True, False])
def test_a_stop_ends_the_requests_under_way_then_the_actors_then_the_supervisor(set_up, drain):
    before = set(threading.enumerate())
    made, _, parts = set_up(acoustid=ACOUSTID, musicbrainz=MUSICBRAINZ)
    linker = by_name(parts)[ActorName.LINKER].parts
    made.stop(drain=drain)
    assert linker.acoustid.stop.is_set()
    assert linker.musicbrainz.stop.is_set()
    assert ON_STAGE[0].told[1:] == [StopAll(drain=drain)]
    assert not ON_STAGE[0].actor_ref.is_alive()
    with pytest.raises(NobodyThereError):
        parts.own_port.ask(Ping(), 10)
    assert set(threading.enumerate()) <= before


def test_a_system_that_cannot_start_leaves_nothing_running(set_up, monkeypatch):
    monkeypatch.setattr(Understudy, "refuses", True)
    with pytest.raises(LookupError, match="cannot start"):
        set_up()
    assert not ON_STAGE[0].actor_ref.is_alive()
    assert ON_STAGE[0].parts.own_port.tell(Ping()) is False


def test_a_system_whose_supervisor_is_gone_can_be_stopped(set_up):
    made, _, _ = set_up()
    ON_STAGE[0].actor_ref.stop()
    made.stop()
    assert isinstance(made.library, Port)


def test_a_file_whose_name_does_not_tell_is_looked_into(set_up, make_music, tmp_path):
    _, _, parts = set_up()
    is_audio = by_name(parts)[ActorName.SCANNER].parts.folders.is_audio
    (tmp_path / "text").write_bytes(b"no audio at all" * 100)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "film").write_bytes(b"\x1aE\xdf\xa3\x87\x42\x82\x84webm\x86\x85V_VP8" + bytes(99))
    assert is_audio(os.fsencode(make_music("a.flac", seconds=0.5)))
    assert is_audio(os.fsencode(tmp_path / "film"))
    for name in ("text", "pipe", "missing"):
        assert not is_audio(os.fsencode(tmp_path / name))
