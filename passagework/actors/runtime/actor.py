"""The base of all actors: typed dispatch, and crash reports with the current message."""

import queue
from typing import Any, Generic, TypeVar

import pykka

from passagework.actors.runtime.messages import Asked, Down, Ping, SupervisorMessage
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError, Port

M = TypeVar("M")


class BaseActor(pykka.ThreadingActor, Generic[M]):
    """An actor whose failure is reported to the supervisor, not printed as a traceback.

    An exception while a *told* message is handled releases what the actor holds, tells the supervisor ``Down`` and
    stops the actor; messages that are still queued are dropped unread. An exception while an *asked* message is
    handled goes to the asker and changes nothing here. All hooks run in the actor's own thread.
    """

    use_daemon_thread = True

    def __init_subclass__(cls) -> None:
        """Refuse a subclass that replaces a method of Pykka by accident: an actor whose ``_stop`` it is never ends."""
        super().__init_subclass__()
        for name in cls.__dict__:
            if not name.startswith("__") and callable(getattr(pykka.ThreadingActor, name, None)):
                raise TypeError(f"{cls.__name__}.{name} replaces a method of pykka.ThreadingActor")

    def __init__(self, name: ActorName, supervisor: Port[SupervisorMessage]) -> None:
        super().__init__()
        self.name = name
        self._supervisor = supervisor
        self._down = False

    def receive(self, message: M) -> object:
        """Handle one message."""
        raise NotImplementedError

    def release(self) -> None:
        """Give back what the actor holds (connection, worker processes). Called once, at stop or at failure."""

    @property
    def queued(self) -> int:
        """The number of messages in the inbox."""
        return self.actor_inbox.qsize() if isinstance(self.actor_inbox, queue.SimpleQueue) else 0

    @staticmethod
    def _create_actor_inbox() -> "queue.SimpleQueue[Any]":
        """Make the inbox of a new actor: Pykka's own is a queue in Python, which takes ten times as long."""
        return queue.SimpleQueue()

    def on_receive(self, message: M) -> object:
        """Dispatch a message from the inbox."""
        # After a failure the actor handles nothing more. An asking thread waits for a reply, so it gets an error.
        if self._down and isinstance(message, Asked):
            raise NobodyThereError(self.name)
        if self._down or isinstance(message, Ping):
            return None
        if isinstance(message, Asked):
            return self.receive(message)
        try:
            return self.receive(message)
        except Exception as error:  # noqa: BLE001 - the supervisor decides about every error
            self._fail(message, error)
            return None

    def on_stop(self) -> None:
        """Release, unless a failure already did."""
        if not self._down:
            self._down = True
            self.release()

    def _fail(self, message: M, error: Exception) -> None:
        self._down = True
        description = f"{type(error).__name__}: {error}"
        try:
            self.release()
        except Exception as second:  # noqa: BLE001 - the first error is the one that counts
            description += f" (and while releasing: {type(second).__name__}: {second})"
        # After the release: the actor that replaces this one may need the same lock or files.
        self._supervisor.tell(Down(self.name, message, description, error))
        self.stop()
