"""What the importer and its watch do now, as its events tell."""

import threading
from collections.abc import Mapping

from passagework.api.importer import Importer
from passagework.api.run import Run
from passagework.domain.following import FollowingChanged
from passagework.domain.progress import Event, LibraryPaused, LibraryResumed, RunFinished
from passagework.json_forms.events import progress_json
from passagework.json_forms.following import following_json
from passagework.service.errors import NotActiveError


class RunBoard:
    """Follows one importer. ``hear`` is called in the thread of a listener; all else by any thread, without waiting."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._lock = threading.Lock()
        self._following: dict[bytes, FollowingChanged] = {}
        self._library_paused: str | None = None
        self.runs_finished = 0
        self.files_failed = 0
        self.files_done = 0

    def hear(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case FollowingChanged(folder=folder):
                with self._lock:
                    self._following[folder] = event
            case LibraryPaused(reason=reason):
                self._library_paused = reason
            case LibraryResumed():
                self._library_paused = None
            case RunFinished():
                self.runs_finished += 1
            case _:
                """It is in the library, or in the progress of the run."""

    @property
    def active(self) -> Run | None:
        """The run that goes on."""
        run = self._importer.current_run
        return None if run is None or run.done else run

    def run_named(self, number: int) -> Run:
        """Return the run that goes on, if it has this number; NotActiveError otherwise."""
        run = self.active
        if run is None or run.number != number:
            raise NotActiveError(f"run {number} does not go on")
        return run

    @property
    def following(self) -> Mapping[bytes, FollowingChanged]:
        """How folders are followed."""
        with self._lock:
            return dict(self._following)

    def run_json(self) -> dict[str, object] | None:
        """Return the run that goes on, with its progress."""
        run = self.active
        return None if run is None else {"run": run.number, **progress_json(run.progress)}

    def now_json(self) -> dict[str, object]:
        """Return what goes on now."""
        return {
            "current_run": self.run_json(),
            "library_paused": self._library_paused,
            "following": [following_json(one) for one in self.following.values()],
        }
