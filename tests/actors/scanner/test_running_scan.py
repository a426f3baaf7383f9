import os

import pytest

from passagework.actors.messages.scanner import Scan
from passagework.actors.pipeline import FileInHand
from passagework.actors.scanner.plan import ScanPlan
from passagework.actors.scanner.refresh_course import RefreshCourse, RefreshStep
from passagework.actors.scanner.running_scan import Due, RunningScan
from passagework.actors.scanner.walk import ScanRules
from passagework.domain.files import FileStamp
from passagework.domain.parts import Refresh, RefreshRules, Wanted
from passagework.domain.progress import RefreshPlanned
from passagework.domain.views import NOTHING_STALE, Stale, StaleItem
from tests.support.distinct import Distinct

RUN = 7
PLANNED = RefreshPlanned(RUN, NOTHING_STALE, NOTHING_STALE, one_at_a_time=False)


def files(*sizes):
    return tuple(FileInHand(run=RUN, path=b"/music/%d" % size, stamp=FileStamp(size, 1)) for size in sizes)


class UnaskedPlanner:
    numbers = None


@pytest.fixture
def scan(tmp_path):
    return RunningScan(
        Scan(RUN, (os.fsencode(tmp_path),), retry_failed=False), ScanRules(), UnaskedPlanner(), refresh=None
    )


def test_a_file_takes_one_credit_and_waits_without(scan):
    scan.planned(ScanPlan(analyze=files(10, 20, 30)))
    scan.credits = 2
    assert [file.stamp.size for file in scan.emit()] == [10, 20]
    assert (scan.credits, list(scan.emit())) == (0, [])
    scan.credits = 5
    assert [file.stamp.size for file in scan.emit()] == [30]
    assert scan.credits == 4


def test_the_walk_ahead_goes_on_while_files_wait_for_credits_and_the_walk_itself_when_none_does(scan):
    assert scan.due is Due.NEXT_FOLDERS
    scan.planned(ScanPlan(analyze=files(10)))
    assert scan.due is Due.LOOK_AHEAD
    scan.looked_ahead(None)
    assert scan.due is Due.NOTHING
    scan.credits = 1
    list(scan.emit())
    assert scan.due is Due.NEXT_FOLDERS


def test_the_end_is_due_once_when_no_folder_is_left_and_no_file_waits(scan):
    scan.planned(ScanPlan(analyze=files(10)))
    scan.exhausted()
    assert scan.due is Due.LOOK_AHEAD
    scan.credits = 1
    list(scan.emit())
    assert scan.due is Due.PLAN_REFRESH
    scan.refresh_planned(None)
    assert scan.due is Due.FINISH
    scan.finished()
    assert scan.due is Due.NOTHING


def test_what_is_stale_comes_after_the_walk_and_the_end_waits_until_it_is_stored(scan):
    scan.exhausted()
    scan.refresh_planned(PLANNED)
    assert (scan.due, scan.advanced().expected_complete) == (Due.NEXT_STALE, False)
    scan.refreshed(RefreshStep(redone=("one", "two"), analyze=list(files(30))))
    assert scan.due is Due.LOOK_AHEAD
    scan.credits = 1
    assert [file.stamp.size for file in scan.emit()] == [30]
    assert scan.due is Due.NEXT_STALE
    scan.refreshed(None)
    assert scan.due is Due.NOTHING
    scan.redone(1, stored=True)
    scan.redone(1, stored=False)
    assert scan.due is Due.FINISH
    news = scan.advanced()
    assert (news.files_redone, news.files_expected, news.bytes_expected, news.expected_complete) == (1, 1, 30, True)


def test_what_is_counted_is_what_was_planned_and_what_is_expected_is_what_the_further_walk_knows(scan):
    scan.planned(ScanPlan(analyze=files(10, 20), unchanged=3, failed_before=1, ignored=4))
    scan.looked_ahead(ScanPlan(analyze=files(10, 20)))
    scan.looked_ahead(ScanPlan(analyze=files(40), unchanged=50, ignored=60))
    news = scan.advanced()
    assert (news.run, news.files_seen, news.files_unchanged, news.files_failed_before, news.files_ignored) == (
        RUN,
        5,
        3,
        1,
        4,
    )
    assert (news.files_expected, news.bytes_expected, news.expected_complete) == (3, 70, False)
    scan.looked_ahead(None)
    assert scan.advanced().expected_complete


def test_when_the_walk_has_ended_nothing_is_expected_beyond_what_it_found(scan):
    scan.looked_ahead(ScanPlan(analyze=files(10, 20, 30)))
    scan.planned(ScanPlan(analyze=files(10)))
    scan.exhausted()
    news = scan.advanced()
    assert (news.files_expected, news.bytes_expected, news.expected_complete) == (1, 10, True)


class StaleLibrary:
    """Has something stale, whatever it is redone from."""

    stale = Stale((Distinct().of(StaleItem),))

    def __init__(self):
        self.asked = []

    def query(self, query):
        self.asked.append(query)
        return self.stale


def test_an_idle_import_redoes_all_that_is_stale_and_one_with_news_what_is_quick():
    one_scan = Scan(RUN, (b"/music",), retry_failed=False)
    rules = RefreshRules(when=Refresh.IDLE, now=Distinct().of(Wanted))
    idle = RefreshCourse(one_scan, StaleLibrary(), rules).plan(news=False)
    busy = RefreshCourse(one_scan, StaleLibrary(), rules).plan(news=True)
    assert idle == RefreshPlanned(RUN, StaleLibrary.stale, NOTHING_STALE, one_at_a_time=True)
    assert busy == RefreshPlanned(RUN, StaleLibrary.stale, StaleLibrary.stale, one_at_a_time=False)


def test_what_is_not_planned_is_not_redone_and_the_library_is_asked_nothing():
    library = StaleLibrary()
    rules = RefreshRules(when=Refresh.NOW, now=Distinct().of(Wanted))
    course = RefreshCourse(Scan(RUN, (b"/music",), retry_failed=False), library, rules)
    assert (course.next_step(), library.asked) == (None, [])
