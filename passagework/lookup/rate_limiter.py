"""A rate limiter for one host, shared by every importer on the machine through a locked file."""

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

from passagework.lookup.waiting_limits import LONGEST_HOLD_OFF, LONGEST_WAIT

_SLICE: Final = 0.2  # seconds of one sleep, after which cancellation is checked
_LOCK_SLICE: Final = 0.005
_LOCK_PATIENCE: Final = 60.0  # the lock is held for a millisecond; only a suspended process holds it this long
_RECORD_LIMIT: Final = 128


class RateLimiterError(Exception):
    """The limiter's file cannot be used, so no request may start. The message says which file and what to do."""


class WaitCancelledError(Exception):
    """The caller cancelled the wait; no request may start."""


class HeldOffError(Exception):
    """A request would wait for longer than LONGEST_WAIT, so it did not start. It may in ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no request to this service may start for {seconds:.0f} s")
        self.seconds = seconds


def default_limiter_folder() -> Path:
    """Return the folder that all importers of this user share. Unlike the runtime folder it survives a logout."""
    return user_cache_path("passagework") / "gates"


class RateLimiter:
    """Lets requests to one host start at most ``per_second`` times a second, counted from start to start.

    All limiters of the same folder and host share the limit: threads, importers and processes. The file holds the time
    of its writing and of the next permitted start. A start is claimed under ``flock``; the wait is without the lock,
    so a longer hold-off also affects waiting requests. ``clock`` must be common to the whole machine: the monotonic
    clock is, and setting the wall clock does not change it. It restarts with the machine, which shows as a file
    written in the future. In that case, and if the file is missing or unreadable, a request may just have started
    elsewhere, so the limiter first waits for one interval. Thread-safe.
    """

    def __init__(
        self,
        folder: Path,
        host: str,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not 1 / LONGEST_WAIT <= per_second < math.inf:
            raise ValueError(f"a rate has to be at least one request in {LONGEST_WAIT:.0f} s: {per_second}")
        self._path = folder / f"{quote(host.lower(), safe='')}.gate"
        self._interval = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._own_next = -math.inf  # known here even if the file is lost; guarded by the file's lock

    def pass_through(self, cancelled: Callable[[], bool] | None = None) -> None:
        """Wait until a request may start, and count it as started.

        Raises HeldOffError at once if that is in more than LONGEST_WAIT from the call, WaitCancelledError soon after
        ``cancelled`` returns true, and RateLimiterError if the file is unusable.
        """
        began = self._clock()
        while True:
            with self._locked(cancelled) as file:
                now = self._clock()
                permitted = self._permitted(file, now)
                if permitted <= now:
                    self._write(file, now, now + self._interval)
                    return
            # Somebody else may have extended the wait meanwhile, so all of it counts.
            if permitted - began > LONGEST_WAIT:
                raise HeldOffError(permitted - now)
            self._wait(permitted - now, cancelled)

    def hold_off(self, seconds: float) -> None:
        """Let no request of any importer start for the next ``seconds``, as a service's Retry-After demands.

        Never shortens a wait, and never extends it beyond an hour. Raises RateLimiterError.
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
        """Open and lock the file, each time again: it may be deleted, and a kept descriptor would not show that."""
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
                f"{self._path} cannot be used to limit the request rate ({error.strerror or error}), so no request is "
                "sent. Make it and its folder writable, remove what is in its place, or name another folder."
            ) from error

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The umask decides which users may share it. A link or a pipe in its place was created by another program.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(errno.EINVAL, "not a regular file")
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
    """Read when the record was written and what it permits, None if no limiter can have written it."""
    try:
        written, permitted = (float(part) for part in os.pread(file, _RECORD_LIMIT, 0).decode("ascii").split())
    except ValueError:
        return None
    # A longer wait than can be requested; NaN fails every comparison.
    return (written, permitted) if 0 <= permitted - written <= LONGEST_HOLD_OFF + 1 else None


def _heed(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise WaitCancelledError
