import itertools

import pytest

from passagework.actors.messages.acknowledgements import Committed, Rejected
from passagework.actors.messages.library import Submit
from passagework.actors.writer.unacknowledged import UnacknowledgedWrites
from passagework.domain.failures import Failure, FailureCode
from passagework.persistence.write.writes import MarkMissing

RUN = 7
A, B, C = (MarkMissing(RUN, (path,)) for path in (b"/a", b"/b", b"/c"))


@pytest.fixture
def ids():
    return itertools.count(1)


@pytest.fixture
def writes(stage, ids):
    return UnacknowledgedWrites(library=stage.ports["persistence"], reply_to=stage.ports["scanner"], write_ids=ids)


def told(stage):
    return [(m.write_id, m.write, m.more) for m in stage.inboxes["persistence"].take() if isinstance(m, Submit)]


def test_all_but_the_last_of_what_is_sent_together_say_that_more_is_to_come(stage, writes):
    writes.send(A, B, C)
    assert told(stage) == [(1, A, True), (2, B, True), (3, C, False)]
    writes.send(A)
    assert told(stage) == [(4, A, False)]


def test_each_write_names_who_hears_of_it(stage, writes):
    writes.send(A)
    (submit,) = stage.inboxes["persistence"].of(Submit)
    assert submit.reply_to is stage.ports["scanner"]


def test_what_is_acknowledged_is_given_once_and_waited_for_no_more(writes):
    writes.send(A, B, C)
    assert writes.acknowledged(Committed((1, 3, 99))) == (A, C)
    assert writes.acknowledged(Committed((1,))) == ()
    assert len(writes) == 1
    assert writes.acknowledged(Rejected(2, Failure(FailureCode.LIBRARY_REJECTED))) == (B,)
    assert len(writes) == 0


def test_what_is_sent_again_has_the_ids_that_it_had(stage, writes):
    writes.send(A, B, C)
    writes.acknowledged(Committed((2,)))
    told(stage)
    writes.send_again()
    assert told(stage) == [(1, A, True), (3, C, False)]


def test_an_acknowledgement_of_what_was_forgotten_is_nobodys(writes):
    writes.send(A)
    writes.forget()
    assert (len(writes), writes.acknowledged(Committed((1,)))) == (0, ())


def test_ids_go_on_in_the_next_incarnation_of_a_sender(stage, writes, ids):
    writes.send(A)
    again = UnacknowledgedWrites(library=stage.ports["persistence"], reply_to=stage.ports["scanner"], write_ids=ids)
    again.send(B)
    assert [write_id for write_id, *_ in told(stage)] == [1, 2]
    assert again.acknowledged(Committed((1,))) == ()
