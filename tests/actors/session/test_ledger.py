import itertools

import pytest

from passagework.actors.messages.session import FileAnalysed, FileFound
from passagework.actors.session.ledger import Ledger, Stage
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.units import NO_TIME
from passagework.persistence.write.writes import StoreFailure


def found(name, *, attempts=0, suspect=False):
    return FileFound(1, name.encode(), FileStamp(1, 1), attempts, suspect=suspect)


def ready(ledger, *names):
    entries = [ledger.admit(found(name), alone=False) for name in names]
    for entry in entries:
        ledger.make_ready(entry)
    return entries


def worked_on(ledger):
    names = []
    while (entry := ledger.next_for_work()) is not None:
        names.append(entry.found.path.decode())
    return names


def test_a_file_is_worked_on_only_after_its_attempt_is_durable():
    ledger = Ledger(window=8, write_ids=itertools.count(1))
    entry = ledger.admit(found("a"), alone=False)
    assert ledger.next_for_work() is None
    ledger.make_ready(entry)
    assert ledger.next_for_work() is entry


def test_no_more_files_than_the_window_are_with_the_analyzer():
    ledger = Ledger(window=2, write_ids=itertools.count(1))
    ready(ledger, "a", "b", "c")
    assert worked_on(ledger) == ["a", "b"]


@pytest.mark.parametrize("leave", ["store", "finish", "give_up", "make_ready"])
def test_every_way_out_of_work_opens_the_window_again(leave):
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    a, _b = ready(ledger, "a", "b")
    assert worked_on(ledger) == ["a"]
    match leave:
        case "store":
            ledger.store(a, FileAnalysed(a.write_id, None, 1, NO_TIME))
        case "finish":
            ledger.finish(a)
        case "give_up":
            ledger.give_up(a, StoreFailure(1, b"a", FileStamp(1, 1), Failure(FailureCode.DAMAGED)))
        case "make_ready":
            ledger.make_ready(a)
    assert worked_on(ledger) == ["b"]


def test_an_acknowledgement_of_something_sent_before_a_crash_is_stale():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    (entry,) = ready(ledger, "a")
    old = entry.write_id
    ledger.next_for_work()
    ledger.make_ready(entry)
    assert ledger.of(old) is None
    assert ledger.of(entry.write_id) is entry


def test_a_suspect_gets_its_turn_only_when_nothing_else_is_in_flight():
    ledger = Ledger(window=8, write_ids=itertools.count(1))
    ledger.set_aside(found("suspect", suspect=True))
    (other,) = ready(ledger, "a")
    assert ledger.next_suspect() is None
    ledger.finish(other)
    assert ledger.next_suspect().path == b"suspect"


def test_a_file_in_flight_or_set_aside_is_known():
    ledger = Ledger(window=8, write_ids=itertools.count(1))
    ready(ledger, "a")
    ledger.set_aside(found("b", suspect=True))
    assert [ledger.knows(name) for name in (b"a", b"b", b"c")] == [True, True, False]


def test_abandoned_files_are_not_handed_out_any_more():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    ready(ledger, "a", "b", "c")
    worked_on(ledger)
    assert ledger.abandon({Stage.READY}) == 2
    assert [entry.found.path for entry in ledger] == [b"a"]
    ledger.finish(next(iter(ledger)))
    assert ledger.next_for_work() is None
