"""The supervisor: starts the actors bottom-up, replaces those that fail, and stops them top-down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import pykka

from passagework.actors.runtime.actor import BaseActor
from passagework.actors.runtime.backoff import Restarts
from passagework.actors.runtime.clock import Clock
from passagework.actors.runtime.messages import (
    ActorRestarted,
    Asked,
    Down,
    Ping,
    Restart,
    StartAll,
    StopAll,
    SupervisorMessage,
)
from passagework.actors.runtime.names import ActorName
from passagework.actors.runtime.port import NobodyThereError, Port
from passagework.actors.runtime.scheduler import Scheduler
from passagework.logs import logger

START_TIMEOUT_SECONDS = 600.0
"""Long enough for the migration of a large library."""

STOP_TIMEOUT_SECONDS = 60.0
DRAIN_TIMEOUT_SECONDS = 600.0

FIRST_RESTART_SECONDS = 0.05
LONGEST_RESTART_SECONDS = 5.0


@dataclass(slots=True)
class Child:
    """How one actor is made (its class, and what it works with) and where it is reached.

    ``first`` is asked of each new incarnation before any other thread can reach it, ``last`` before the stop, if the
    actor is alive; both may raise. An ``essential`` actor holds state that only a new run can build again, so its
    failure ends the run.
    """

    name: ActorName
    actor: type[pykka.Actor]
    parts: object
    port: Port[Ping]
    first: Asked = field(default_factory=Ping)
    last: Asked | None = None
    essential: bool = False
    restarts: Restarts = field(default_factory=lambda: Restarts(FIRST_RESTART_SECONDS, LONGEST_RESTART_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorParts:
    """What a supervisor works with: its children in start order, and the callback for when restarting does not help.

    ``permanent`` are errors after which a restart cannot help and can only do harm.
    """

    children: tuple[Child, ...]
    restarted: Port[ActorRestarted]
    own_port: Port[SupervisorMessage]
    clock: Clock
    scheduler: Scheduler
    escalate: Callable[[str, Exception | None], None]
    permanent: tuple[type[Exception], ...] = ()


class SupervisorActor(BaseActor[SupervisorMessage]):
    """Restarts a failed actor after a back-off; gives up when that happens too often."""

    def __init__(self, parts: SupervisorParts) -> None:
        super().__init__(ActorName.SUPERVISOR, parts.own_port)
        self._parts = parts
        self._log = logger("supervisor")
        self._refs: dict[ActorName, pykka.ActorRef[pykka.Actor]] = {}
        self._stopping = False

    def receive(self, message: SupervisorMessage) -> None:
        """Handle one message."""
        match message:
            case StartAll():
                self._start_all()
            case Down():
                self._replace(message)
            case Restart(name, down):
                self._restart(name, down)
            case StopAll(drain):
                self._stop_all(drain=drain)
            case Ping():
                """The base actor replies."""
            case _:
                assert_never(message)

    def release(self) -> None:
        """Stop what still runs, when the supervisor itself fails or is stopped by its host."""
        if not self._stopping:
            self._parts.escalate("the actors of this importer were stopped from outside", None)
        self._stop_all(drain=False)

    def _start_all(self) -> None:
        try:
            for child in self._parts.children:
                self._start_child(child)
        except Exception:
            self._stop_all(drain=False)
            raise

    def _start_child(self, child: Child) -> None:
        ref = child.actor.start(self._parts.own_port, child.parts)
        self._refs[child.name] = ref
        # The port comes last: no actor may send a message before, for example, the library is open.
        _ask(ref, child.name, child.first, START_TIMEOUT_SECONDS)
        child.port.bind(ref)

    def _replace(self, down: Down) -> None:
        child = self._child(down.name)
        child.port.bind(None)
        self._refs.pop(down.name, None)
        if self._stopping:
            return
        self._log.error("actor-failed", name=str(down.name), message=type(down.message).__name__, error=down.error)
        # There are three cases in which a restart cannot help: the state of the actor is lost with it, the error is
        # permanent, or the actor has failed too often.
        if (
            child.essential
            or isinstance(down.cause, self._parts.permanent)
            or (delay := child.restarts.next_delay(self._parts.clock.monotonic())) is None
        ):
            self._stopping = True
            self._parts.escalate(f"the {down.name} failed: {down.error}", down.cause)
            return
        restart = Restart(down.name, down)
        self._parts.scheduler.later(delay, lambda: self._parts.own_port.tell(restart))

    def _restart(self, name: ActorName, down: Down) -> None:
        if self._stopping:
            return
        child = self._child(name)
        try:
            self._start_child(child)
        except Exception as error:  # noqa: BLE001 - another failure of the same actor
            self._stop_child(child)
            self._replace(Down(name, down.message, f"{type(error).__name__}: {error}", error))
            return
        # After the port is bound: the session replies by sending work to the new actor.
        self._parts.restarted.tell(ActorRestarted(name, down.message, down.error))

    def _stop_all(self, *, drain: bool) -> None:
        """Stop top-down. The first error of a drain is raised when everything has stopped."""
        # First of all: an actor that fails during the stop must not be replaced.
        self._stopping = True
        first_error: Exception | None = None
        for child in reversed(self._parts.children):
            ref = self._refs.get(child.name)
            if drain and ref is not None and child.last is not None:
                try:
                    _ask(ref, child.name, child.last, DRAIN_TIMEOUT_SECONDS)
                except Exception as error:  # noqa: BLE001 - everything is stopped before it is raised
                    first_error = first_error or error
            self._stop_child(child)
        if first_error is not None:
            raise first_error

    def _stop_child(self, child: Child) -> None:
        """Stop an actor. One that hangs, on a dead network disk for instance, must not keep the others from ending."""
        child.port.bind(None)
        ref = self._refs.pop(child.name, None)
        if ref is None:
            return
        try:
            ref.stop(block=True, timeout=STOP_TIMEOUT_SECONDS)
        except pykka.Timeout:
            self._log.error("actor-hangs", name=str(child.name), waited_seconds=STOP_TIMEOUT_SECONDS)

    def _child(self, name: ActorName) -> Child:
        return next(child for child in self._parts.children if child.name == name)


def _ask(ref: "pykka.ActorRef[pykka.Actor]", name: ActorName, message: Asked, timeout_seconds: float) -> None:
    """Ask an actor that has no port yet, or no longer has one."""
    try:
        ref.ask(message, timeout=timeout_seconds)
    except (pykka.ActorDeadError, pykka.Timeout) as error:
        raise NobodyThereError(name) from error
