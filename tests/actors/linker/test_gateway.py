import itertools
import logging
import threading

import pytest

from passagework.actors.linker.gateway import GatewayActor, GatewayParts
from passagework.actors.messages.acknowledgements import Committed, Rejected
from passagework.actors.messages.gateway import LookUp, StopLookups
from passagework.actors.messages.library import Submit
from passagework.actors.messages.linker import AnswersArrived, CapabilityMissing, LookupFailed
from passagework.actors.runtime.messages import Down
from passagework.actors.runtime.port import Port
from passagework.domain.acoustid import AcoustidAnswer
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.identification.planning.answers import NothingFound
from passagework.domain.identification.planning.requests import AskAcoustid, LookUpRelease, SearchReleases
from passagework.lookup.acoustid.client import ItemAnswered, ItemRejected, ItemUnanswered
from passagework.lookup.acoustid.service import AcoustidService
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.found import Outcome, Unanswered, nothing_found
from passagework.lookup.rate_limiter import RateLimiterError, WaitCancelledError
from passagework.lookup.stored_form import NS_PER_DAY, AnswerAges

RUN = 7


class Service:
    """Answers from a script: a fault, an exception, or (with nothing left in it) that nothing is known."""

    def __init__(self, *script):
        self.script = list(script)
        self.asked = []

    def choose(self, queue):
        return tuple(queue[:1])

    def ask(self, requests):
        self.asked += requests
        step = self.script.pop(0) if self.script else None
        if isinstance(step, LookupFault):
            return Outcome((), tuple(Unanswered(request, step) for request in requests))
        if step is not None:
            raise step
        return Outcome(tuple(nothing_found(request.key) for request in requests))


def fault(kind=FaultKind.UNAVAILABLE, retry_after=None):
    return LookupFault("service", kind, "so it is", retry_after)


def release(number):
    return LookUpRelease(f"00000000-0000-4000-8000-{number:012}")


class World:
    """A gateway, and a library that acknowledges at once what it is to keep, while it is ``prompt``."""

    def __init__(self, stage, service):
        self.stage = stage
        self.prompt = True
        self.library = stage.put_inbox("persistence", on_tell=self.acknowledge)
        self.service = service
        self.port = Port("service")
        self.stop = threading.Event()
        stage.ports["service"] = self.port
        stage.put_inbox("service")
        parts = GatewayParts(
            service="service",
            make_service=self.make_service,
            stop=self.stop,
            library=stage.ports["persistence"],
            own_port=self.port,
            clock=stage.clock,
            scheduler=stage.scheduler,
            write_ids=itertools.count(1),
        )
        stage.put_actor("service", GatewayActor(stage.ports["supervisor"], parts))

    def make_service(self, stopped):
        self.stopped = stopped
        return self.service

    def acknowledge(self, submit):
        if self.prompt:
            submit.reply_to.tell(Committed((submit.write_id,)))

    def look_up(self, *requests, round_id=1, run=RUN):
        self.port.tell(LookUp(run, round_id, requests, self.stage.ports["linker"]))
        self.stage.pump()

    @property
    def news(self):
        return self.stage.inboxes["linker"].messages

    def of(self, kind):
        return [one for one in self.news if isinstance(one, kind)]

    def failed(self):
        return [(one.code, len(one.requests)) for one in self.of(LookupFailed)]


@pytest.fixture
def world(stage):
    return lambda *script: World(stage, Service(*script))


def test_an_answer_is_sent_to_the_library_and_then_told(world, stage):
    told = world()
    told.look_up(release(1), release(2))
    assert [news.answers for news in told.of(AnswersArrived)] == [((release(n).key, NothingFound()),) for n in (1, 2)]
    kept = [submit.write.answers for submit in stage.inboxes["persistence"].of(Submit)]
    assert [(row.key, row.found) for rows in kept for row in rows] == [(release(n).key, False) for n in (1, 2)]


