"""What a watch says of the folders that it follows."""

from dataclasses import dataclass
from enum import StrEnum


class FollowWay(StrEnum):
    """How changes of a folder are noticed."""

    NOTIFIED = "notified"
    """The system tells (inotify)."""
    POLLED = "polled"
    """The folder is looked through at intervals."""
    GONE = "gone"
    """The folder is not there; it is followed again when it is back."""


@dataclass(frozen=True, slots=True)
class FollowingChanged:
    """A watch follows a folder from now on, follows it in another way, or has lost it; ``reason`` says why."""

    folder: bytes
    way: FollowWay
    reason: str


@dataclass(frozen=True, slots=True)
class WatchOverflow:
    """So much happened in the folders that the kernel lost some of it, or the watch has begun anew after a defect.

    Everything is looked through, so nothing is missed; it may only be found later. ``reason`` says which it was.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class WatchFailed:
    """A watch could not continue, and has ended; ``Watch.wait`` raises why: an error of this code and message."""

    code: str
    reason: str


FollowingEvent = FollowingChanged | WatchOverflow | WatchFailed
