"""Parse the pause that a service asks for."""

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def retry_after(headers: Message) -> float | None:
    """Parse Retry-After: seconds, or a date, which is compared with the server's clock (RFC 9110, 10.2.3)."""
    written = (headers.get("Retry-After") or "").strip()
    if _SECONDS.fullmatch(written):
        return float(written)
    until = _date(written)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("Date")) or datetime.now(UTC))).total_seconds())


def _date(written: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(written or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