def test_the_next_request_waits_until_the_answers_to_the_last_are_durable(world, stage):
    told = world()
    told.prompt = False
    told.look_up(release(1), release(2), release(3))
    assert len(told.service.asked) == 1
    (submit,) = told.library.take()
    told.port.tell(Committed((submit.write_id,)))
    stage.pump()
    assert len(told.service.asked) == 2
    (submit,) = told.library.take()
    told.port.tell(Rejected(submit.write_id, Failure(FailureCode.LIBRARY_REJECTED, "full")))
    stage.pump()
    assert len(told.service.asked) == 3


def test_after_the_library_was_replaced_an_order_is_not_held_up_by_what_was_to_be_kept_before(world):
    told = world()
    told.prompt = False
    told.look_up(release(1), round_id=1)
    told.look_up(release(2), round_id=2)
    assert len(told.service.asked) == 2


def test_an_outage_is_no_answer_is_paused_for_and_asked_again(world, stage):
    told = world(fault(), fault(FaultKind.TIMEOUT))
    told.look_up(release(1))
    assert (told.news, stage.inboxes["persistence"].of(Submit)) == ([], [])
    stage.advance(2)
    assert told.news == []
    stage.advance(4)
    assert len(told.of(AnswersArrived)) == 1
    assert len(told.service.asked) == 3


def test_a_pause_that_the_service_asks_for_is_kept(world, stage):
    told = world(fault(FaultKind.LIMITED, retry_after=30))
    told.look_up(release(1))
    stage.advance(29)
    assert len(told.service.asked) == 1
    stage.advance(1)
    assert len(told.of(AnswersArrived)) == 1


def test_a_pause_of_minutes_is_left_to_the_next_import(world):
    told = world(fault(retry_after=600))
    told.look_up(release(1), release(2))
    assert [(one.code, one.retry_seconds, len(one.requests)) for one in told.of(LookupFailed)] == [
        ("service-unavailable", 600, 2)
    ]


def test_what_is_asked_later_in_a_pause_waits_for_what_is_left_of_it(world, stage):
    told = world(fault(retry_after=600))
    told.look_up(release(1))
    stage.advance(400)
    told.look_up(release(2), round_id=2)
    assert [one.retry_seconds for one in told.of(LookupFailed)] == [600, 200]
    assert len(told.service.asked) == 1


def test_a_service_that_stays_away_is_given_up_with_all_that_is_queued_and_left_alone_for_a_minute(world, stage):
    told = world(fault(), fault(), fault())
    told.look_up(*map(release, range(50)))
    stage.advance(10)
    assert told.failed() == [("service-unavailable", 50)]
    told.look_up(release(60), round_id=2)
    assert told.failed()[1:] == [("service-unavailable", 1)]
    assert len(told.service.asked) == 3
    stage.advance(60)
    told.look_up(release(61), round_id=3)
    assert len(told.of(AnswersArrived)) == 1


def test_one_question_that_cannot_be_answered_does_not_stand_in_the_way_of_others(world, stage):
    told = world(fault(FaultKind.UNREADABLE), None, None, fault(FaultKind.UNREADABLE))
    told.look_up(*map(release, (1, 2, 3)))
    stage.advance(2)
    assert [news.answers[0][0] for news in told.of(AnswersArrived)] == [release(2).key, release(3).key]
    stage.advance(100)
    assert len(told.of(AnswersArrived)) == 3


class HalfAnswered(Service):
    """Takes two questions in a request, and has no readable answer to one of them."""

    def choose(self, queue):
        return tuple(queue[:2])

    def ask(self, requests):
        self.asked += requests
        even = [one for one in requests if int(one.mbid[-12:]) % 2 == 0]
        odd = [one for one in requests if one not in even]
        unread = tuple(Unanswered(one, fault(FaultKind.UNREADABLE)) for one in odd)
        return Outcome(tuple(nothing_found(one.key) for one in even), unread)


def test_a_service_that_answers_a_part_of_each_request_is_not_left_alone(stage):
    told = World(stage, HalfAnswered())
    told.look_up(*map(release, range(20)))
    stage.advance(60)
    answered = {news.answers[0][0] for news in told.of(AnswersArrived)}
    assert answered == {release(number).key for number in range(0, 20, 2)}


