"""Addresses that outlive the actors behind them."""

from typing import Generic, TypeVar

import pykka

from passagework.actors.runtime.names import ActorName
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.own_process import OwnProcess

M_contra = TypeVar("M_contra", contravariant=True)


class NobodyThereError(PassageworkError):
    """The actor behind a port is being restarted, is too slow, or was stopped."""

    code = "importer-unavailable"
    exit_code = ExitCode.FAILED

    def __init__(self, name: ActorName) -> None:
        super().__init__(f"the {name} of this importer is not there: restarting, closed, or too slow to answer")


class Port(Generic[M_contra]):
    """Where one actor is reached, across its restarts. ``M_contra`` is the union of messages it takes.

    The supervisor binds a port to each new incarnation. Any thread may tell. A message to a port without a living
    actor is dropped; its sender sends again what was not acknowledged (``actors/pipeline.py`` for files,
    ``UnacknowledgedWrites`` for everything else).
    """

    def __init__(self, name: ActorName) -> None:
        self.name = name
        self._ref: pykka.ActorRef[pykka.Actor] | None = None
        self._process = OwnProcess()

    def bind(self, ref: "pykka.ActorRef[pykka.Actor] | None") -> None:
        """Point the port to an actor, or to none. Called only by the supervisor."""
        self._ref = ref

    def tell(self, message: M_contra) -> bool:
        """Put a message into the actor's inbox; False if no actor is there."""
        ref = self._ref
        if ref is None:
            return False
        try:
            ref.tell(message)
        except pykka.ActorDeadError:
            return False
        return True

    def ask(self, message: M_contra, timeout_seconds: float) -> object:
        """Send a message and wait for the reply; errors of the actor are raised here.

        Raises:
            NobodyThereError: no actor is behind the port, or the reply did not come in time.
            ImporterForkedError: the actors are in the process from which this one was forked.

        """
        self._process.check()
        ref = self._ref
        if ref is None:
            raise NobodyThereError(self.name)
        try:
            return ref.ask(message, timeout=timeout_seconds)
        except (pykka.ActorDeadError, pykka.Timeout) as error:
            raise NobodyThereError(self.name) from error
