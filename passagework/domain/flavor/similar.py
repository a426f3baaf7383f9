"""What is like what: what is asked for, and what is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.agreement import Agreement
from passagework.domain.flavor.values import Flavor, Groups
from passagework.domain.ids import Guid, Mbid
from passagework.domain.views import PassageView


class NotComparableError(PassageworkError):
    """A passage has nothing by which it could be compared; the message says why."""

    code = "flavor-missing"
    exit_code = ExitCode.NOTHING_FOUND


class Once(StrEnum):
    """Of what only one passage is wanted, the passages that others are to be like included."""

    ARTIST = "artist"
    ALBUM = "album"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which passages are wanted: at most ``count``, of other artists and albums than these.

    Artists and albums are named as they are shown, whatever the case and the accents, or by their MBIDs.
    """

    count: int
    not_artists: Sequence[str] = ()
    not_albums: Sequence[str] = ()
    once: Once | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A passage that is like others.

    ``proximity``: 0 to 1, the share of passages that are further, seen from both ends. ``by_nets``: the nets heard it,
    and all that it is like. ``agreement`` names what is unusually alike and unlike.
    """

    passage: PassageView
    proximity: float
    by_nets: bool
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage with what tells whether another one is the same piece.

    ``recordings`` are its songs, ``sounds`` names the span of the audio and of the bytes that it is.
    """

    row: int
    view: PassageView
    recordings: frozenset[Mbid]
    sounds: frozenset[str]
    seconds: float | None
    groups: Groups


@dataclass(frozen=True, slots=True)
class LibraryStamp:
    """A library and the state of its vectors. Equal keys mean equal vectors, also in a copy of the library."""

    path: Path
    guid: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredVector:
    """What was heard of a passage and is compared, by its row id; of its characteristics those that count."""

    row: int
    guid: Guid
    flavor: Flavor
