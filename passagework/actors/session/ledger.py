"""The ledger: every file that holds a credit, how far it is, and what has to be sent again. Plain, no threads."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from passagework.actors.pipeline import PIPELINE, FileInHand, Stage
from passagework.domain.failures import Failure
from passagework.domain.ids import WriteId


class Ledger:
    """Keeps the files by path and by write_id, and decides which file is worked on next.

    At every stage a copy that knows more replaces the file; methods return that copy. At most ``window`` files are
    with the analyzer. Files that were in work when an earlier process died are set aside as suspects and come last,
    one at a time. ``write_ids`` are never used twice, not even by the ledger of a later run.
    """

    def __init__(self, window: int, write_ids: Iterator[int]) -> None:
        self.window = window
        self._write_ids = write_ids
        self._by_path: dict[bytes, FileInHand] = {}
        self._paths: dict[WriteId, bytes] = {}
        self._ready: deque[bytes] = deque()
        self._in_work = 0
        self._suspects: dict[bytes, FileInHand] = {}

    def __len__(self) -> int:
        """Count the files in flight."""
        return len(self._by_path)

    def __iter__(self) -> Iterator[FileInHand]:
        """Iterate over the files in flight; files may move or leave meanwhile."""
        return iter(tuple(self._by_path.values()))

    def knows(self, path: bytes) -> bool:
        """Return whether the file is in flight or set aside."""
        return path in self._by_path or path in self._suspects

    def set_aside(self, file: FileInHand) -> None:
        """Keep a suspect for the end of the run."""
        self._suspects[file.path] = file

    def next_suspect(self) -> FileInHand | None:
        """Take the next suspect, if nothing else is in flight."""
        if self._by_path or not self._suspects:
            return None
        return self._suspects.pop(next(iter(self._suspects)))

    def begin(self, file: FileInHand, *, alone: bool) -> FileInHand:
        """Enter a file whose attempt is to be made durable."""
        return self._move(replace(file, alone=True) if alone else file, Stage.BEGINNING)

    def of(self, write_id: WriteId) -> FileInHand | None:
        """Return the file that waits for this acknowledgement; None for a stale one."""
        path = self._paths.get(write_id)
        return None if path is None else self._by_path.get(path)

    def make_ready(self, file: FileInHand) -> FileInHand:
        """Queue a file for the analyzer, at first or again after a crash."""
        self._ready.append(file.path)
        return self._move(replace(file, failure=None) if file.failure else file, Stage.READY)

    def next_for_work(self) -> FileInHand | None:
        """Take the next file for the analyzer; None while its window is full or nothing is ready."""
        while self._ready and self._in_work < self.window:
            file = self._by_path.get(self._ready.popleft())
            # The file may have left the ledger meanwhile, or have been queued twice.
            if file is not None and file.stage is Stage.READY:
                return self._move(file, Stage.IN_WORK, keep_write_id=True)
        return None

    def store(self, file: FileInHand) -> FileInHand:
        """Enter a file as the analyzer returns it: its result was sent to the library, under the same write_id."""
        # What counts is where the ledger has the file; the copy that travelled was made when it was sent.
        self._leave(self._by_path[file.path], Stage.STORING)
        self._by_path[file.path] = file
        return file

    def give_up(self, file: FileInHand, failure: Failure) -> FileInHand:
        """Enter a failure of a file; no more work is done on it."""
        return self._move(replace(file, failure=failure), Stage.STORING)

    def strike(self, file: FileInHand) -> FileInHand:
        """Count an actor that crashed on the file."""
        struck = replace(file, strikes=file.strikes + 1)
        self._by_path[file.path] = struck
        return struck

    def finish(self, file: FileInHand) -> None:
        """Remove the file."""
        # The caller may hold an older copy, with the write_id and stage of then.
        mine = self._by_path.pop(file.path)
        self._paths.pop(mine.write_id, None)
        self._in_work -= mine.stage is Stage.IN_WORK

    def abandon(self, stages: Iterable[Stage]) -> None:
        """Remove every file in one of these stages, and all suspects."""
        unwanted = frozenset(stages)
        for file in self:
            if file.stage in unwanted:
                self.finish(file)
        self._suspects.clear()

    def _move(self, file: FileInHand, stage: Stage, *, keep_write_id: bool = False) -> FileInHand:
        """Move a file to another stage. With a new write_id, acknowledgements of earlier messages are stale."""
        self._leave(file, stage)
        self._in_work += stage is Stage.IN_WORK
        write_id = file.write_id
        if not keep_write_id:
            self._paths.pop(write_id, None)
            write_id = WriteId(next(self._write_ids))
            self._paths[write_id] = file.path
        moved = file.at(stage, write_id=write_id)
        self._by_path[file.path] = moved
        return moved

    def _leave(self, file: FileInHand, stage: Stage) -> None:
        assert stage in PIPELINE[file.stage].then, f"{file.stage} -> {stage}"
        self._in_work -= file.stage is Stage.IN_WORK
