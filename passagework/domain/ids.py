"""Names for the identifiers, so that a type checker keeps them apart."""

from typing import NewType

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