@pytest.mark.parametrize("kind", [FaultKind.KEY, FaultKind.NO_CONTACT])
def test_what_no_question_can_change_is_asked_once_in_a_run(world, kind):
    told = world(fault(kind))
    told.look_up(*map(release, range(1000)))
    told.look_up(release(2000), round_id=2)
    assert told.failed() == [(f"service-{kind}", 1000), (f"service-{kind}", 1)]
    assert len(told.service.asked) == 1
    told.look_up(release(1), round_id=3, run=RUN + 1)
    assert len(told.of(AnswersArrived)) == 1


def test_a_gate_that_cannot_be_used_stops_the_lookups(world):
    told = world(RateLimiterError("the folder is not writable"))
    told.look_up(release(1), release(2))
    assert told.failed() == [("service-refused", 2)]


def test_a_defect_costs_its_question_only(world, stage):
    told = world(KeyError("oops"), None, KeyError("oops"), KeyError("oops"))
    told.look_up(release(1), release(2))
    stage.advance(100)
    assert [news.answers[0][0] for news in told.of(AnswersArrived)] == [release(2).key]
    assert told.failed() == [("service-unreadable", 1)]
    assert stage.inboxes["supervisor"].messages == []


def test_a_server_without_search_is_named_so_and_the_rest_goes_on(world):
    told = world(fault(FaultKind.NO_CAPABILITY))
    search = SearchReleases("A", "B", 3)
    told.look_up(search, release(1))
    assert [news.requests for news in told.of(CapabilityMissing)] == [(search,)]
    assert len(told.of(AnswersArrived)) == 1


def test_who_asks_the_same_shares_one_request(world, stage):
    told = world(fault())
    told.look_up(release(1), round_id=1)
    told.look_up(release(1), round_id=2)
    stage.advance(3)
    assert [news.round_id for news in told.of(AnswersArrived)] == [1, 2]
    assert len(told.service.asked) == 2


def test_a_stop_forgets_what_is_queued_and_new_orders_are_taken(world, stage):
    told = world(WaitCancelledError())
    told.look_up(release(1), release(3))
    told.stop.set()
    told.port.tell(StopLookups())
    stage.pump()
    assert (told.news, told.stop.is_set()) == ([], False)
    told.look_up(release(2), round_id=2)
    assert [news.round_id for news in told.of(AnswersArrived)] == [2]


def fingerprint(number, *, wider=False):
    return AskAcoustid(f"f{number}", 100, f"guid-{number}", wider=wider)


class Client:
    batch = 3

    def __init__(self):
        self.batches = []

    def look_up(self, queries):
        self.batches.append([query.fingerprint for query in queries])
        ends = {
            "f1": ItemRejected("no fingerprint"),
            "f2": ItemUnanswered(fault()),
        }
        return tuple(ends.get(query.fingerprint, ItemAnswered(AcoustidAnswer(()), b"{}")) for query in queries)


def test_fingerprints_are_asked_in_batches_of_one_width_and_each_has_its_own_end():
    client = Client()
    service = AcoustidService(client)
    queue = [fingerprint(0), fingerprint(7, wider=True), fingerprint(1), fingerprint(2), fingerprint(3)]
    chosen = service.choose(queue)
    assert [request.encoded for request in chosen] == ["f0", "f1", "f2"]
    outcome = service.ask(chosen)
    assert [(found.key, type(found.answer)) for found in outcome.found] == [
        (fingerprint(0).key, AcoustidAnswer),
        (fingerprint(1).key, NothingFound),
    ]
    assert [one.request for one in outcome.unanswered] == [fingerprint(2)]
    assert [request.encoded for request in service.choose(queue[1:2])] == ["f7"]


def test_answers_are_stored_with_their_service_and_the_time_and_told_with_it(world, stage):
    told = world()
    told.look_up(release(1), round_id=4)
    now = stage.clock.time_ns()
    assert told.news == [AnswersArrived(4, ((release(1).key, NothingFound()),), now)]
    (submit,) = stage.inboxes["persistence"].of(Submit)
    (row,) = submit.write.answers
    assert (submit.write.run, row.service, row.key, row.fetched_ns) == (RUN, "service", release(1).key, now)
    assert row.expires_ns == now + round(AnswerAges().no_match_days * NS_PER_DAY)
    assert submit.reply_to is told.port


