"""What can be written to the library: frozen, self-contained commands, keyed by natural keys.

Every command may be delivered twice; the second delivery changes nothing.
"""

from dataclasses import dataclass

from passagework.domain.analysis import FileAnalysis, SameAudio
from passagework.domain.encoded_analysis import EncodedAnalysis, EncodedTags
from passagework.domain.failures import Failure
from passagework.domain.files import FileStamp
from passagework.domain.ids import Guid, RunId
from passagework.domain.links import FileLinks
from passagework.domain.moves import FileMove, FilePlace
from passagework.domain.redone import RedoneFile
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import SeenFolder


@dataclass(frozen=True, slots=True)
class BeginAttempt:
    """Make durable that work on a file starts, before it starts: state BEGUN, attempts + 1.

    ``alone``: no other file is in work. Only attempts made alone count as evidence against the file.
    ``number`` is the attempt that this delivery stands for, so that a repeated delivery does not count twice.
    """

    run: RunId
    path: bytes
    stamp: FileStamp
    alone: bool
    number: int


@dataclass(frozen=True, slots=True)
class StoreAnalysis:
    """Store the result of an analysis: file, tags, curves, passages, and the decisions about these that came with it.

    A decision counts for a passage that then waits for one: a new one, or one whose evidence has changed. The others
    wait for the linker. ``parts`` is what made it, as it is stored; None: what the run makes.
    """

    run: RunId
    analysis: EncodedAnalysis | FileAnalysis
    parts: str | None = None


@dataclass(frozen=True, slots=True)
class StoreRedone:
    """Store what was redone of files from what the library holds. Passages with other bounds are left as they are."""

    run: RunId
    files: tuple[RedoneFile, ...]


@dataclass(frozen=True, slots=True)
class StoreTags:
    """Store the tags of a file whose audio is that of its last analysis, which stays.

    Its passages wait for a new decision if the tags are others. Ignored if the library has other audio under this path.
    """

    run: RunId
    tags: EncodedTags | SameAudio


@dataclass(frozen=True, slots=True)
class StampFiles:
    """Store the stamps of files whose content is that of their last result, and which are there."""

    run: RunId
    files: tuple[tuple[bytes, FileStamp], ...]


@dataclass(frozen=True, slots=True)
class MoveFiles:
    """Give files new paths, all at once: two may have swapped theirs.

    Everything that belongs to a file stays with it. A move is ignored if the file is not at its source. A file of the
    library whose path is taken, and which moves nowhere itself, is missing from then on.
    """

    run: RunId
    moves: tuple[FileMove, ...]


@dataclass(frozen=True, slots=True)
class StorePlaces:
    """Store other places of files, or that a path is none any more.

    A file that the library does not know yet waits for its result from then on.
    """

    run: RunId
    places: tuple[FilePlace, ...]


@dataclass(frozen=True, slots=True)
class JoinMoved:
    """Take each file that the run added for a missing one with the same audio, if neither could be another.

    The missing file comes back at the path of the new one, with its tags; the new one was never there. Then all files
    below the first name of ``second_roots`` have a place below the second, which is the same folder. Sent when all
    results and marks of the run are stored.
    """

    run: RunId
    second_roots: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class StoreFailure:
    """Store that a file could not be analysed. The values of an earlier analysis stay.

    Its passages are retired if there is no music in the file, or if it is another one than was analysed, and the
    failure is not one that may pass by itself.
    """

    run: RunId
    path: bytes
    stamp: FileStamp
    failure: Failure


@dataclass(frozen=True, slots=True)
class StoreLinks:
    """Store the linker's decision for the passages of one file, with entities, junctions and evidence."""

    run: RunId
    links: FileLinks


@dataclass(frozen=True, slots=True)
class StoreTrackList:
    """Store which release a file holds, and that it is to be cut again; None: it holds none.

    Ignored if tags or passages of the file have changed since ``revision``, as in :class:`FileLinks`, and if a person
    has cut it.
    """

    run: RunId
    path: bytes
    track_list: str | None
    revision: int


@dataclass(frozen=True, slots=True)
class DeferIdentification:
    """Defer the identification of passages of one file until ``until_ns``, and say why.

    Their links and candidates stay. ``revision`` is that of the :class:`WaitingFile` as in :class:`FileLinks`.
    """

    run: RunId
    path: bytes
    passages: tuple[Guid, ...]
    until_ns: int
    reason: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class StoreAnswers:
    """Store what services answered. Of several answers under one key the one that was fetched last stays."""

    run: RunId
    answers: tuple[StoredAnswer, ...]


@dataclass(frozen=True, slots=True)
class MarkMissing:
    """Mark files as gone from disk. Nothing is deleted; the next analysis of the path brings them back."""

    run: RunId
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MarkPresent:
    """Remove the mark of missing or excluded from unchanged files that the scan lists again."""

    run: RunId
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class MarkExcluded:
    """Mark files as left out by the rules of the scan, though they are on the disk. Nothing is deleted."""

    run: RunId
    paths: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SeeFolders:
    """Store how the scan found these folders."""

    run: RunId
    folders: tuple[SeenFolder, ...]


Write = (
    BeginAttempt
    | StoreAnalysis
    | StoreRedone
    | StoreTags
    | StampFiles
    | MoveFiles
    | StorePlaces
    | JoinMoved
    | StoreFailure
    | StoreLinks
    | StoreTrackList
    | DeferIdentification
    | StoreAnswers
    | MarkMissing
    | MarkPresent
    | MarkExcluded
    | SeeFolders
)
