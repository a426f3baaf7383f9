"""The ledger: every file that holds a credit, how far it is, and what has to be sent again. Plain, no threads."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from passagework.actors.messages.session import FileAnalysed, FileFound
from passagework.domain.ids import WriteId
from passagework.persistence.write.writes import StoreFailure


class Stage(Enum):
    """How far a file is.

    BEGINNING: its attempt is on the way to the library. READY: the attempt is durable, work may start.
    IN_WORK: the analyzer has it. STORING: its result is on the way to the library.
    """

    BEGINNING = auto()
    READY = auto()
    IN_WORK = auto()
    STORING = auto()


@dataclass(slots=True)
class Entry:
    """One file in flight. ``write_id`` names the message that is to be acknowledged next.

    ``verdict`` is set when the session itself gave the file up; ``strikes`` counts actors that crashed on it.
    """

    found: FileFound
    write_id: WriteId
    stage: Stage
    alone: bool = False
    strikes: int = 0
    outcome: FileAnalysed | None = None
    verdict: StoreFailure | None = None

    @property
    def attempt(self) -> int:
        """Which attempt on the file this is, counting those of processes that died and of actors that crashed."""
        return self.found.attempts + self.strikes + 1


class Ledger:
    """Keeps the entries by path and by write_id, and decides which file is worked on next.

    At most ``window`` files are with the analyzer. Files that were in work when an earlier process died are set aside
    as suspects and come last, one at a time. ``write_ids`` are never used twice, also not by the ledger of a later run.
    """

    def __init__(self, window: int, write_ids: Iterator[int]) -> None:
        self.window = window
        self._write_ids = write_ids
        self._by_path: dict[bytes, Entry] = {}
        self._by_write_id: dict[WriteId, Entry] = {}
        self._ready: deque[Entry] = deque()
        self._in_work = 0
        self._suspects: dict[bytes, FileFound] = {}

    def __len__(self) -> int:
        """Count the files in flight."""
        return len(self._by_path)

    def __iter__(self) -> Iterator[Entry]:
        """Go over the files in flight; entries may be struck out meanwhile."""
        return iter(tuple(self._by_path.values()))

    def knows(self, path: bytes) -> bool:
        """Tell whether the file is in flight or set aside."""
        return path in self._by_path or path in self._suspects

    def set_aside(self, found: FileFound) -> None:
        """Keep a suspect for the end of the run."""
        self._suspects[found.path] = found

    def next_suspect(self) -> FileFound | None:
        """Take the next suspect, if nothing else is in flight."""
        if self._by_path or not self._suspects:
            return None
        return self._suspects.pop(next(iter(self._suspects)))

    def admit(self, found: FileFound, *, alone: bool) -> Entry:
        """Enter a file; its attempt is to be made durable under the entry's write_id."""
        entry = Entry(found, self._new_write_id(), Stage.BEGINNING, alone=alone)
        self._by_path[found.path] = entry
        self._by_write_id[entry.write_id] = entry
        return entry

    def of(self, write_id: WriteId) -> Entry | None:
        """Give the entry that waits for this acknowledgement; None for a stale one."""
        return self._by_write_id.get(write_id)

    def make_ready(self, entry: Entry) -> None:
        """Queue a file for the analyzer, at first or again after a crash."""
        self._leave_work(entry)
        entry.stage = Stage.READY
        entry.outcome = None
        self.renew_write_id(entry)
        self._ready.append(entry)

    def next_for_work(self) -> Entry | None:
        """Take the next file for the analyzer; None while its window is full or nothing is ready."""
        while self._ready and self._in_work < self.window:
            entry = self._ready.popleft()
            if entry.stage is Stage.READY and self._by_path.get(entry.found.path) is entry:
                entry.stage = Stage.IN_WORK
                self._in_work += 1
                return entry
        return None

    def store(self, entry: Entry, outcome: FileAnalysed) -> None:
        """Note that the analyzer sent the result to the library, under the same write_id."""
        self._leave_work(entry)
        entry.stage = Stage.STORING
        entry.outcome = outcome

    def give_up(self, entry: Entry, verdict: StoreFailure) -> None:
        """Note that the session itself stores a failure for this file, under a new write_id."""
        self._leave_work(entry)
        entry.stage = Stage.STORING
        entry.verdict = verdict
        self.renew_write_id(entry)

    def renew_write_id(self, entry: Entry) -> None:
        """Give the entry a new write_id, so that acknowledgements of what was sent before are stale."""
        self._by_write_id.pop(entry.write_id, None)
        entry.write_id = self._new_write_id()
        self._by_write_id[entry.write_id] = entry

    def finish(self, entry: Entry) -> None:
        """Strike the entry out."""
        self._leave_work(entry)
        self._by_write_id.pop(entry.write_id, None)
        self._by_path.pop(entry.found.path, None)

    def abandon(self, stages: Iterable[Stage]) -> int:
        """Strike out every entry in one of these stages, and all suspects; tell how many entries that were."""
        doomed = [entry for entry in self if entry.stage in set(stages)]
        for entry in doomed:
            self.finish(entry)
        self._suspects.clear()
        return len(doomed)

    def _leave_work(self, entry: Entry) -> None:
        if entry.stage is Stage.IN_WORK:
            self._in_work -= 1

    def _new_write_id(self) -> WriteId:
        return WriteId(next(self._write_ids))
