"""Files and passages that wait for identification, as the linker pulls them from the library."""

from dataclasses import dataclass

from passagework.domain.analysis import Fingerprint
from passagework.domain.evidence import Statement
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import NO_PIECE, CutSource, GivenCuts, PieceTags
from passagework.domain.ids import Guid, Mbid, RunId
from passagework.domain.tags import Tags
from passagework.domain.units import Ticks


@dataclass(frozen=True, slots=True)
class WaitingPassage:
    """A passage that waits for identification.

    ``decided`` is the MBID of the recording that a person set, or NO_RECORDING: no other decision is stored.
    ``due`` False: it does not wait, but is evidence for the others of its group, and is decided anew with them. Then
    ``heard`` and ``looked_up`` say whether its present decision rests on answers of AcoustID and of MusicBrainz.
    ``stands``: it is not decided anew, since it waits for a later time, or since its group is too large to be decided
    as a whole. ``piece`` is what is said about the piece that it is. ``is_set``: a person has set something else on it,
    such as a title.
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
    is_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAsCut:
    """How a file is cut, for the decision whether it holds a whole release.

    ``cut_by`` gave its passages, None: the sound. ``track_list`` is that of the release that it was found to hold,
    ``made_list`` the one by which it was cut, both as they are stored. ``run`` has analysed it last, and found the
    ``audio_hash``.
    """

    run: RunId | None
    stamp: FileStamp
    audio_hash: bytes
    duration: Ticks
    by_person: bool = False
    cut_by: CutSource | None = None
    track_list: str | None = None
    made_list: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """What the linker pulls from the library: a file with the passages that wait.

    ``passage_count`` counts all passages of the file, also those that do not wait: a recording MBID in the tags of a
    file with several passages belongs to none of them by itself. ``revision`` counts how often tags or passages of
    the file changed. ``statements`` is what sources other than its tags state about the file or its passages.
    ``given`` says something about its pieces. What a track list says that has cut it (``by_list``) is no evidence for
    what they are. ``as_cut`` None: that is not asked, since no service is.
    """

    path: bytes
    tags: Tags
    passage_count: int
    passages: tuple[WaitingPassage, ...]
    revision: int = 0
    statements: tuple[Statement, ...] = ()
    given: GivenCuts | None = None
    by_list: bool = False
    as_cut: FileAsCut | None = None
