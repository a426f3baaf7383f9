import itertools
import threading
from dataclasses import replace

import pytest

from passagework.actors.linker.linker import Gateway, LinkerActor, LinkerParts
from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted
from passagework.actors.messages.gateway import LookUp, StopLookups
from passagework.actors.messages.library import Ask, Submit
from passagework.actors.messages.linker import (
    AnswersArrived,
    CapabilityMissing,
    GatewayRestarted,
    Link,
    LookupFailed,
    StopLinking,
)
from passagework.actors.messages.session import CutAgain, LinkerAdvanced, LinkerIdle
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.analysis import Fingerprint
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import CutSource, Given
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.requests import SearchReleases
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import read_track_list
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import DeferredItems
from passagework.domain.waiting import FileAsCut, WaitingFile, WaitingPassage
from passagework.lookup.found import Found
from passagework.lookup.stored_form import AnswerAges, stored
from passagework.persistence.read.queries import Answers, DeferredIdentification, WaitingGroups
from passagework.persistence.write.writes import DeferIdentification, StoreLinks, StoreTrackList
from tests.support.known_music import recording, release

RUN = 7
NOTHING = AcoustidAnswer(())


def group(number, album=None):
    guid = f"guid-{number}"
    length = 200 * TICKS_PER_SECOND
    passage = WaitingPassage(guid, 0, length, None, Fingerprint(f"print-{number}", length), due=True)
    return (WaitingFile(f"/music/{number:05}/a.flac".encode(), Tags(album=album, title=guid), 1, (passage,), 1),)


class Backlog:
    """What waits in the library: a group leaves it when its links, or its delay, are committed."""

    def __init__(self):
        self.groups = []
        self.answers = {}
        self.deferred = ()
        self.away = False
        self.largest_pull = 0
        self.recalled = []

    def answer(self, message):
        assert isinstance(message, Ask)
        if self.away:
            raise NobodyThereError("library")
        match message.query:
            case WaitingGroups(limit):
                self.largest_pull = max(self.largest_pull, limit)
                return tuple(self.groups[:limit])
            case Answers(keys):
                self.recalled.append(keys)
                return tuple(self.answers[key] for key in keys if key in self.answers)
            case DeferredIdentification():
                return self.deferred


class World:
    def __init__(self, stage, services=("acoustid", "musicbrainz"), **more):
        self.stage = stage
        self.backlog = Backlog()
        stage.put_inbox("persistence", self.backlog.answer)
        for name in ("acoustid", "musicbrainz"):
            stage.ports[name] = Port(name)
            stage.put_inbox(name)
        self.stops = {name: threading.Event() for name in ("acoustid", "musicbrainz")}
        self.parts = LinkerParts(
            stage.ports["persistence"],
            stage.ports["session"],
            stage.ports["linker"],
            stage.clock,
            stage.scheduler,
            itertools.count(1),
            passages_per_pull=20,
            **{name: Gateway(stage.ports[name], self.stops[name]) for name in services},
            **more,
        )
        self.actor = stage.put_actor("linker", LinkerActor(stage.ports["supervisor"], self.parts))

    def tell(self, *messages):
        for message in messages:
            self.stage.ports["linker"].tell(message)
        self.stage.pump()

    def asked(self, name="acoustid"):
        return [message for message in self.stage.inboxes[name].take() if isinstance(message, LookUp)]

    def answer(self, orders, answer=NOTHING):
        """Answer these orders, and those to which the answers lead."""
        while orders:
            for order in orders:
                self.tell(AnswersArrived(order.round_id, tuple((one.key, answer) for one in order.requests), 5))
            orders = self.asked()

    def fail(self, orders, seconds=0.0):
        for order in orders:
            self.tell(LookupFailed(order.round_id, order.requests, "acoustid-unreachable", "no network", seconds))

    def commit(self):
        submits = [m for m in self.stage.inboxes["persistence"].take() if isinstance(m, Submit)]
        done = {w.links.path if isinstance(w, StoreLinks) else w.path for w in (s.write for s in submits)}
        self.backlog.groups = [one for one in self.backlog.groups if one[0].path not in done]
        self.tell(Committed(tuple(submit.write_id for submit in submits)))
        return [submit.write for submit in submits]

    @property
    def idle(self):
        return self.stage.inboxes["session"].of(LinkerIdle)


@pytest.fixture
def world(stage):
    return World(stage)


def test_it_asks_decides_sends_links_and_says_when_nothing_waits(world):
    world.backlog.groups = [group(1), group(2)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked()
    assert [request.encoded for request in order.requests] == ["print-1", "print-2"]
    assert (order.run, order.reply_to) == (RUN, world.stage.ports["linker"])
    world.answer([order])
    writes = world.commit()
    assert [write.links.passages[0].state for write in writes] == [LinkState.TEXT_ONLY] * 2
    assert all(write.links.passages[0].retry_ns for write in writes)
    assert world.idle == [LinkerIdle(RUN)]


def test_it_waits_until_everything_is_analysed(world):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN), Link(RUN))
    assert world.asked() == []
    world.tell(Link(RUN, final=True))
    assert len(world.asked()) == 1


