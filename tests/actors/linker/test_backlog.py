"""Thousands of passages that wait, worked off by two importers that share a gate, in simulated time."""

import gc
import itertools
import sys
import threading
from array import array

import numpy as np
import pytest

from passagework.actors.linker.gateway import GatewayActor, GatewayParts
from passagework.actors.linker.linker import Gateway, LinkerActor, LinkerParts
from passagework.actors.messages.acknowledgements import Committed
from passagework.actors.messages.linker import Link
from passagework.actors.messages.session import LinkerIdle
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import Port
from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.analysis import Fingerprint
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.requests import AskAcoustid
from passagework.domain.tags import Tags
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.waiting import WaitingFile, WaitingPassage
from passagework.lookup.found import Found, Outcome
from passagework.lookup.rate_limiter import RateLimiter
from passagework.persistence.read.queries import WaitingGroups
from passagework.persistence.write.writes import StoreAnswers, StoreLinks
from tests.support.effort import effort

RUN = 7
PASSAGES = effort(1_200, 20_000)
BETWEEN_LOOKS = 250
"""Passages that are decided between two looks at memory."""
PULLED = 50
RATES = {"acoustid": 3.0, "musicbrainz": 1.0}
BATCH = {"acoustid": 10, "musicbrainz": 1}
LENGTH = 200 * TICKS_PER_SECOND


class SimulatedTime:
    def __init__(self):
        self.now = 1_000.0

    def sleep(self, seconds):
        self.now += seconds


class Service:
    """Knows nothing, after it has passed the gate."""

    def __init__(self, gate, batch, time, starts):
        self.gate, self.batch, self.time, self.starts = gate, batch, time, starts

    def choose(self, queue):
        return tuple(queue[: self.batch])

    def ask(self, requests):
        self.gate.pass_through()
        self.starts.append(self.time.now)
        answer = AcoustidAnswer(()) if isinstance(requests[0], AskAcoustid) else NothingFound()
        return Outcome(tuple(Found(request.key, answer, b"{}") for request in requests))


class Library:
    """Makes its files as they are pulled, and forgets them when they are decided."""

    def __init__(self, name):
        self.name = name
        self.numbers = iter(range(PASSAGES))
        self.window = {}
        self.decided = 0

    def answer(self, question):
        if not isinstance(question.query, WaitingGroups):
            return ()
        for number in itertools.islice(self.numbers, PULLED - len(self.window)):
            path = f"/{self.name}/{number}/a.flac".encode()
            heard = Fingerprint(f"{self.name} {number}", LENGTH)
            passage = WaitingPassage(f"guid {number}", 0, LENGTH, None, heard, due=True)
            self.window[path] = (WaitingFile(path, Tags(title="T", album=f"Album {number}"), 1, (passage,), 1),)
        return tuple(self.window.values())

    def keep(self, submit):
        assert isinstance(submit.write, StoreAnswers | StoreLinks)
        if isinstance(submit.write, StoreLinks):
            del self.window[submit.write.links.path]
            self.decided += 1
        submit.reply_to.tell(Committed((submit.write_id,)))


def importer_on(stage, name, folder, time, starts):
    """Put a linker with its two gateways on a stage, and give its library."""
    library = Library(name)
    stage.put_inbox("persistence", library.answer, library.keep)
    write_ids = itertools.count(1)
    gateways = {}
    for service, rate in RATES.items():
        port = stage.ports[service] = Port(service)
        gate = RateLimiter(folder, service, rate, lambda: time.now, time.sleep)
        asked = Service(gate, BATCH[service], time, starts[service])
        gateways[service] = Gateway(port, threading.Event())
        parts = GatewayParts(
            service=ActorName(service),
            make_service=lambda _stop, asked=asked: asked,
            stop=gateways[service].stop,
            library=stage.ports["persistence"],
            own_port=port,
            clock=stage.clock,
            scheduler=stage.scheduler,
            write_ids=write_ids,
        )
        stage.put_actor(service, GatewayActor(stage.ports["supervisor"], parts))
    own, session = stage.ports["linker"], stage.ports["session"]
    parts = LinkerParts(
        stage.ports["persistence"],
        session,
        own,
        stage.clock,
        stage.scheduler,
        write_ids,
        *gateways.values(),
        passages_per_pull=PULLED,
    )
    stage.put_actor("linker", LinkerActor(stage.ports["supervisor"], parts))
    own.tell(Link(RUN, final=True))
    return library


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(300)
def test_two_importers_work_off_a_backlog_at_the_rate_of_one_and_in_flat_memory(make_stage, tmp_path):
    time, starts = SimulatedTime(), {service: array("d") for service in RATES}
    stages = [make_stage(), make_stage()]
    libraries = [importer_on(stage, f"importer {n}", tmp_path, time, starts) for n, stage in enumerate(stages)]
    decided, blocks = [], []
    idle = 0
    while idle < len(stages):
        handled = sum(actor.pump_one() for stage in stages for actor in stage.pumped.values())
        assert handled, "nobody has anything to do"
        for stage in stages:
            stage.inboxes["persistence"].take()
            idle += sum(isinstance(message, LinkerIdle) for message in stage.inboxes["session"].take())
        total = sum(library.decided for library in libraries)
        if total >= BETWEEN_LOOKS * (len(decided) + 1):
            gc.collect()
            decided.append(total)
            blocks.append(sys.getallocatedblocks())
    assert [library.decided for library in libraries] == [PASSAGES, PASSAGES]
    for service, rate in RATES.items():
        gaps = np.diff(starts[service])
        assert gaps.min() >= 1 / rate - 1e-6
    # Two questions a passage by its sound, one by its album's name.
    assert (len(starts["acoustid"]), len(starts["musicbrainz"])) == (2 * 2 * PASSAGES // 10, 2 * PASSAGES)
    slope = np.polyfit(decided[2:], blocks[2:], 1)[0]
    print(f"\nslope: {slope:.4f} objects a passage")  # noqa: T201 - it is the result
    # One object that stays for each passage would be twice as much.
    assert slope < 0.5
