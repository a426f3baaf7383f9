"""The columns of ``passage_flavor``, and a flavor from and to them."""

from collections.abc import Mapping
from itertools import chain
from math import isfinite
from struct import error as struct_error
from struct import unpack
from typing import Any, Final

from passagework.domain.codes import open_code
from passagework.domain.flavor.values import Flavor, FlavorLevel, Groups, finite_shares
from passagework.domain.json_text import read_json, write_json
from passagework.persistence.rows.columns import Columns, Value

_NAMES: Final = (
    *("level", "version", "seconds", "tempo"),
    *("timbre", "rhythm", "embedding"),
    *("patches", "gain", "weights"),
)

_AS_STORED: Final = Columns({name: name for name in _NAMES})

_SUM: Final = 0.0001
"""By so much the shares of a characteristic may sum to something else than 1."""

FLAVOR: Final = (*_AS_STORED.names, "shares")


def flavor_row(flavor: Flavor) -> tuple[Value, ...]:
    """Return the values of the columns FLAVOR."""
    return (*_AS_STORED.values_of(flavor), encode_shares(flavor.groups))


def flavor_from(row: Mapping[str, Any]) -> Flavor:
    """Return the flavor of a row by column names. Raises ValueError if its shares cannot be read."""
    return Flavor(
        groups=decode_shares(row["shares"]),
        **{name: row[name] for name in _AS_STORED.names if name != "level"},
        level=open_code(FlavorLevel, row["level"]),
    )


def flavor_can_be_read(shares: str, *vectors: bytes | None) -> bool:
    """Tell whether a stored flavor is one: shares that sum to 1, and vectors of finite numbers."""
    try:
        groups = decode_shares(shares)
        numbers = [unpack(f"<{len(packed) // 2}e", packed) for packed in vectors if packed is not None]
    except (ValueError, struct_error):
        return False
    sums = (sum(share for _, share in members) for _, members in groups)
    return all(abs(1 - total) <= _SUM for total in sums) and all(map(isfinite, chain.from_iterable(numbers)))


def encode_shares(groups: Groups) -> str:
    """Write groups as JSON objects in objects, in their order."""
    return write_json({name: dict(members) for name, members in groups})


def decode_shares(text: str) -> Groups:
    """Read what :func:`encode_shares` wrote. Raises ValueError for anything else, and for shares outside of 0 to 1."""
    return finite_shares(read_json(text))
