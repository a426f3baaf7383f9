"""Files and passages that wait for identification, as the linker pulls them from the library."""

from dataclasses import dataclass

from passagework.domain.analysis import Fingerprint
from passagework.domain.evidence import Statement
from passagework.domain.given_cuts import NO_PIECE, GivenCuts, PieceTags
from passagework.domain.ids import Guid, Mbid
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks


@dataclass(frozen=True, slots=True)
class WaitingPassage:
    """A passage that waits for identification.

    ``decided`` is the MBID of the recording that a person set, or NO_RECORDING: no other decision is stored.
    ``due`` False: it does not wait, but is evidence for the others of its group, and is decided anew with them. Then
    ``heard`` and ``looked_up`` say whether its present decision rests on answers of AcoustID and of MusicBrainz.
    ``stands``: it is not decided anew, since it waits for a later time, or since its group is too large to be decided
    as a whole. ``piece`` is what is said about the piece that it is.
    """

    guid: Guid
    start: Ticks
    end: Ticks
    decided: Mbid | None = None
    fingerprint: Fingerprint | None = None
    due: bool = True
    heard: bool = False
    looked_up: bool = False
    stands: bool = False
    piece: PieceTags = NO_PIECE


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """What the linker pulls from the library: a file with the passages that wait.

    ``passage_count`` counts all passages of the file, also those that do not wait: a recording MBID in the tags of a
    file with several passages belongs to none of them by itself. ``revision`` counts how often tags or passages of
    the file changed. ``statements`` is what sources other than its tags state about the file or its passages.
    ``given`` says something about its pieces.
    """

    path: bytes
    tags: Tags
    passage_count: int
    passages: tuple[WaitingPassage, ...]
    revision: int = 0
    statements: tuple[Statement, ...] = ()
    given: GivenCuts | None = None
