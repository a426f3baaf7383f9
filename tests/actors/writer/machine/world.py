"""A persistence actor that was never started, those who write to it, and what is left when it or its process dies."""

import shutil
import sqlite3
from itertools import count
from types import SimpleNamespace

from passagework.actors.messages.acknowledgements import LibraryDegraded, LibraryRecovered, RunClosed, RunOpened
from passagework.actors.messages.library import CloseRun, OpenLibrary, OpenRun
from passagework.actors.runtime.messages import Down
from passagework.actors.writer.persistence import PersistenceActor, PersistenceParts
from passagework.domain.errors import LibraryUnavailableError

from .sender import Sender
from .unreliable import CrashError, KilledError, UnreliableStore
from .witness import Witness

RETRY_SECONDS = 5
MANY = 10**6


class World:
    """Everything around the actor: its store, those who write, the locks and disks of others, its own death."""

    def __init__(self, stage, folder, template, rules):
        self.stage, self.folder, self.rules = stage, folder, rules
        self.library = stage.ports["persistence"]
        self.more_to_come = True
        self.witness = Witness(self.keep_files)
        self.pages = None
        self.foreigner = None
        self.actor = self.store = self.reader = None
        self.incarnations = count(1)
        self.request_ids = count(1)
        self.opening, self.closing = {}, {}
        self.run = None
        self.troubled = self.broken = False
        self.path = folder / "0" / "music.passages"
        self.path.parent.mkdir()
        shutil.copyfile(template, self.path)
        self.senders = [
            Sender(self, "session", keeps_write_ids=True),
            Sender(self, "analyzer", keeps_write_ids=True),
            Sender(self, "linker", keeps_write_ids=False),
        ]
        stage.ports["supervisor"].bind(SimpleNamespace(tell=self.supervise))
        self.replace_actor()
        self.open_run()
        self.go()

    # Runs, as the session orders them

    def open_run(self):
        request_id = next(self.request_ids)
        self.opening[request_id] = OpenRun(
            request_id, f"request_id {request_id}", "{}", (b"/music",), self.stage.ports["session"]
        )
        self.library.tell(self.opening[request_id])

    def close_run(self, run, state):
        self.closing[run] = CloseRun(run, state, 2, 1, self.stage.ports["session"])
        self.library.tell(self.closing[run])

    def hear(self, message):
        match message:
            case RunOpened(run, request_id):
                assert run in self.witness.model.runs
                self.run = run
                self.opening.pop(request_id, None)
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
            open_store=self.open,
            session=stage.ports["session"],
            own_port=self.library,
            clock=stage.clock,
            scheduler=stage.scheduler,
            rules=self.rules,
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
        self.store = UnreliableStore(self.path, self.witness)
        self.witness.another_store()
        self.store.limit(self.pages)
        return self.store

    def supervise(self, message):
        assert isinstance(message, Down)
        if not isinstance(message.cause, CrashError):
            self.broken = True
            raise message.cause
        self.library.bind(None)
        self.actor = self.store = None
        self.stage.pumped.pop("persistence")
        self.stage.scheduler.later(RETRY_SECONDS, self.replace_actor)

    def crash(self):
        """Let the actor fail at a message of no consequence; what waits in its mailbox is lost."""
        self.actor._fail(None, CrashError("a defect"))

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

    def keep_files(self):
        """Take what is on the disk at this moment, with the connections still open."""
        self._left = self.folder / str(next(self.incarnations))
        self._left.mkdir()
        for file in (self.path, self.path.with_name(f"{self.path.name}-wal")):
            if file.exists():
                shutil.copyfile(file, self._left / file.name)

    def kill(self):
        self.keep_files()
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
        self.witness.next_fate = None
        self.let_go()
        self.limit(None)
