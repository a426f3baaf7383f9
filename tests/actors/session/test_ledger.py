import itertools

import pytest

from passagework.actors.pipeline import PIPELINE, FileInHand, Stage
from passagework.actors.session.ledger import Ledger
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp


def found(name, *, suspect=False):
    return FileInHand(run=1, path=name.encode(), stamp=FileStamp(1, 1), suspect=suspect)


def ready(ledger, *names):
    begun = [ledger.begin(found(name), alone=False) for name in names]
    return [ledger.make_ready(file) for file in begun]


def worked_on(ledger):
    names = []
    while (file := ledger.next_for_work()) is not None:
        names.append(file.path.decode())
    return names


def test_a_file_is_worked_on_only_after_its_attempt_is_durable():
    ledger = Ledger(window=8, write_ids=itertools.count(1))
    file = ledger.begin(found("a"), alone=False)
    assert ledger.next_for_work() is None
    ledger.make_ready(file)
    assert ledger.next_for_work().path == b"a"


def test_no_more_files_than_the_window_are_with_the_analyzer():
    ledger = Ledger(window=2, write_ids=itertools.count(1))
    ready(ledger, "a", "b", "c")
    assert worked_on(ledger) == ["a", "b"]


@pytest.mark.parametrize("leave", ["store", "finish", "give_up", "make_ready"])
def test_every_way_out_of_work_opens_the_window_again(leave):
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    ready(ledger, "a", "b")
    a = ledger.next_for_work()
    assert (a.path, worked_on(ledger)) == (b"a", [])
    match leave:
        case "store":
            ledger.store(a)
        case "finish":
            ledger.finish(a)
        case "give_up":
            ledger.give_up(a, Failure(FailureCode.DAMAGED))
        case "make_ready":
            ledger.make_ready(a)
    assert worked_on(ledger) == ["b"]


def test_an_acknowledgement_of_something_sent_before_a_crash_is_stale():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    (file,) = ready(ledger, "a")
    again = ledger.make_ready(ledger.next_for_work())
    assert ledger.of(file.write_id) is None
    assert ledger.of(again.write_id) == again


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
    ledger.abandon({Stage.READY})
    assert [file.path for file in ledger] == [b"a"]
    ledger.finish(next(iter(ledger)))
    assert ledger.next_for_work() is None


def test_a_file_is_never_moved_past_a_stage_of_the_pipeline():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    file = ledger.begin(found("a"), alone=False)
    with pytest.raises(AssertionError, match=r"BEGINNING -> .*BEGINNING"):
        ledger.begin(file, alone=False)


def test_every_stage_leads_to_storing_and_has_a_row_in_the_pipeline():
    assert set(PIPELINE) == set(Stage)
    for stage in Stage:
        seen, reached = set(), {stage}
        while reached - seen:
            seen |= reached
            reached |= {later for earlier in reached for later in PIPELINE[earlier].then}
        assert Stage.STORING in reached


def test_a_file_that_is_worked_on_again_has_no_failure_any_more():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    ready(ledger, "a")
    given_up = ledger.give_up(ledger.next_for_work(), Failure(FailureCode.DAMAGED))
    assert given_up.failure == Failure(FailureCode.DAMAGED)
    again = ledger.make_ready(given_up)
    assert (again.failure, again.stage, again.write_id) == (None, Stage.READY, given_up.write_id + 1)


def test_a_file_keeps_its_number_when_it_goes_to_the_analyzer_and_has_a_new_one_at_every_other_stage():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    begun = ledger.begin(found("a"), alone=True)
    waiting = ledger.make_ready(begun)
    in_work = ledger.next_for_work()
    assert (begun.write_id, waiting.write_id, in_work.write_id) == (1, 2, 2)
    assert (in_work.alone, in_work.stage) == (True, Stage.IN_WORK)
    assert ledger.of(2) == in_work
    ledger.finish(in_work)
    assert (ledger.of(2), len(ledger)) == (None, 0)


def test_a_strike_is_counted_and_abandoning_forgets_suspects():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    (file,) = ready(ledger, "a")
    assert [ledger.strike(file).strikes, ledger.strike(ledger.of(file.write_id)).strikes] == [1, 2]
    ledger.set_aside(found("b", suspect=True))
    ledger.abandon(Stage)
    assert (len(ledger), ledger.next_suspect(), ledger.knows(b"b")) == (0, None, False)


def test_the_number_of_a_file_that_was_finished_is_stale_also_when_its_path_comes_again():
    ledger = Ledger(window=1, write_ids=itertools.count(1))
    (first,) = ready(ledger, "a")
    ledger.finish(first)
    again = ledger.begin(found("a"), alone=False)
    assert (ledger.of(first.write_id), ledger.of(again.write_id)) == (None, again)
