"""A persistence actor that was never started, those who write to it, and what is left when it or its process dies."""

import shutil
import sqlite3
from contextlib import contextmanager
from itertools import count
from types import SimpleNamespace

from passagework.actors.messages import (
    CloseRun,
    Committed,
    Down,
    LibraryDegraded,
    LibraryRecovered,
    OpenLibrary,
    OpenRun,
    Rejected,
    RunClosed,
    RunOpened,
    Submit,
)
from passagework.actors.outstanding import Outstanding
from passagework.actors.persistence import PersistenceActor, PersistenceParts
from passagework.domain.errors import LibraryUnavailableError

from .model import Model
from .unreliable import KilledError, UnreliableStore

RETRY_SECONDS = 5
MANY = 10**6


class Sender:
    """Writes to the library and keeps what was not answered, to send it again when the actor was replaced.

    ``keeps_tokens``: as the session does it; the linker sends what it makes again under new tokens.
    """

    def __init__(self, world, name, *, keeps_tokens):
        self.world = world
        self.port = world.stage.ports[name]
        self.keeps_tokens = keeps_tokens
        self.tokens = count(1)
        self.pending = {}
        self.port.bind(self)

    def send(self, letter):
        self._hand_over(next(self.tokens), letter)
        self.world.outstanding.add(1)

    def send_again(self):
        letters, self.pending = self.pending, {}
        for token, letter in letters.items():
            self._hand_over(token if self.keeps_tokens else next(self.tokens), letter)

    def tell(self, message):
        """Hear an answer, as the actor behind the port would."""
        match message:
            case Committed(tokens):
                assert tokens
                for token in tokens:
                    letter = self._answered(token)
                    assert letter.durable, "acknowledged, and not in the library"
                    assert not letter.rejected, f"acknowledged although {letter.poison}"
            case Rejected(token, failure):
                letter = self._answered(token)
                assert letter.rejected, f"rejected without a reason of its own: {failure}"
                assert letter.durable
                assert failure.detail
            case _:
                self.world.hear(message)

    def _hand_over(self, token, letter):
        self.pending[token] = letter
        self.world.letters[id(letter.write)] = letter
        self.world.library.tell(Submit(letter.write, token, self.port))

    def _answered(self, token):
        assert token in self.pending, "answered twice, or never sent"
        letter = self.pending.pop(token)
        letter.answered = True
        self.world.outstanding.add(-1)
        return letter


