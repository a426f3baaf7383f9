"""The way of a file through one run: its stages as a table, and what travels.

One ``FileInHand`` goes from actor to actor and grows. Two messages to the library make it durable: ``BeginAttempt``
before the work, and a result after it: ``StoreAnalysis``, ``StoreTags``, ``StampFiles`` or ``StoreFailure``. The linker
is not part of this way: what waits to be linked is in the library, and the linker pulls it from there.

==========  ============================================  ===========  ================  ===========================
stage       what is sent on entering it                   who has it   acknowledged by   after a crash of who has it
==========  ============================================  ===========  ================  ===========================
FOUND       FileInHand, by the scanner to the session     session      -                 the run ends
BEGINNING   BeginAttempt, by the session to the library   persistence  Committed         sent again
READY       nothing: waits for the analyzer's window      session      -                 the run ends
IN_WORK     FileInHand, by the session to the analyzer    analyzer     FileInHand        analysed again
STORING     the result, by the analyzer to the library    persistence  Committed or      a failure is sent again, for
            (StoreAnalysis; StoreFailure also by                   Rejected          a result the file is analysed
            the session, if that gives the file up)                                      again
==========  ============================================  ===========  ================  ===========================

A crash of the scanner loses no file: the roots are scanned again, and a file that is in the ledger is not begun twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from passagework.actors.runtime.names import ActorName
from passagework.domain.failures import Failure
from passagework.domain.files import FileStamp
from passagework.domain.given_cuts import Given
from passagework.domain.ids import RunId, WriteId
from passagework.domain.known_content import KnownContent
from passagework.domain.units import NO_TIME, Ticks

NOT_SENT: Final = WriteId(0)
"""The ``write_id`` of a file of which nothing was sent to the library. The ledger's ids begin at 1."""


class Stage(Enum):
    """How far a file is; the table above says what each stage means."""

    FOUND = auto()
    BEGINNING = auto()
    READY = auto()
    IN_WORK = auto()
    STORING = auto()

    # Members are singletons. The hash of Enum is a Python function, and a stage is looked up eight times a file.
    __hash__ = object.__hash__


class AfterCrash(Enum):
    """What the session does with a file when the actor that has it was replaced."""

    SEND_AGAIN = auto()
    """The message is small and the session can make it again."""

    ANALYSE_AGAIN = auto()
    """The work is lost."""

    SEND_FAILURE_OR_ANALYSE_AGAIN = auto()
    """A failure travels with the file. A result is too large to be kept twice."""

    NOTHING = auto()
    """The session has it, and with the session the run ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the table: who has a file in this stage, where it may go from there, and what a crash costs."""

    holder: ActorName
    then: frozenset[Stage]
    after_crash: AfterCrash


PIPELINE: Final[Mapping[Stage, Step]] = MappingProxyType(
    {
        Stage.FOUND: Step(
            holder=ActorName.SESSION,
            # A suspect with too many attempts goes to STORING without work: its failure is all that is stored.
            then=frozenset({Stage.BEGINNING, Stage.STORING}),
            after_crash=AfterCrash.NOTHING,
        ),
        Stage.BEGINNING: Step(
            holder=ActorName.PERSISTENCE,
            # STORING from here, and from READY and STORING: the session gives up a file on which actors crash.
            then=frozenset({Stage.READY, Stage.STORING}),
            after_crash=AfterCrash.SEND_AGAIN,
        ),
        Stage.READY: Step(
            holder=ActorName.SESSION,
            then=frozenset({Stage.IN_WORK, Stage.STORING}),
            after_crash=AfterCrash.NOTHING,
        ),
        Stage.IN_WORK: Step(
            holder=ActorName.ANALYZER,
            then=frozenset({Stage.STORING, Stage.READY}),
            after_crash=AfterCrash.ANALYSE_AGAIN,
        ),
        Stage.STORING: Step(
            holder=ActorName.PERSISTENCE,
            # After STORING a file leaves the pipeline; READY is for a result that was lost.
            then=frozenset({Stage.READY, Stage.STORING}),
            after_crash=AfterCrash.SEND_FAILURE_OR_ANALYSE_AGAIN,
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInHand:
    """One file on its way. It never changes: each stage hands on a copy that knows more.

    The scanner knows what it found: ``earlier_attempts`` left no result, and a ``suspect`` was in work when a process
    died. ``known`` is what the library knows of its content, or, with another path, of a file that this one may be.
    ``given`` is what is given about it from outside: by a person, and by a sheet beside it. The
    session adds ``alone`` (no other file is in work meanwhile), ``strikes`` (actors that crashed on it) and
    ``write_id``, under which the library acknowledges what was sent last. The analyzer adds ``worker_tries`` and what
    came of it: a ``failure``, or the number of ``passages`` and the length of the ``audio`` that was decoded.
    ``unchanged``: its content turned out to be that of its last result; ``tags_only``: its audio did, and its tags were
    read. ``was_moved``: that was a file under another path. ``cut_again``: it was analysed already in this run.
    """

    run: RunId
    path: bytes
    stamp: FileStamp
    earlier_attempts: int = 0
    suspect: bool = False
    known: KnownContent | None = None
    given: Given | None = None
    stage: Stage = Stage.FOUND
    alone: bool = False
    strikes: int = 0
    write_id: WriteId = NOT_SENT
    worker_tries: int = 1
    failure: Failure | None = None
    passages: int = 0
    audio: Ticks = NO_TIME
    unchanged: bool = False
    tags_only: bool = False
    was_moved: bool = False
    cut_again: bool = False

    @property
    def attempt(self) -> int:
        """Which attempt on the file this is, counting those of processes that died and of actors that crashed."""
        return self.earlier_attempts + self.strikes + 1

    def at(
        self,
        stage: Stage,
        *,
        write_id: WriteId | None = None,
        passages: int | None = None,
        audio: Ticks | None = None,
    ) -> "FileInHand":
        """Return the file in another stage; what is not given stays as it is.

        By hand, since ``dataclasses.replace`` takes three times as long, and this happens four times a file.
        """
        return FileInHand(
            run=self.run,
            path=self.path,
            stamp=self.stamp,
            earlier_attempts=self.earlier_attempts,
            suspect=self.suspect,
            known=self.known,
            given=self.given,
            stage=stage,
            alone=self.alone,
            strikes=self.strikes,
            write_id=self.write_id if write_id is None else write_id,
            worker_tries=self.worker_tries,
            failure=self.failure,
            passages=self.passages if passages is None else passages,
            audio=self.audio if audio is None else audio,
            unchanged=self.unchanged,
            tags_only=self.tags_only,
            was_moved=self.was_moved,
            cut_again=self.cut_again,
        )
