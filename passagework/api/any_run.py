"""What an import is for whoever follows it: one of this process, or one that another process does for it."""

from typing import Protocol

from passagework.domain.progress import Progress, RunReport


class AnyRun(Protocol):
    """A run; see :class:`passagework.Run`."""

    @property
    def progress(self) -> Progress:
        """The latest snapshot."""

    def cancel(self) -> None:
        """End the run soon. Returns at once; a signal handler may call it."""

    def ended_within(self, timeout_seconds: float) -> bool:
        """Wait at most ``timeout_seconds`` for the end; return whether the run has ended."""

    def wait(self, timeout: float | None = None) -> RunReport:
        """Wait for the end and return the report."""
