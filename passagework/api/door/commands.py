"""What an importer does for other processes: one command for each connection."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from passagework.api.door.errors import refusal_of
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
    UndoRun,
    ValuesSet,
)
from passagework.api.door.server import Peer
from passagework.api.run import Run
from passagework.domain.edits import Edit, Edited
from passagework.domain.errors import ImporterClosedError, PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.acousticbrainz import FlavorDocument
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.plays import Play, PlayReport
from passagework.domain.undo import Undone
from passagework.logs import logger

LOOK_SECONDS = 0.2
LONGEST_CANCEL = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """What an importer does for others. All may be called from any thread, and raise as its own methods do.

    ``start_if_idle`` returns None while another run is active. ``settings_text`` returns the settings that have an
    effect on results, as JSON.
    """

    edit: Callable[[tuple[Edit, ...]], tuple[Edited, ...]]
    report_plays: Callable[[PlayReport], tuple[Play, ...]]
    undo: Callable[[int], Undone]
    forget: Callable[[Forget], Forgotten]
    add_documents: Callable[[tuple[FlavorDocument, ...]], int]
    clear_documents: Callable[[], int]
    start_if_idle: Callable[[StartImport], Run | None]
    settings_text: Callable[[], str]


class Commands:
    """Answers requests with what the importer does. Each call is in the thread of its peer."""

    def __init__(self, importer: Commanded) -> None:
        self._importer = importer
        self._queue: deque[Peer] = deque()
        """Who waits to import, in the order in which they came."""
        self._lock = threading.Lock()

    def serve(self, peer: Peer, request: Request) -> None:
        """Answer one request. Raises OSError or ValueError if the peer leaves, or says what it should not."""
        if isinstance(request, StartImport):
            try:
                self._import(peer, request)
            except PassageworkError as error:
                peer.reply(refusal_of(error))
            return
        reply: Reply
        try:
            reply = self._reply(request)
        except PassageworkError as error:
            reply = refusal_of(error)
        except Exception as error:  # noqa: BLE001 - logged here, and told where it was asked for
            logger("door").exception("command-failed", command=type(request).__name__)
            reply = Refused("internal-error", int(ExitCode.FAILED), f"{type(error).__name__}: {error}")
        peer.reply(reply)

    def _reply(self, request: Request) -> Reply:
        reply: Reply
        match request:
            case SetValues(edits):
                reply = ValuesSet(self._importer.edit(edits))
            case ReportPlays(report):
                reply = PlaysReported(self._importer.report_plays(report))
            case UndoRun(run):
                reply = RunUndone(self._importer.undo(run))
            case ForgetFiles(forget):
                reply = FilesForgotten(self._importer.forget(forget))
            case AddDocuments(documents):
                reply = Counted(self._importer.add_documents(documents))
            case ClearDocuments():
                reply = Counted(self._importer.clear_documents())
            case StartImport() | CancelImport():
                reply = Refused("library-door", int(ExitCode.LIBRARY_UNAVAILABLE), "there is no import to cancel")
            case _:
                assert_never(request)
        return reply

    def _import(self, peer: Peer, request: StartImport) -> None:
        run = self._begun(peer, request)
        if run is None:
            return
        peer.reply(ImportBegun(self._importer.settings_text()))
        shown = None
        while not run.ended_within(LOOK_SECONDS):
            # The run goes on without whoever started it: what raises here ends the connection alone.
            if _cancelled(peer):
                run.cancel()
            if (progress := run.progress) != shown:
                shown = progress
                peer.reply(Advanced(progress))
        report = run.wait(0)
        peer.reply(Advanced(run.progress))
        peer.reply(ImportEnded(report))

    def _begun(self, peer: Peer, request: StartImport) -> Run | None:
        """Start the run when it is the turn of this peer; None, with a reply, if it does not come to it."""
        with self._lock:
            self._queue.append(peer)
        try:
            told = False
            while True:
                if self._queue[0] is peer and (run := self._importer.start_if_idle(request)) is not None:
                    return run
                if not told:
                    peer.reply(ImportQueued())
                    told = True
                if peer.closing:
                    raise ImporterClosedError("the importer was closed before it came to this import")
                if _cancelled(peer, LOOK_SECONDS):
                    peer.reply(Refused("cancelled", int(ExitCode.INTERRUPTED), "the import was cancelled in the queue"))
                    return None
        finally:
            with self._lock:
                self._queue.remove(peer)


def _cancelled(peer: Peer, within_seconds: float = 0.0) -> bool:
    """Return whether the peer cancels; OSError if it has left, ValueError if it says anything else."""
    try:
        peer.lines.receive(CancelImport, within_seconds, LONGEST_CANCEL)
    except TimeoutError:
        return False
    return True
