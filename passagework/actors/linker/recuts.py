"""Files that are cut again in a run because they hold releases: which, and how often. Plain, no threads."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from passagework.actors.linker.identification_round import Recut
from passagework.actors.pipeline import FileInHand
from passagework.domain.given_cuts import Given
from passagework.domain.ids import RunId
from passagework.domain.waiting import WaitingFile
from passagework.persistence.write.writes import StoreTrackList, Write

_MOST: Final = 2
"""Times that a file is cut again in one run: other pieces may name another release, once."""


class Recuts:
    """``in_work``: files are being cut again, so nothing is pulled until the session asks for links."""

    def __init__(self) -> None:
        self.in_work = False
        self._run: RunId | None = None
        self._times: Counter[bytes] = Counter()
        self._waiting: dict[tuple[RunId, bytes], FileInHand] = {}

    def begin(self, run: RunId, of: Recut) -> None:
        """Note the files of a group that are to be cut, until the library has what by."""
        if run != self._run:
            self._run = run
            self._times.clear()
        for file in of.group:
            if file.path in of.lists and file.as_cut is not None:
                self._times[file.path] += 1
                self._waiting[run, file.path] = FileInHand(
                    run=run,
                    path=file.path,
                    stamp=file.as_cut.stamp,
                    # An attempt with the number of an earlier one of the run would count as the same.
                    earlier_attempts=self._times[file.path],
                    given=Given(track_list=of.lists[file.path], list_of=file.as_cut.audio_hash),
                    cut_again=file.as_cut.run == run,
                )

    def stored(self, written: Iterable[Write]) -> tuple[FileInHand, ...]:
        """Return the files that can be cut now: by what is durable."""
        keys = [(one.run, one.path) for one in written if isinstance(one, StoreTrackList)]
        files = tuple(self._waiting.pop(key) for key in keys if key in self._waiting)
        self.in_work = self.in_work or bool(files)
        return files

    def done(self, run: RunId) -> None:
        """Note that what was cut is stored; a new run begins anew."""
        self.in_work = False
        self._waiting = {key: file for key, file in self._waiting.items() if key[0] == run}

    def as_far_as_possible(self, file: WaitingFile) -> WaitingFile:
        """Return a file as it is to be decided: one that was cut often enough in this run stays as it is cut."""
        return replace(file, as_cut=None) if self._times[file.path] >= _MOST else file