class World:
    """Everything around the actor; also the witness of what its store does."""

    def __init__(self, stage, folder, template, rules):
        self.stage, self.folder, self.rules = stage, folder, rules
        self.library = stage.ports["persistence"]
        self.outstanding = Outstanding()
        self.model = Model()
        self.letters = {}
        self.deliveries = []
        self.next_fate = None
        self.pages = None
        self.foreigner = None
        self.actor = self.store = self.reader = None
        self.incarnations = count(1)
        self.tickets = count(1)
        self.opening, self.closing = {}, {}
        self.run = None
        self.doubtful = None
        self.troubled = False
        self.unchecked = False
        self._effect = None
        self._attempts = self._commits = 0
        self.path = folder / "0" / "music.passages"
        self.path.parent.mkdir()
        shutil.copyfile(template, self.path)
        self.senders = [
            Sender(self, "session", keeps_tokens=True),
            Sender(self, "analyzer", keeps_tokens=True),
            Sender(self, "linker", keeps_tokens=False),
        ]
        stage.ports["supervisor"].bind(SimpleNamespace(tell=self.supervise))
        self.replace_actor()
        self.open_run()
        self.go()

    # Runs, as the session orders them

    def open_run(self):
        ticket = next(self.tickets)
        self.opening[ticket] = OpenRun(ticket, f"ticket {ticket}", "{}", (b"/music",), self.stage.ports["session"])
        self.library.tell(self.opening[ticket])

    def close_run(self, run, state):
        self.closing[run] = CloseRun(run, state, 2, 1, self.stage.ports["session"])
        self.library.tell(self.closing[run])

    def hear(self, message):
        match message:
            case RunOpened(run, ticket):
                assert run in self.model.runs
                self.run = run
                self.opening.pop(ticket, None)
            case RunClosed(run):
                self.closing.pop(run, None)
            case LibraryDegraded(reason):
                assert reason
                assert not self.troubled, "said twice"
                self.troubled = True
            case LibraryRecovered():
                assert self.troubled
                self.troubled = False

    # The actor, as its supervisor starts and replaces it

    def replace_actor(self):
        """Open the library in a new actor; everybody sends again what was not answered. Later, if it does not open."""
        stage = self.stage
        parts = PersistenceParts(
            self.open,
            stage.ports["session"],
            self.library,
            self.outstanding,
            stage.clock,
            stage.scheduler,
            self.rules,
        )
        self.actor = stage.put_actor("persistence", PersistenceActor(stage.ports["supervisor"], parts))
        self.library.bind(None)
        try:
            self.actor.on_receive(OpenLibrary())
        except LibraryUnavailableError:
            self.actor = self.store = None
            self.stage.scheduler.later(RETRY_SECONDS, self.replace_actor)
            return
        self.library.bind(self.stage.pumped["persistence"])
        self.troubled = False
        for order in (*self.opening.values(), *self.closing.values()):
            self.library.tell(order)
        for sender in self.senders:
            sender.send_again()

    def open(self):
        self.store = UnreliableStore(self.path, self)
        self.store.limit(self.pages)
        return self.store

    def supervise(self, message):
        assert isinstance(message, Down)
        self.library.bind(None)
        self.actor = self.store = None
        self.stage.pumped.pop("persistence")
        self.stage.scheduler.later(RETRY_SECONDS, self.replace_actor)

    def crash(self):
        """Let the actor fail at a message of no consequence; what waits in its mailbox is lost."""
        self.actor._fail(None, RuntimeError("a defect"))

    def go(self, most=MANY):
        """Let the actor handle its mailbox, or a part of it. It may not outlive that, nor may its process."""
        while most and self.actor is not None and not self.actor.actor_inbox.empty():
            most -= 1
            self.ask(self.actor.actor_inbox.get_nowait().message)

    def ask(self, message):
        """Have a message handled at once, as if the mailbox were empty."""
        try:
            return self.actor.on_receive(message)
        except KilledError:
            self.rise_again()
            return None

    def advance(self, seconds):
        end = self.stage.clock.now + seconds
        due = self.stage.scheduler.due
        while due and due[0][0] <= end:
            self.stage.clock.now = max(self.stage.clock.now, due[0][0])
            self.stage.scheduler.run_due()
            self.go()
        self.stage.clock.now = end

    # The process

    def killed(self):
        """Take what is on the disk at this moment, with the connections still open."""
        self._left = self.folder / str(next(self.incarnations))
        self._left.mkdir()
        for file in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            if file.exists():
                shutil.copyfile(file, self._left / file.name)

    def kill(self):
        self.killed()
        self.rise_again()

    def rise_again(self):
        """Start the next process on what the last one left. The locks of other programs are on the former files."""
        self.stage.pumped.pop("persistence", None)
        self.stage.scheduler.due.clear()
        self.close()
        shutil.rmtree(self.path.parent)
        self.path = self._left / self.path.name
        self.replace_actor()

    def restart(self):
        """End the process in order, whatever was left undone, and start the next one on the same library."""
        if self.actor is not None:
            self.actor.on_stop()
            self.stage.scheduler.due.clear()
            self.replace_actor()

    def stop_reading(self):
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    def close(self):
        self.let_go()
        for owner in (self.store, self.reader):
            if owner is not None:
                owner.close()
        self.actor = self.store = self.reader = None

    # Trouble

    def hold(self):
        self.foreigner = sqlite3.connect(self.path, isolation_level=None)
        self.foreigner.execute(f"PRAGMA busy_timeout = {RETRY_SECONDS * 1000}")
        self.foreigner.execute("BEGIN IMMEDIATE")

    def let_go(self):
        if self.foreigner is not None:
            self.foreigner.close()
            self.foreigner = None

    def limit(self, pages):
        self.pages = pages
        if self.store is not None:
            self.store.limit(pages)

    def heal(self):
        self.next_fate = None
        self.let_go()
        self.limit(None)

    # The witness of the store: what is durable, it hears from COMMIT itself

    @contextmanager
    def writing(self, writes):
        letters = [self.letters[id(write)] for write in writes]
        assert letters, "a transaction for nothing"
        poison = any(letter.poison for letter in letters)
        with self._transaction(lambda: self._deliver(letters), attempts=2 if poison else 1):
            yield letters

    @contextmanager
    def opening_run(self):
        opened = len(self.model.runs)
        with self._transaction(self._open_run, attempts=1):
            try:
                yield
            except LibraryUnavailableError:
                self.doubtful = self.store if len(self.model.runs) > opened else self.doubtful
                raise
        self.doubtful = None

    @contextmanager
    def closing_run(self, run, state):
        with self._transaction(lambda: self._close_run(run, state), attempts=1):
            yield

    @contextmanager
    def _transaction(self, effect, attempts):
        assert self._effect is None
        self._effect, self._attempts, self._commits = effect, attempts, 1
        try:
            yield
        finally:
            self._effect = None

    def begun(self):
        assert self._effect is not None, "a transaction that nobody ordered"
        self._attempts -= 1
        assert self._attempts >= 0, "more than one transaction"

    def fate(self):
        self._commits -= 1
        assert self._commits >= 0, "more than one COMMIT"
        fate, self.next_fate = self.next_fate, None
        return fate

    def committed(self):
        self._effect()
        self.unchecked = True

    def _deliver(self, letters):
        self.deliveries.append(letters)
        for letter in letters:
            self.model.apply(letter)

    def _open_run(self):
        if self.doubtful is None or self.doubtful is not self.store:
            self.deliveries.append("open")
            self.model.open_run()

    def _close_run(self, run, state):
        self.deliveries.append((run, state))
        self.model.close_run(run, state)
