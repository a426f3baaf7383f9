"""Parse the pause that a service asks for, cut to the longest that is kept."""

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from passagework.lookup.waiting_limits import LONGEST_HOLD_OFF

_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after(headers: Message) -> float | None:
    """Parse Retry-After: seconds, or a date, which is compared with the server's clock (RFC 9110, 10.2.3)."""
    written = str(headers.get("Retry-After") or "").strip()
    seconds = float(written) if _SECONDS.fullmatch(written) else _until(written, headers)
    return None if seconds is None else min(max(0.0, seconds), LONGEST_HOLD_OFF)


def _until(written: str, headers: Message) -> float | None:
    until = _date(written)
    return None if until is None else (until - (_date(headers.get("Date")) or datetime.now(UTC))).total_seconds()


def _date(written: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(written or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
