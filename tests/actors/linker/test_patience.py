import pytest

from passagework.actors.linker.patience import LeaveAlone, Patience, PauseFor
from passagework.lookup.faults import FaultKind, LookupFault

RUN = 7


def fault(retry_after=None):
    return LookupFault("service", FaultKind.UNAVAILABLE, "so it is", retry_after)


def test_pauses_grow_until_the_third_failure_in_a_row():
    patience = Patience()
    assert [patience.outage(fault(), 0.0) for _ in range(3)] == [PauseFor(2.0), PauseFor(4.0), LeaveAlone()]


def test_an_answer_in_between_begins_anew_with_the_shortest_pause():
    patience = Patience()
    assert [patience.outage(fault(), 0.0) for _ in range(2)] == [PauseFor(2.0), PauseFor(4.0)]
    patience.succeeded()
    assert [patience.outage(fault(), 0.0) for _ in range(3)] == [PauseFor(2.0), PauseFor(4.0), LeaveAlone()]


def test_a_service_that_was_left_alone_begins_with_the_shortest_pause_again():
    patience = Patience()
    assert [patience.outage(fault(), 0.0) for _ in range(4)][2:] == [LeaveAlone(), PauseFor(2.0)]


@pytest.mark.parametrize(("asked_for", "what"), [(90.0, PauseFor(90.0)), (90.1, LeaveAlone())])
def test_a_pause_that_the_service_asks_for_is_kept_up_to_a_minute_and_a_half(asked_for, what):
    assert Patience().outage(fault(asked_for), 0.0) == what


def test_the_pauses_of_one_outage_are_a_minute_and_a_half_together():
    patience = Patience()
    assert [patience.outage(fault(50.0), 0.0) for _ in range(2)] == [PauseFor(50.0), LeaveAlone()]
    assert patience.outage(fault(50.0), 0.0) == PauseFor(50.0)
    patience.succeeded()
    assert [patience.outage(fault(45.0), 0.0) for _ in range(2)] == [PauseFor(45.0), PauseFor(45.0)]


@pytest.mark.parametrize(("asked_for", "rest"), [(None, 60.0), (20.0, 60.0), (600.0, 600.0)])
def test_a_service_that_is_left_alone_is_refused_for_a_minute_or_for_as_long_as_it_asks(asked_for, rest):
    patience, last = Patience(), fault(asked_for)
    while not isinstance(patience.outage(last, 1000.0), LeaveAlone):
        pass
    refused = patience.refusal(RUN, 1000.0 + rest - 0.25)
    assert (refused.code, refused.detail) == (last.code, last.detail)
    assert refused.retry_after == (None if asked_for is None else 0.25), "what is left of the pause"
    assert patience.refusal(RUN, 1000.0 + rest) is None
    assert patience.refusal(RUN, 1000.0) is None


def test_what_no_request_can_change_is_refused_in_this_run_only():
    patience, reason = Patience(), fault()
    patience.give_up(RUN, reason)
    assert patience.refusal(RUN, 1e9) is reason
    assert patience.refusal(RUN + 1, 0.0) is None
