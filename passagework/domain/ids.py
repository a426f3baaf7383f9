"""Names for the identifiers, so that a type checker keeps them apart."""

import re
from typing import Final, NewType

RunId = NewType("RunId", int)
"""Row id of one import run in one library."""

Guid = NewType("Guid", str)
"""Stable identifier (UUID text) that leaves the library; survives re-import and a move of the file."""

Mbid = NewType("Mbid", str)
"""MusicBrainz identifier: a lower-case UUID."""

RunRequestId = NewType("RunRequestId", int)
"""Identifies one order to import, within its importer, before and after the library has opened the run for it."""

WriteId = NewType("WriteId", int)
"""Identifies one message to the persistence actor until it is acknowledged."""

_UUID: Final = re.compile("[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_PLACEHOLDER: Final = re.compile(
    r"([0-9a-f])\1{7}-\1{4}-\1{4}-\1{4}-\1{12}|([0f])\2{7}-\2{4}-[0-9a-f]\2{3}-[89ab]\2{3}-\2{12}", re.IGNORECASE
)
"""The nil and the max UUID (RFC 9562, 5.9 and 5.10), also with a version and a variant, and one digit all over."""


_LARGEST: Final = (1 << 63) - 1
"""The largest integer that SQLite keeps."""


def run_id(number: int) -> RunId:
    """Return what a person or a program calls a run; for a number that no library can hold, one that no run has."""
    return RunId(max(-_LARGEST, min(number, _LARGEST)))


def parse_mbid(text: str) -> Mbid | None:
    """Accept only the text form of a UUID, in upper or lower case; return it in lower case.

    Some programs write a placeholder, like zeros, where they know no identifier. Files that share it have nothing in
    common.
    """
    return Mbid(text.lower()) if _UUID.fullmatch(text) and not _PLACEHOLDER.fullmatch(text) else None
