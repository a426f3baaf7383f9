"""Messages that every actor or its supervisor takes."""

from dataclasses import dataclass

from passagework.actors.runtime.names import ActorName


class Asked:
    """A message with a reply: its errors are raised in the asking thread and leave the actor alive."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ping(Asked):
    """Gets a reply when all earlier messages have been handled."""


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """The importer as a whole rests now, or goes on: whoever does something by itself asks which."""


@dataclass(frozen=True, slots=True)
class StartAll(Asked):
    """Start the actors bottom-up; the reply is None, or the first error is raised."""


@dataclass(frozen=True, slots=True)
class Down:
    """An actor failed on ``message`` and handles no more; ``error`` describes ``cause`` in one line."""

    name: ActorName
    message: object
    error: str
    cause: Exception


@dataclass(frozen=True, slots=True)
class Restart:
    """Replace the actor now. Sent by the scheduler after the back-off."""

    name: ActorName
    down: Down


@dataclass(frozen=True, slots=True)
class StopAll(Asked):
    """Drain, then stop the actors top-down; the reply is None, or the error of the drain is raised."""

    drain: bool = True


@dataclass(frozen=True, slots=True)
class ActorRestarted:
    """An actor was replaced after a crash on ``message``."""

    name: ActorName
    message: object
    error: str


SupervisorMessage = Ping | StartAll | Down | Restart | StopAll
