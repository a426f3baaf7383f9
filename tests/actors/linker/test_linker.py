import itertools

import pytest

from passagework.actors.linker.linker import LinkerActor, LinkerParts
from passagework.actors.messages.acknowledgements import Committed, LibraryRestarted, Rejected
from passagework.actors.messages.library import Ask, Submit
from passagework.actors.messages.linker import Link, StopLinking
from passagework.actors.messages.session import LinkerAdvanced, LinkerIdle
from passagework.actors.runtime.port import NobodyThereError
from passagework.domain.catalogue import FileLinks, LinkState, PassageLinks, WaitingFile, WaitingPassage
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.tags import Tags

RUN = 7


def waiting(name):
    return WaitingFile(name, Tags(title=name.decode()), 1, (WaitingPassage(name.decode(), 0, 10),))


class Backlog:
    """What waits in the library: a file leaves it when its links are committed."""

    def __init__(self, *names):
        self.names = list(names)

    def answer(self, message):
        assert isinstance(message, Ask)
        return tuple(waiting(name) for name in self.names[: message.query.limit])


def decide(file):
    if file.path == b"poison":
        raise KeyError("no such tag")
    return FileLinks(file.path, tuple(PassageLinks(p.guid, LinkState.TEXT_ONLY, (), None, ()) for p in file.passages))


@pytest.fixture
def backlog():
    return Backlog()


@pytest.fixture
def linker(stage, backlog):
    stage.put_inbox("persistence", backlog.answer)
    parts = LinkerParts(
        stage.ports["persistence"],
        stage.ports["session"],
        stage.ports["linker"],
        stage.scheduler,
        itertools.count(1),
        decide,
        files_per_pull=2,
    )
    return stage.put_actor("linker", LinkerActor(stage.ports["supervisor"], parts))


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
