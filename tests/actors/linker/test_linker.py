import itertools

import pytest

from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.library import Ask, Submit
from passagework.actors.messages.linker import Link, StopLinking
from passagework.actors.messages.session import LinkerAdvanced, LinkerIdle
from passagework.actors.runtime.messages import Down
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.identification.linking.provisional import WHEN_SERVICES_COME
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.domain.waiting import WaitingFile, WaitingPassage

RUN = 7


def waiting(name):
    tags = None if name == b"poison" else Tags(title=name.decode())
    return WaitingFile(name, tags, 1, (WaitingPassage(name.decode(), 0, 10),))


class Backlog:
    """What waits in the library: a file leaves it when its links are committed."""

    def __init__(self, *names):
        self.names = list(names)

    def answer(self, message):
        assert isinstance(message, Ask)
        return tuple(waiting(name) for name in self.names[: message.query.limit])


@pytest.fixture
def backlog():
    return Backlog()


def put_linker(stage, backlog, **more):
    stage.put_inbox("persistence", backlog.answer)
    parts = LinkerParts(
        stage.ports["persistence"],
        stage.ports["session"],
        stage.ports["linker"],
        stage.clock,
        stage.scheduler,
        itertools.count(1),
        files_per_pull=2,
        **more,
    )
    return stage.put_actor("linker", LinkerActor(stage.ports["supervisor"], parts))


@pytest.fixture
def linker(stage, backlog):
    return put_linker(stage, backlog)


def tell(stage, *messages):
    for message in messages:
        stage.ports["linker"].tell(message)
    stage.pump()


def commit(stage, backlog):
    """Acknowledge what was submitted, as the library would."""
    submitted = [m for m in stage.inboxes["persistence"].take() if isinstance(m, Submit)]
    done = {submit.write.links.path for submit in submitted}
    backlog.names = [name for name in backlog.names if name not in done]
    tell(stage, Committed(tuple(submit.write_id for submit in submitted)))
    return sorted(done)


def test_it_works_in_rounds_and_pulls_the_next_when_the_last_is_durable(stage, linker, backlog):
    backlog.names = [b"a", b"b", b"c"]
    tell(stage, Link(RUN, final=True))
    assert len(stage.inboxes["persistence"].of(Submit)) == 2
    assert commit(stage, backlog) == [b"a", b"b"]
    assert commit(stage, backlog) == [b"c"]
    assert len(stage.inboxes["session"].of(LinkerIdle)) == 1
    assert sum(news.files for news in stage.inboxes["session"].of(LinkerAdvanced)) == 3


def test_with_nothing_waiting_it_says_so_at_the_end_of_the_run_only(stage, linker):
    tell(stage, Link(RUN))
    assert stage.inboxes["session"].messages == []
    tell(stage, Link(RUN, final=True))
    assert stage.inboxes["session"].messages == [LinkerIdle(RUN)]


def test_calls_that_come_while_a_round_is_under_way_start_no_second_one(stage, linker, backlog):
    backlog.names = [b"a", b"b", b"c"]
    tell(stage, Link(RUN), Link(RUN), Link(RUN))
    assert len(stage.inboxes["persistence"].of(Submit)) == 2


def test_a_defect_in_the_decision_costs_that_file_and_no_other(stage, linker, backlog):
    backlog.names = [b"poison", b"a"]
    tell(stage, Link(RUN))
    states = {s.write.links.path: s.write.links.passages[0].state for s in stage.inboxes["persistence"].of(Submit)}
    assert states == {b"poison": LinkState.FAILED, b"a": LinkState.TEXT_ONLY}


def test_a_rejected_message_does_not_hold_up_the_round(stage, linker, backlog):
    backlog.names = [b"a", b"b"]
    tell(stage, Link(RUN, final=True))
    first, second = stage.inboxes["persistence"].of(Submit)
    backlog.names = []
    tell(stage, Rejected(first.write_id, Failure(FailureCode.LIBRARY_REJECTED)), Committed((second.write_id,)))
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]


def test_files_that_keep_waiting_after_they_were_committed_end_the_work_instead_of_repeating_it(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN, final=True))
    (submit,) = stage.inboxes["persistence"].of(Submit)
    tell(stage, Committed((submit.write_id,)))
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]
    assert len(stage.inboxes["persistence"].of(Submit)) == 1


def test_after_a_restart_of_the_library_what_was_in_flight_is_pulled_again(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN, final=True))
    stage.inboxes["persistence"].take()
    tell(stage, LibraryRestarted())
    assert commit(stage, backlog) == [b"a"]
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]


def test_what_was_sent_before_a_stop_is_told_when_it_is_durable(stage, linker, backlog):
    backlog.names = [b"a", b"b", b"c"]
    tell(stage, Link(RUN), StopLinking())
    commit(stage, backlog)
    (news,) = stage.inboxes["session"].of(LinkerAdvanced)
    assert (news.run, news.files, sorted(event.path for event in news.linked)) == (RUN, 2, [b"a", b"b"])
    tell(stage, Link(RUN, final=True))
    assert commit(stage, backlog) == [b"c"]


def test_what_is_in_flight_when_linking_goes_on_after_a_stop_is_not_decided_twice(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN), StopLinking(), Link(RUN, final=True))
    assert len(stage.inboxes["persistence"].of(Submit)) == 1
    assert stage.inboxes["session"].of(LinkerIdle) == []
    commit(stage, backlog)
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]


