"""The rate limit of one host, shared by every importer on the machine through a locked file."""

import contextlib
import errno
import fcntl
import math
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from platformdirs import user_cache_path

LONGEST_HOLD_OFF: Final = 3600.0  # who asks for more is asked once an hour
_SLICE: Final = 0.2  # seconds of one sleep, after which the caller's wish to stop is heard
_LOCK_SLICE: Final = 0.005
_LOCK_PATIENCE: Final = 60.0  # the lock is held for a millisecond; only a stopped process keeps it so long
_RECORD_LIMIT: Final = 128


class RateLimiterError(Exception):
    """The gate's file cannot be used, so no request may start. The message names the file and says what to do."""


class WaitCancelledError(Exception):
    """The caller asked to stop while it waited; no request may start."""


def default_gate_folder() -> Path:
    """Name the folder that all importers of this user share. It outlives a login, unlike the runtime folder."""
    return user_cache_path("passagework") / "gates"


class RateLimiter:
    """Lets requests to one host start at most ``per_second`` times a second, counted from start to start.

    All gates of the same folder and host share the limit: threads, importers and processes. The file holds when it was
    written and when the next start is permitted. A start is claimed under ``flock``; the waiting is done without it,
    so a longer hold-off reaches those who wait already. ``clock`` has to be one for the whole machine: the monotonic
    clock is, and setting the wall clock does not move it. After a restart it begins anew, which shows as a file
    written in the future; then, and where the file is missing or unreadable, a start elsewhere may just have happened,
    and one interval is waited first. Safe to be called from any thread.
    """

    def __init__(
        self,
        folder: Path,
        host: str,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not 1 / LONGEST_HOLD_OFF <= per_second < math.inf:
            raise ValueError(f"a rate has to be at least one request an hour: {per_second}")
        self._path = folder / f"{quote(host.lower(), safe='')}.gate"
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._own_next = -math.inf  # what this gate knows even when the file is lost; guarded by the file's lock

    def pass_through(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Wait until a request may start, and count it as started.

        Raises WaitCancelledError soon after ``cancelled`` says so, and RateLimiterError where the file cannot be used.
        """
        while True:
            with self._locked(cancelled) as file:
                now = self._clock()
                permitted = self._permitted(file, now)
                if permitted <= now:
                    self._write(file, now, now + self._interval)
                    return
            self._wait(permitted - now, cancelled)

    def hold_off(self, seconds: float) -> None:
        """Let no request of anybody start for ``seconds`` from now on, as a service's Retry-After asks.

        Never shortens a wait, and never makes it longer than an hour. Raises RateLimiterError.
        """
        if not seconds > 0:
            return
        with self._locked(None) as file:
            now = self._clock()
            permitted = self._permitted(file, now)
            self._write(file, now, max(permitted, now + min(seconds, LONGEST_HOLD_OFF)))

    def _wait(self, seconds: float, cancelled: Callable[[], bool] | None) -> None:
        until = self._clock() + seconds
        while (remaining := until - self._clock()) > 0:
            _heed(cancelled)
            self._sleep(min(remaining, _SLICE))
        _heed(cancelled)

    def _permitted(self, file: int, now: float) -> float:
        record = _read(file)
        if record is None:
            permitted = now + self._interval
            self._write(file, now, permitted)
        else:
            written, permitted = record
            if written > now:
                permitted += now - written
                self._write(file, now, permitted)
        return max(permitted, self._own_next)

    def _write(self, file: int, now: float, permitted: float) -> None:
        self._own_next = max(self._own_next, permitted)
        data = f"{now!r} {permitted!r}\n".encode("ascii")
        os.pwrite(file, data, 0)
        os.ftruncate(file, len(data))

    @contextlib.contextmanager
    def _locked(self, cancelled: Callable[[], bool] | None) -> Iterator[int]:
        """Open the file and lock it, anew each time: it may be deleted, and a held descriptor would miss that."""
        try:
            while True:
                file = self._open()
                try:
                    self._lock(file, cancelled)
                    if self._still_there(file):
                        yield file
                        return
                finally:
                    os.close(file)
        except OSError as error:
            raise RateLimiterError(
                f"{self._path} cannot be used to keep the request rate ({error.strerror or error}), so no request is "
                "sent. Make it and its folder writable, remove what stands in its place, or name another folder."
            ) from error

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Anyone whom the umask lets may share it. A link or a pipe in its place was put there by someone else.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(errno.EINVAL, "not an ordinary file")
        return file

    def _lock(self, file: int, cancelled: Callable[[], bool] | None) -> None:
        waited = 0.0
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _heed(cancelled)
                if waited > _LOCK_PATIENCE:
                    raise
                self._sleep(_LOCK_SLICE)
                waited += _LOCK_SLICE
            else:
                return

    def _still_there(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), os.lstat(self._path))
        except FileNotFoundError:
            return False


def _read(file: int) -> tuple[float, float] | None:
    """Read when the record was written and what it permits, None where no gate can have written it."""
    try:
        written, permitted = (float(part) for part in os.pread(file, _RECORD_LIMIT, 0).decode("ascii").split())
    except ValueError:
        return None
    # A longer wait than anyone can have asked for; NaN fails every comparison.
    return (written, permitted) if 0 <= permitted - written <= LONGEST_HOLD_OFF + 1 else None


def _heed(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise WaitCancelledError