@pytest.mark.parametrize("retry_after", [None, 600.0])
def test_what_is_given_back_says_why_and_for_how_long(world, stage, retry_after):
    told = world(*[fault(FaultKind.LIMITED, retry_after)] * 3)
    told.look_up(release(1), release(2), round_id=4)
    stage.advance(100)
    requests = (release(1), release(2))
    (news,) = told.news
    assert (news.round_id, set(news.requests)) == (4, set(requests))
    assert (news.code, news.detail, news.retry_seconds) == ("service-limited", "so it is", retry_after or 0.0)


def test_a_request_that_was_cancelled_is_asked_first_when_lookups_go_on(world, stage):
    told = world(WaitCancelledError(), None, None)
    told.look_up(release(1), release(2))
    assert told.service.asked == [release(1)]
    told.look_up(release(3))
    assert told.service.asked == [release(1), release(1), release(2), release(3)]


def test_failures_of_a_service_are_logged_with_their_code_and_how_many_requests_they_cost(world, stage, logged):
    told = world(fault(FaultKind.TIMEOUT), fault(FaultKind.KEY))
    told.look_up(release(1), release(2))
    stage.advance(2)
    events = [{name: value for name, value in one.items() if name != "actor"} for one in logged(logging.WARNING)]
    assert events == [
        {"event": "lookup-failed", "code": "service-timeout", "detail": "so it is", "requests": 1},
        {"event": "lookup-failed", "code": "service-key", "detail": "so it is", "requests": 1},
        {"event": "lookups-stopped", "code": "service-key", "detail": "so it is"},
    ]


def test_answers_that_the_library_rejects_are_an_error_in_the_log(world, stage, logged):
    told = world()
    told.prompt = False
    told.look_up(release(1))
    (submit,) = told.library.take()
    told.port.tell(Rejected(submit.write_id, Failure(FailureCode.LIBRARY_REJECTED, "full")))
    stage.pump()
    (event,) = logged(logging.ERROR)
    assert (event["event"], event["code"], event["detail"]) == (
        "answers-rejected",
        FailureCode.LIBRARY_REJECTED,
        "full",
    )


def test_a_defect_names_its_error(world, stage):
    told = world(*[KeyError("oops")] * 3)
    told.look_up(release(1))
    stage.advance(100)
    assert [news.detail for news in told.news] == ["KeyError: 'oops'"]


def test_a_rate_limiter_that_cannot_be_used_is_named(world):
    told = world(RateLimiterError("the folder is not writable"))
    told.look_up(release(1))
    assert [(news.code, news.detail) for news in told.news] == [("service-refused", "the folder is not writable")]


def test_a_message_that_a_gateway_does_not_know_is_a_defect(world, stage):
    told = world()
    told.port.tell("unknown")
    stage.pump()
    (down,) = stage.inboxes["supervisor"].of(Down)
    assert (down.name, "'unknown'" in down.error) == ("service", True)


def test_the_requests_of_several_orders_go_back_to_each(world, stage):
    told = world(*[fault()] * 3)
    told.look_up(release(1), release(2), round_id=1)
    told.look_up(release(2), release(3), round_id=1)
    stage.advance(10)
    assert [set(news.requests) for news in told.of(LookupFailed)] == [
        {release(1), release(2)},
        {release(2), release(3)},
    ]


@pytest.mark.parametrize("kind", [FaultKind.REFUSED, FaultKind.NOT_FOUND])
def test_a_request_that_is_refused_goes_back_alone_and_the_rest_goes_on(world, stage, kind):
    told = world(fault(kind))
    told.look_up(release(1), release(2), round_id=4)
    failed, arrived = told.news
    assert (failed.round_id, failed.requests, failed.code) == (4, (release(1),), f"service-{kind}")
    assert arrived.answers == ((release(2).key, NothingFound()),)


def test_a_service_can_ask_whether_its_request_is_to_end(world):
    told = world()
    assert told.stopped() is False
    told.stop.set()
    assert told.stopped() is True
