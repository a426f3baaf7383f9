from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.lookup.retry_after import retry_after
from passagework.lookup.waiting_limits import LONGEST_HOLD_OFF


def headers(**fields):
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


NOW = "Sun, 29 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30", 30.0),
        ("0.5", 0.5),
        ("3600", 3600.0),
        ("999999999", LONGEST_HOLD_OFF),
        ("Sun, 29 Nov 2026 12:01:00 GMT", 60.0),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_HOLD_OFF),
        ("9" * 400, None),
        ("1e5", None),
        ("inf", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_pause_is_seconds_or_a_date_and_never_more_than_an_hour(written, seconds):
    assert retry_after(headers(Retry_After=written, Date=NOW)) == seconds


def test_no_pause_is_asked_for_without_the_header():
    assert retry_after(headers(Date=NOW)) is None


ANY = st.text(st.characters(exclude_characters="\r\n\ud800"), max_size=40) | st.floats().map(repr)
DATES = st.builds(
    "Mon, {} {} {} {}:{}:{} {}".format,
    st.integers(-1, 40),
    st.sampled_from(["Jan", "Dez", "13"]),
    st.integers(0, 10**6),
    *[st.integers(-1, 70)] * 3,
    st.sampled_from(["GMT", "+9999", "-2359", "+0000", ""]),
)


@given(ANY | DATES, ANY | DATES)
def test_whatever_a_service_writes_is_no_pause_or_one_of_at_most_an_hour(written, date):
    seconds = retry_after(headers(Retry_After=written, Date=date))
    assert seconds is None or 0 <= seconds <= LONGEST_HOLD_OFF
