"""When a watch looks through everything. The zone is given as rules, so that no database of zones is needed."""

import time as clock
from datetime import UTC, datetime, time

import pytest

from passagework.domain.schedule import Schedule, read_at, read_every

CENTRAL_EUROPE = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.fixture
def zone(monkeypatch):
    def set_zone(rules):
        monkeypatch.setenv("TZ", rules)
        clock.tzset()

    yield set_zone
    monkeypatch.undo()
    clock.tzset()


def ns(text):
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000_000


def told(at, now):
    """Give the next moment as text, in UTC."""
    return datetime.fromtimestamp(Schedule(at=read_at(at)).next_at_ns(ns(now)) // 1_000_000_000, UTC).isoformat()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", None), ("10s", 10.0), ("30m", 1_800.0), ("1h", 3_600.0), ("1h30m", 5_400.0), ("2d", 172_800.0)],
)
def test_an_interval_is_read_in_seconds(text, seconds):
    assert read_every(text) == seconds


@pytest.mark.parametrize("text", ["1", "h", "1 h", "1.5h", "-1h", "9s", "0m", "367d", "1w", "1H"])
def test_what_is_no_interval_is_refused(text):
    with pytest.raises(ValueError, match="interval"):
        read_every(text)


@pytest.mark.parametrize(
    ("text", "at"), [("", None), ("3:07", time(3, 7)), ("03:07", time(3, 7)), ("23:59", time(23, 59))]
)
def test_a_time_of_day_is_read(text, at):
    assert read_at(text) == at


@pytest.mark.parametrize("text", ["24:00", "3", "3:7", "03:60", "3am", "03:00:00"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ValueError, match="time of day"):
        read_at(text)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-07-01T00:59:59+00:00", "2026-07-01T01:00:00+00:00"),
        ("2026-07-01T01:00:00+00:00", "2026-07-02T01:00:00+00:00"),
        ("2026-12-31T23:30:00+00:00", "2027-01-01T02:00:00+00:00"),
    ],
)
def test_the_next_time_is_in_the_local_time_of_that_day(zone, now, expected):
    zone(CENTRAL_EUROPE)
    assert told("03:00", now) == expected


def test_a_time_that_the_clock_skips_comes_as_much_later_once(zone):
    zone(CENTRAL_EUROPE)
    # On 29 March 2026 the clock goes from 02:00 to 03:00, which is 01:00 UTC.
    assert told("02:30", "2026-03-29T00:00:00+00:00") == "2026-03-29T01:30:00+00:00"
    assert told("02:30", "2026-03-29T01:30:00+00:00") == "2026-03-30T00:30:00+00:00"


def test_a_time_that_comes_twice_counts_once(zone):
    zone(CENTRAL_EUROPE)
    # On 25 October 2026 the clock goes from 03:00 back to 02:00, which is 01:00 UTC.
    assert told("02:30", "2026-10-24T22:00:00+00:00") == "2026-10-25T00:30:00+00:00"
    assert told("02:30", "2026-10-25T00:30:00+00:00") == "2026-10-26T01:30:00+00:00"


def test_where_midnight_is_skipped_no_day_is_left_out(zone):
    # A zone whose clock goes from 00:00 to 01:00 on the last Sunday of March.
    zone("XST-2XDT,M3.5.0/0,M10.5.0/0")
    assert told("00:15", "2026-03-28T22:10:00+00:00") == "2026-03-28T22:15:00+00:00"
    assert told("00:15", "2026-03-28T22:15:00+00:00") == "2026-03-29T21:15:00+00:00"


def test_without_a_time_nothing_is_due_and_an_empty_schedule_is_none():
    assert Schedule(every=60.0).next_at_ns(0) is None
    assert [bool(one) for one in (Schedule(), Schedule(every=60.0), Schedule(at=time(3)))] == [False, True, True]
