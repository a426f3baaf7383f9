"""The columns of ``passage_flavor``, and a flavor from and to them."""

from collections.abc import Mapping
from typing import Any, Final

from passagework.domain.codes import open_code
from passagework.domain.flavor.values import FLAVOR_VERSION, Flavor, FlavorLevel, Groups, finite_shares
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


def flavor_from(row: Mapping[str, Any]) -> Flavor | None:
    """Return the flavor of a row by column names; None if its shares cannot be read: then nothing is known of it."""
    groups = readable_shares(row["shares"])
    if groups is None:
        return None
    return Flavor(
        groups=groups,
        **{name: row[name] for name in _AS_STORED.names if name != "level"},
        level=open_code(FlavorLevel, row["level"]),
    )


def flavor_can_be_read(
    version: int, shares: str, timbre: bytes | None, rhythm: bytes | None, embedding: bytes | None
) -> bool:
    """Tell whether a stored flavor is one: shares that sum to 1, and vectors that are what was packed.

    Of the vectors of a newer version nothing is known.
    """
    groups = readable_shares(shares)
    if groups is None or any(abs(1 - sum(share for _, share in members)) > _SUM for _, members in groups):
        return False
    return version > FLAVOR_VERSION or _vectors_can_be_read(timbre, rhythm, embedding)


def _vectors_can_be_read(timbre: bytes | None, rhythm: bytes | None, embedding: bytes | None) -> bool:
    from passagework.domain.flavor.vectors import (  # noqa: PLC0415 - loads numpy
        EMBEDDING,
        unpack,
        unpack_rhythm,
        unpack_timbre,
    )

    try:
        if timbre is not None:
            unpack_timbre(timbre)
        if rhythm is not None:
            unpack_rhythm(rhythm)
        if embedding is not None:
            unpack(embedding, EMBEDDING)
    except ValueError:
        return False
    return True


def encode_shares(groups: Groups) -> str:
    """Write groups as JSON objects in objects, in their order."""
    return write_json({name: dict(members) for name, members in groups})


def decode_shares(text: str) -> Groups:
    """Read what :func:`encode_shares` wrote. Raises ValueError for anything else, and for shares outside of 0 to 1."""
    return finite_shares(read_json(text))


def readable_shares(text: str | None) -> Groups | None:
    """Read what :func:`encode_shares` wrote; None if there is none, or if it cannot be read."""
    try:
        return None if text is None else decode_shares(text)
    except ValueError:
        return None