def test_what_the_library_has_answers_to_is_not_asked(world):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked()
    (request,) = order.requests
    for key in (request.key, replace(request, wider=True).key):
        world.backlog.answers[key] = stored("acoustid", Found(key, NOTHING, b'{"results": []}'), 1, AnswerAges())
    world.tell(StopLinking(), Link(RUN + 1, final=True))
    assert world.asked() == []
    assert len(world.commit()) == 1
    assert world.idle == [LinkerIdle(RUN + 1)]


def test_kept_answers_about_passages_that_keep_their_decision_are_recalled_and_none_are_asked_for(world):
    (linked,), (waiting,) = group(1), group(2)
    linked = replace(linked, passages=(replace(linked.passages[0], due=False, stands=True),))
    world.backlog.groups = [(linked, waiting)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked()
    assert [request.encoded for request in order.requests] == ["print-2"]
    recalled = {key for query in world.backlog.recalled for key in query}
    assert sum(key.startswith("acoustid") for key in recalled) == 2
    world.answer([order])
    assert [write.links.path for write in world.commit()] == [waiting.path]
    assert world.idle == [LinkerIdle(RUN)]


def test_what_cannot_be_asked_is_deferred_with_the_reason_and_not_pulled_again(world):
    world.backlog.groups = [group(1)]
    world.backlog.deferred = (DeferredItems(1, "acoustid-unreachable: no network", 7),)
    world.tell(Link(RUN, final=True))
    world.fail(world.asked())
    (write,) = world.commit()
    assert isinstance(write, DeferIdentification)
    assert write.reason == "acoustid-unreachable: no network"
    assert write.until_ns > world.actor._as_of_ns
    assert world.idle == [LinkerIdle(RUN, world.backlog.deferred)]


def test_a_pause_that_the_service_asked_for_is_kept_beyond_the_run(world, stage):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    world.fail(world.asked(), seconds=600)
    (write,) = world.commit()
    assert write.until_ns == stage.clock.time_ns() + 600 * 10**9


def test_a_group_that_is_answered_does_not_wait_for_one_that_is_not(world):
    world.backlog.groups = [group(1), group(2)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked()
    world.tell(AnswersArrived(order.round_id, ((order.requests[0].key, NOTHING),), 5))
    world.answer(world.asked())
    (write,) = world.commit()
    assert write.links.path == b"/music/00001/a.flac"
    assert world.idle == []


def test_a_server_without_search_is_not_asked_to_search_again(world):
    world.backlog.groups = [group(1, album="Album")]
    world.tell(Link(RUN, final=True))
    world.answer(world.asked())
    (order,) = world.asked("musicbrainz")
    assert isinstance(order.requests[0], SearchReleases)
    world.tell(CapabilityMissing(order.round_id, order.requests))
    (first,) = world.commit()
    world.backlog.groups = [group(2, album="Another")]
    world.tell(Link(RUN + 1, final=True))
    world.answer(world.asked())
    assert world.asked("musicbrainz") == []
    (second,) = world.commit()
    assert [write.links.passages[0].state for write in (first, second)] == [LinkState.TEXT_ONLY] * 2


def test_news_of_an_earlier_round_is_nobodys(world):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    (old,) = world.asked()
    world.tell(LibraryRestarted())
    (new,) = world.asked()
    assert new.round_id != old.round_id
    world.answer([old], NothingFound())
    assert world.commit() == []
    world.answer([new])
    assert len(world.commit()) == 1


def test_after_a_restart_of_a_gateway_what_was_lost_is_asked_again(world):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    world.asked()
    world.tell(GatewayRestarted())
    world.answer(world.asked())
    assert len(world.commit()) == 1


def test_a_stop_ends_the_requests_in_hand_and_links_nothing_more(world, stage):
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked()
    world.tell(StopLinking())
    assert all(stop.is_set() for stop in world.stops.values())
    assert stage.inboxes["acoustid"].of(StopLookups)
    world.answer([order])
    assert world.commit() == []
    assert world.idle == []


def test_while_the_library_is_away_it_tries_again_later(world, stage):
    world.backlog.groups = [group(1)]
    world.backlog.away = True
    world.tell(Link(RUN, final=True))
    world.backlog.away = False
    stage.advance(1)
    world.answer(world.asked())
    assert len(world.commit()) == 1


def test_a_backlog_of_any_size_is_worked_off_with_a_bounded_part_of_it_in_memory(world):
    world.backlog.groups = [group(number) for number in range(200)]
    world.tell(Link(RUN, final=True))
    decided = 0
    while not world.idle:
        orders = world.asked()
        assert sum(len(order.requests) for order in orders) <= 20
        world.answer(orders)
        decided += len(world.commit())
    assert (decided, world.backlog.largest_pull) == (200, 20)


@pytest.mark.parametrize("asked", ["acoustid", "musicbrainz"])
def test_with_one_service_only_that_one_is_asked(stage, asked):
    world = World(stage, services=(asked,))
    world.backlog.groups = [group(1, album="Album")]
    world.tell(Link(RUN))
    assert world.commit() == []
    world.tell(Link(RUN, final=True))
    for other in {"acoustid", "musicbrainz"} - {asked}:
        assert world.asked(other) == []
    while orders := world.asked(asked):
        answer = NOTHING if asked == "acoustid" else NothingFound()
        for order in orders:
            world.tell(AnswersArrived(order.round_id, tuple((one.key, answer) for one in order.requests), 5))
    (write,) = world.commit()
    assert write.links.passages[0].retry_ns > stage.clock.time_ns()
    assert world.idle == [LinkerIdle(RUN)]


def test_what_a_source_beside_the_tags_names_is_looked_up(stage):
    recording = "00000001-0000-4000-8000-000000000000"
    stated = (Statement(EvidenceSource.TAG_MBID, "recording", recording),)
    world = World(stage, sources=(lambda _file: stated,))
    world.backlog.groups = [group(1)]
    world.tell(Link(RUN, final=True))
    (order,) = world.asked("musicbrainz")
    assert [request.mbid for request in order.requests] == [recording]


def test_a_file_with_more_passages_than_one_pull_takes_is_worked_off_in_parts(world):
    (file,) = group(1)
    passages = [replace(file.passages[0], guid=f"guid-{n}") for n in range(4)]
    first, second = (replace(file, passage_count=4, passages=tuple(part)) for part in (passages[:2], passages[2:]))
    world.backlog.groups = [(first,)]
    world.tell(Link(RUN, final=True))
    world.answer(world.asked())
    submits = world.stage.inboxes["persistence"].take()
    world.backlog.groups = [(second,)]
    world.tell(Committed(tuple(submit.write_id for submit in submits if isinstance(submit, Submit))))
    world.answer(world.asked())
    (write,) = world.commit()
    assert [passage.passage for passage in write.links.passages] == ["guid-2", "guid-3"]


ALBUM = release(1, "Whole", [recording(number, f"Song {number}", 100.0) for number in (1, 2)])
CUT = FileAsCut(run=RUN, stamp=FileStamp(5, 6), audio_hash=b"audio", duration=200 * TICKS_PER_SECOND)


def whole(number, **cut):
    """Make a group of a file that is one passage, and whose tags name a release of two tracks as long as it."""
    ((file,)) = group(number)
    return (replace(file, tags=Tags(release_id=ALBUM.mbid), as_cut=replace(CUT, **cut)),)


def ask_for_the_release(world):
    world.tell(Link(RUN, final=True))
    (order,) = world.asked("musicbrainz")
    world.answer([order], ALBUM)


def test_a_file_that_holds_a_release_is_cut_by_it_before_its_sound_is_asked_about(world):
    world.backlog.groups = [whole(1)]
    ask_for_the_release(world)
    assert world.asked() == []
    (write,) = world.commit()
    assert isinstance(write, StoreTrackList)
    assert read_track_list(write.track_list).release == ALBUM.mbid
    (news,) = world.stage.inboxes["session"].of(CutAgain)
    (file,) = news.files
    given = Given(track_list=write.track_list, list_of=CUT.audio_hash)
    assert (file.path, file.stamp, file.given, file.cut_again) == (write.path, CUT.stamp, given, True)
    assert file.earlier_attempts == 1, "the attempt is another one than that of this run"


def test_nothing_is_pulled_until_what_is_cut_is_stored(world):
    world.backlog.groups = [whole(1)]
    ask_for_the_release(world)
    text = world.commit()[0].track_list
    world.backlog.groups = [whole(1, track_list=text, made_list=text, cut_by=CutSource.TRACK_LIST)]
    assert (world.asked(), world.asked("musicbrainz"), world.idle) == ([], [], [])
    world.tell(Link(RUN, final=True))
    world.answer(world.asked("musicbrainz"), ALBUM)
    world.answer(world.asked())
    assert [type(write) for write in world.commit()] == [StoreLinks]
    assert len(world.idle) == 1


def test_a_file_that_cannot_be_cut_is_tried_twice_and_then_linked_as_it_is(world):
    for expected in (StoreTrackList, StoreTrackList, StoreLinks):
        world.backlog.groups = [whole(1)]
        world.tell(Link(RUN, final=True))
        world.answer(world.asked("musicbrainz"), ALBUM)
        world.answer(world.asked())
        assert {type(write) for write in world.commit()} == {expected}
    assert len(world.idle) == 1


def test_a_file_of_an_earlier_run_counts_as_one_of_this(world):
    world.backlog.groups = [whole(1, run=RUN - 1)]
    ask_for_the_release(world)
    world.commit()
    (news,) = world.stage.inboxes["session"].of(CutAgain)
    assert [file.cut_again for file in news.files] == [False]
    assert [news.files for news in world.stage.inboxes["session"].of(LinkerAdvanced)] == [0]
