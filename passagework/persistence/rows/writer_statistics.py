"""The accounts of the writer as text: kept with their run, and told to other processes beside the lock."""

import json
from dataclasses import asdict, fields
from typing import Any, Final

from passagework.domain.spread import Spread
from passagework.domain.writer_statistics import WriterStatistics

_SPREADS: Final = frozenset(
    field.name for field in fields(WriterStatistics) if isinstance(getattr(WriterStatistics(), field.name), Spread)
)

_STORED_AS: Final = {"wal_bytes": "log_bytes", "wal_bytes_largest": "log_bytes_largest", "wal_held_by": "log_held_by"}
"""Fields that libraries know by another name."""

_FIELDS: Final = {stored: name for name, stored in _STORED_AS.items()}

DIGITS: Final = 6


def encode_accounts(accounts: WriterStatistics) -> str:
    """Write the accounts as one JSON object; seconds to the microsecond."""
    stored = {_STORED_AS.get(name, name): value for name, value in asdict(accounts).items()}
    return json.dumps(_rounded(stored), separators=(",", ":"))


def decode_accounts(text: str | None) -> WriterStatistics | None:
    """Read accounts; None where there are none, or another version wrote them."""
    if text is None:
        return None
    try:
        found: dict[str, Any] = json.loads(text)
        found["retries"] = tuple((str(kind), int(times)) for kind, times in found["retries"])
        found.update((name, Spread(**found[name])) for name in _SPREADS)
        return WriterStatistics(**{_FIELDS.get(stored, stored): value for stored, value in found.items()})
    except (ValueError, TypeError, KeyError):
        return None


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value, DIGITS)
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case _:
            return value