def test_a_stopped_linker_pulls_no_more(stage, linker, backlog):
    backlog.names = [b"a", b"b", b"c"]
    tell(stage, Link(RUN))
    tell(stage, StopLinking())
    commit(stage, backlog)
    assert stage.inboxes["persistence"].of(Submit) == []


def test_after_a_restart_of_the_library_between_two_runs_the_next_run_links(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN), StopLinking(), LibraryRestarted())
    stage.inboxes["persistence"].take()
    tell(stage, Link(RUN + 1, final=True))
    assert commit(stage, backlog) == [b"a"]
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN + 1)]


def test_acknowledgements_for_the_actor_that_this_one_replaced_are_nobodys(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN))
    old = stage.inboxes["persistence"].take()
    linker.release()
    stage.put_actor("linker", LinkerActor(stage.ports["supervisor"], linker._parts))
    tell(stage, Link(RUN, final=True), Committed(tuple(submit.write_id for submit in old)))
    assert stage.inboxes["session"].messages == []
    assert commit(stage, backlog) == [b"a"]
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]


def test_what_the_library_refuses_does_not_count_as_linked(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN))
    (submit,) = stage.inboxes["persistence"].of(Submit)
    tell(stage, Rejected(submit.write_id, Failure(FailureCode.LIBRARY_REJECTED)))
    assert stage.inboxes["session"].of(LinkerAdvanced) == []


@pytest.mark.parametrize(
    "error", [NobodyThereError("library"), LibraryUnavailableError("the disk reports an error", UnavailableKind.IO)]
)
def test_while_the_library_is_away_it_asks_again_later(stage, linker, backlog, error, monkeypatch):
    backlog.names = [b"a"]

    def away(_message):
        raise error

    monkeypatch.setattr(stage.inboxes["persistence"], "answer", away)
    tell(stage, Link(RUN, final=True))
    assert stage.inboxes["supervisor"].messages == []
    monkeypatch.setattr(stage.inboxes["persistence"], "answer", backlog.answer)
    stage.advance(1)
    assert commit(stage, backlog) == [b"a"]


RECORDING = "00000001-0000-4000-8000-000000000000"


def test_a_source_beside_the_tags_is_believed_and_kept_as_evidence(stage, backlog):
    stated = Statement(EvidenceSource.TAG_MBID, "recording", RECORDING)

    def source(file):
        return (stated,) if file.path == b"a" else ()

    put_linker(stage, backlog, sources=(source,))
    backlog.names = [b"a", b"b"]
    tell(stage, Link(RUN))
    first, second = (submit.write.links.passages[0] for submit in stage.inboxes["persistence"].of(Submit))
    assert (first.state, [span.song.mbid for span in first.songs]) == (LinkState.LINKED, [RECORDING])
    assert [one.value for one in first.evidence] == [RECORDING, "a"]
    assert (second.state, second.songs) == (LinkState.TEXT_ONLY, ())


def test_every_decision_of_a_linker_that_asks_nobody_is_looked_at_again_once_a_service_can_be_asked(
    stage, linker, backlog
):
    backlog.names = [b"a"]
    tell(stage, Link(RUN))
    (submit,) = stage.inboxes["persistence"].of(Submit)
    assert submit.write.links.passages[0].retry_ns == WHEN_SERVICES_COME


def test_the_library_hears_with_each_write_of_a_round_whether_more_follow(stage, linker, backlog):
    backlog.names = [b"a", b"b"]
    tell(stage, Link(RUN))
    assert [submit.more for submit in stage.inboxes["persistence"].of(Submit)] == [True, False]


def test_a_call_that_comes_late_does_not_take_back_that_the_run_is_at_its_end(stage, linker, backlog):
    backlog.names = [b"a"]
    tell(stage, Link(RUN, final=True), Link(RUN))
    assert commit(stage, backlog) == [b"a"]
    assert stage.inboxes["session"].of(LinkerIdle) == [LinkerIdle(RUN)]


def test_a_message_that_the_linker_does_not_know_is_a_defect(stage, linker):
    tell(stage, "unknown")
    (down,) = stage.inboxes["supervisor"].of(Down)
    assert (down.name, "'unknown'" in down.error) == (ActorName.LINKER, True)


def test_a_link_that_the_library_rejects_is_a_warning_with_the_run(stage, linker, backlog, logged):
    backlog.names = [b"a"]
    tell(stage, Link(RUN, final=True))
    (submit,) = stage.inboxes["persistence"].of(Submit)
    tell(stage, Rejected(submit.write_id, Failure(FailureCode.LIBRARY_REJECTED, "too long")))
    (event,) = [one for one in logged() if one["event"] == "linking-rejected"]
    assert (event["run"], event["code"], event["detail"]) == (RUN, FailureCode.LIBRARY_REJECTED, "too long")


def test_a_defect_names_the_files_and_the_error_in_the_log(stage, linker, backlog, logged):
    backlog.names = [b"poison"]
    tell(stage, Link(RUN, final=True))
    (event,) = [one for one in logged() if one["event"] == "linking-failed"]
    assert (event["run"], event["files"]) == (RUN, ["poison"])
    assert event["error"].startswith("AttributeError: ")


@pytest.mark.parametrize("asked", [{}, {"acoustid": "gateway"}, {"musicbrainz": "gateway"}])
@pytest.mark.parametrize(("search", "works"), [(True, False), (False, True)])
def test_what_can_be_asked_follows_from_the_gateways_and_the_rules(asked, search, works):
    parts = LinkerParts(None, None, None, None, None, None, search=search, works=works, **asked)
    assert parts.capabilities == Capabilities("acoustid" in asked, "musicbrainz" in asked, search, works)
