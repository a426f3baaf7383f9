"""The other side of the door: command the process that holds a library."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from passagework.api.door.errors import error_of
from passagework.api.door.lines import Lines, OtherFormatError
from passagework.api.door.messages import (
    AddDocuments,
    Advanced,
    CancelImport,
    ClearDocuments,
    Counted,
    FilesForgotten,
    ForgetFiles,
    ImportBegun,
    ImportEnded,
    ImportQueued,
    PlaysReported,
    Refused,
    Reply,
    ReportPlays,
    Request,
    RunUndone,
    SetValues,
    StartImport,
    StillAtIt,
    UndoRun,
    ValuesSet,
)
from passagework.domain.edits import Edit, Edited, EditError
from passagework.domain.errors import LibraryBusyError, LibraryDoorError, PassageworkError
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.ids import RunId
from passagework.domain.plays import Play, PlayReport
from passagework.domain.progress import Progress, RunReport
from passagework.domain.undo import Undone
from passagework.persistence.file.place import resolved
from passagework.persistence.file.socket_file import HAS_SOCKETS, connect_beside

if TYPE_CHECKING:
    from passagework.domain.flavor.acousticbrainz import FlavorDocument

R = TypeVar("R", bound=Reply)

CONNECT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 30.0
"""Longer than the process that holds the library is ever silent while it works: it is stopped, or hangs."""

LONGEST_REPLY: Final = 512 * 2**20
"""Bytes. A report names each file that failed."""

LOOK_SECONDS: Final = 0.2
"""How often a run that is followed looks whether it is to be cancelled."""

_DOCUMENTS_AT_ONCE: Final = 50
"""A document may have a megabyte."""


class Holder:
    """The process that holds a library, reached through its socket. Each command has a connection of its own."""

    def __init__(self, library: Path) -> None:
        """Knock once.

        Raises:
            OSError: nobody listens, or this user may not command it.
            LibraryDoorError: whoever listens cannot be understood, or does not reply.

        """
        self._library = resolved(library)
        self.pid = 0
        self._connected().close()

    def edit(self, edits: Sequence[Edit], _now_ns: int) -> tuple[Edited, ...]:
        """Have it store what a person set; the time is its own."""
        return self._ask(SetValues(tuple(edits)), ValuesSet).edited

    def report_plays(self, report: PlayReport) -> tuple[Play, ...]:
        """Have it store what was played."""
        return self._ask(ReportPlays(report), PlaysReported).plays

    def undo(self, run: RunId, _now_ns: int) -> Undone:
        """Have it undo a run."""
        return self._ask(UndoRun(run), RunUndone).undone

    def forget(self, forget: Forget) -> Forgotten:
        """Have it forget files."""
        return self._ask(ForgetFiles(forget), FilesForgotten).forgotten

    def add_flavor_documents(self, documents: "Sequence[FlavorDocument]", _now_ns: int) -> int:
        """Have it store documents about recordings, some at a time; return how many are new."""
        parts = [documents[at : at + _DOCUMENTS_AT_ONCE] for at in range(0, len(documents), _DOCUMENTS_AT_ONCE)]
        return sum(self._ask(AddDocuments(tuple(part)), Counted).number for part in parts)

    def clear_flavor_documents(self) -> int:
        """Have it delete all documents about recordings; return how many there were."""
        return self._ask(ClearDocuments(), Counted).number

    def start(self, request: StartImport) -> "RemoteRun":
        """Have it import folders, when its turn comes. Returns at once."""
        lines = self._connected()
        try:
            with suppress(ConnectionError):
                lines.send(request, SILENT_SECONDS)
        except OSError as error:
            lines.close()
            raise self._lost(error) from error
        return RemoteRun(self, lines)

    def receive(self, lines: Lines, within_seconds: float) -> Reply:
        """Wait for the next reply. TimeoutError: there is none yet. LibraryDoorError: there will be none."""
        try:
            reply: Reply = lines.receive(Reply, within_seconds, LONGEST_REPLY)
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise self._lost(error) from error
        return reply

    def silent(self) -> LibraryDoorError:
        """Return the error for a process that does not reply."""
        return LibraryDoorError(
            f"process {self.pid}, which has the library {self._library}, does not reply; it may be stopped, or hang; "
            "whether the command was done is not known"
        )

    def _ask(self, request: Request, kind: type[R]) -> R:
        lines = self._connected()
        try:
            try:
                # One that refuses at once says why, and has left already.
                with suppress(ConnectionError):
                    lines.send(request, SILENT_SECONDS)
                # The process may work for long, but it says so.
                while isinstance(reply := self.receive(lines, SILENT_SECONDS), StillAtIt):
                    """Wait on."""
            except TimeoutError as error:
                raise self.silent() from error
            except ValueError as error:
                raise EditError("a number is not finite; nothing was changed") from error
            except OSError as error:
                raise self._lost(error) from error
        finally:
            lines.close()
        if isinstance(reply, Refused):
            raise error_of(reply)
        if not isinstance(reply, kind):
            raise self._lost(ValueError(f"it replied {type(reply).__name__}"))
        return reply

    def _connected(self) -> Lines:
        lines = Lines(connect_beside(self._library, CONNECT_SECONDS))
        try:
            self.pid = _ours(lines)
            lines.exchange_hello(CONNECT_SECONDS)
        except OtherFormatError as error:
            lines.close()
            raise LibraryDoorError(
                f"the library {self._library} is in use by process {self.pid}, and {error}; end that process, or use "
                "the same version"
            ) from error
        except TimeoutError as error:
            lines.close()
            raise LibraryDoorError(
                f"the library {self._library} is in use by process {self.pid}, which does not reply; nothing was done"
            ) from error
        except ValueError as error:
            lines.close()
            raise LibraryDoorError(f"process {self.pid} beside the library {self._library}: {error}") from error
        except BaseException:
            lines.close()
            raise
        return lines

    def _lost(self, error: Exception) -> LibraryDoorError:
        return LibraryDoorError(
            f"the connection to process {self.pid}, which has the library {self._library}, has ended ({error}); "
            "whether the command was done is not known"
        )


class RemoteRun:
    """An import that another process does. All methods are called in one thread; ``cancel`` in its signal handlers."""

    def __init__(self, holder: Holder, lines: Lines) -> None:
        self._holder = holder
        self._lines = lines
        self._progress = Progress()
        self._report: RunReport | None = None
        self._error: PassageworkError | None = None
        self._heard = time.monotonic()
        self._cancel_wanted = self._cancel_sent = False
        self.queued = False
        """Whether another import is ahead of it."""
        self._settings: str | None = None
        self._on_begun: Callable[[str], object] = _unheard

    @property
    def progress(self) -> Progress:
        """The latest snapshot."""
        return self._progress

    @property
    def done(self) -> bool:
        """Whether the run has ended, well or not."""
        return self._report is not None or self._error is not None

    def cancel(self) -> None:
        """Have it cancelled. Returns at once."""
        self._cancel_wanted = True

    def ended_within(self, timeout_seconds: float) -> bool:
        """Take in what the other process says, at most so long; return whether the run has ended."""
        end = time.monotonic() + timeout_seconds
        while not self.done and (left := end - time.monotonic()) >= 0:
            self._take_in(min(left, LOOK_SECONDS))
        return self.done

    def begun_within(self, timeout_seconds: float) -> bool:
        """Wait until the run has begun, is queued, or has ended; return whether one of these is so."""
        end = time.monotonic() + timeout_seconds
        while not (settled := self.done or self.queued or self._settings is not None):
            if (left := end - time.monotonic()) < 0:
                break
            self._take_in(min(left, LOOK_SECONDS))
        return settled

    def on_begun(self, call: Callable[[str], object]) -> None:
        """Have a function called when the run has begun, with the settings of that process that affect results.

        They are JSON. It is called in the thread that waits for the run; at once, if it has begun.
        """
        self._on_begun = call
        if self._settings is not None:
            call(self._settings)

    def wait(self, timeout: float | None = None) -> RunReport:
        """Wait for the end and return the report.

        Raises:
            TimeoutError: the run has not ended within ``timeout`` seconds; it continues.
            LibraryDoorError: the process has ended, or does not reply.
            PassageworkError: what ended the run there.

        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self.ended_within(LOOK_SECONDS):
            if end is not None and time.monotonic() > end:
                raise TimeoutError("the run has not ended yet")
        if self._report is None:
            raise self._error or self._holder.silent()
        return self._report

    def close(self) -> None:
        """End the connection. A run that has begun goes on."""
        self._lines.close()

    def _take_in(self, within_seconds: float) -> None:
        try:
            if self._cancel_wanted and not self._cancel_sent:
                self._lines.send(CancelImport(), CONNECT_SECONDS)
                self._cancel_sent = True
            reply = self._holder.receive(self._lines, within_seconds)
        except TimeoutError:
            if time.monotonic() - self._heard > SILENT_SECONDS:
                self._error = self._holder.silent()
            return
        except PassageworkError as error:
            self._error = error
            return
        except OSError:
            # What it said before it ended is read first.
            self._cancel_sent = True
            return
        self._heard = time.monotonic()
        self._take(reply)

    def _take(self, reply: Reply) -> None:
        match reply:
            case ImportQueued():
                self.queued = True
            case ImportBegun(settings):
                self._settings = settings
                self._on_begun(settings)
            case Advanced(progress):
                self._progress = progress
            case ImportEnded(report):
                self._report = report
            case Refused():
                self._error = error_of(reply)
            case StillAtIt():
                """It is there."""
            case _:
                self._error = LibraryDoorError(
                    f"process {self._holder.pid} replied {type(reply).__name__} to an import"
                )


def _ours(lines: Lines) -> int:
    """Return the number of the process at the other end, if it is one of this user, or of root."""
    other = lines.other
    if not other.may_command:
        raise PermissionError(f"process {other.pid} of another user listens beside the library")
    return other.pid


def _unheard(_settings: str) -> None:
    """Take no notice."""


def holder_of(library: Path, busy: LibraryBusyError) -> Holder:
    """Reach the process that holds a library, or raise why it cannot be commanded: ``busy`` if it takes no commands."""
    if not HAS_SOCKETS:
        raise busy
    try:
        return Holder(library)
    except OSError as error:
        raise busy from error


def takes_commands(library: Path) -> bool:
    """Return whether a process holds a library and does commands of others."""
    try:
        return HAS_SOCKETS and Holder(library).pid > 0
    except (OSError, LibraryDoorError):
        return False
