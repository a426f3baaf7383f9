"""Tell systemd how the service is: datagrams to the socket that it names (sd_notify(3))."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

_MICROSECONDS: Final = 1_000_000
_LONGEST_STATUS: Final = 500


class SystemdNotifier:
    """Speaks to systemd; without it, it does nothing. Any thread may call it, also a signal handler's loop."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        # One that begins with @ has no file: its name begins with a zero byte.
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog_seconds = _watchdog_seconds(environ)
        """How often to say that all is well: twice in the time that systemd waits. None: it does not wait."""

    def ready(self) -> None:
        """Say that it answers requests, also again after ``reloading``."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is read again."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1_000}")

    def stopping(self) -> None:
        """Say that it ends."""
        self._send("STOPPING=1")

    def status(self, words: str) -> None:
        """Say what it does, for ``systemctl status``."""
        self._send(f"STATUS={' '.join(words.split())[:_LONGEST_STATUS]}")

    def alive(self) -> None:
        """Say that all is well; systemd ends a service that does not say it in time."""
        self._send("WATCHDOG=1")

    def longer(self, seconds: float) -> None:
        """Ask for more time to start: a large library is brought up to date."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * _MICROSECONDS)}")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(1)
            sender.sendto(text.encode("utf-8", "replace"), self._address)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", "0"))
    except ValueError:
        return None
    return microseconds / _MICROSECONDS / 2 if microseconds > 0 else None
