"""The supervisor: starts the actors bottom-up, replaces those that fail, and stops them top-down."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pykka

from passagework.actors.actor import BaseActor
from passagework.actors.backoff import Backoff, RestartBudget
from passagework.actors.clock import Clock
from passagework.actors.messages import (
    ActorRestarted,
    Down,
    Ping,
    Restart,
    SessionMessage,
    StartAll,
    StopAll,
    SupervisorMessage,
)
from passagework.actors.port import Port
from passagework.actors.scheduler import Scheduler
from passagework.logs import logger

START_TIMEOUT_SECONDS = 600.0
"""Long enough for the migration of a large library."""

STOP_TIMEOUT_SECONDS = 60.0

FIRST_RESTART_SECONDS = 0.05
LONGEST_RESTART_SECONDS = 5.0


def _nothing() -> None:
    """Stand for a step that an actor does not need."""


@dataclass(slots=True)
class Child:
    """How one actor is made (its class, and what it works with) and where it is reached.

    ``prepare`` runs after each start and ``finish`` before the stop; both may raise. An ``essential`` actor holds
    state that only a new run can build again, so its failure ends the run.
    """

    name: str
    actor: type[pykka.Actor]
    parts: object
    port: Port[Ping]
    prepare: Callable[[], object] = _nothing
    finish: Callable[[], object] = _nothing
    essential: bool = False
    backoff: Backoff = field(default_factory=lambda: Backoff(FIRST_RESTART_SECONDS, LONGEST_RESTART_SECONDS))
    budget: RestartBudget = field(default_factory=RestartBudget)


@dataclass(frozen=True, slots=True)
class SupervisorParts:
    """What a supervisor works with: its children in start order, and whom to tell when restarting does not help."""

    children: tuple[Child, ...]
    session: Port[SessionMessage]
    own_port: Port[SupervisorMessage]
    clock: Clock
    scheduler: Scheduler
    escalate: Callable[[str], None]


class SupervisorActor(BaseActor[SupervisorMessage]):
    """Restarts a failed actor after a back-off; gives up when that happens too often."""

    def __init__(self, parts: SupervisorParts) -> None:
        super().__init__("supervisor", parts.own_port)
        self._parts = parts
        self._log = logger("supervisor")
        self._refs: dict[str, pykka.ActorRef[pykka.Actor]] = {}
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
                pass

    def release(self) -> None:
        """Stop what still runs, when the supervisor itself fails or is stopped by its host."""
        if not self._stopping:
            self._parts.escalate("the actors of this importer were stopped from outside")
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
        child.port.bind(ref)
        child.port.ask(Ping(), START_TIMEOUT_SECONDS)
        child.prepare()

    def _replace(self, down: Down) -> None:
        child = self._child(down.name)
        child.port.bind(None)
        if self._stopping:
            return
        self._log.error("actor-failed", name=down.name, message=type(down.message).__name__, error=down.error)
        if child.essential or not child.budget.allows(self._parts.clock.monotonic()):
            self._stopping = True
            self._parts.escalate(f"the {down.name} failed: {down.error}")
            return
        restart = Restart(down.name, down)
        self._parts.scheduler.later(child.backoff.next_delay(), lambda: self._parts.own_port.tell(restart))

    def _restart(self, name: str, down: Down) -> None:
        if self._stopping:
            return
        child = self._child(name)
        try:
            self._start_child(child)
        except Exception as error:  # noqa: BLE001 - another failure of the same actor
            self._stop_child(child)
            self._replace(Down(name, down.message, f"{type(error).__name__}: {error}"))
            return
        self._parts.session.tell(ActorRestarted(name, down.message, down.error))

    def _stop_all(self, *, drain: bool) -> None:
        """Stop top-down. The first error of a drain is raised when everything has stopped."""
        self._stopping = True
        first_error: Exception | None = None
        for child in reversed(self._parts.children):
            if drain and child.name in self._refs:
                try:
                    child.finish()
                except Exception as error:  # noqa: BLE001 - everything is stopped before it is raised
                    first_error = first_error or error
            self._stop_child(child)
        if first_error is not None:
            raise first_error

    def _stop_child(self, child: Child) -> None:
        child.port.bind(None)
        ref = self._refs.pop(child.name, None)
        if ref is not None:
            ref.stop(block=True, timeout=STOP_TIMEOUT_SECONDS)

    def _child(self, name: str) -> Child:
        return next(child for child in self._parts.children if child.name == name)
