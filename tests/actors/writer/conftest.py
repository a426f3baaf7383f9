"""A persistence actor on a real library, whose disk a test may fill."""

import pytest

from passagework.actors.messages.acknowledgements import (
    Committed,
    RunOpened,
)
from passagework.actors.messages.library import (
    AskWriterStatistics,
    OpenLibrary,
    OpenRun,
    Submit,
)
from passagework.actors.writer.flush_policy import FlushRules
from passagework.actors.writer.persistence import PersistenceActor, PersistenceParts
from passagework.domain.errors import LibraryUnavailableError, UnavailableKind
from passagework.domain.files import FileStamp
from passagework.domain.views import FileState
from passagework.persistence.read.queries import KnownFiles
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import BeginAttempt

STAMP = FileStamp(1, 1)


class WeakDisk(LibraryStore):
    """A real library whose next writes fail as a full disk would make them fail."""

    failing = 0

    def write(self, writes, now_ns):
        if self.failing:
            self.failing -= 1
            raise LibraryUnavailableError("the disk is full; make room", UnavailableKind.FULL)
        return super().write(writes, now_ns)


class World:
    """A persistence actor that was never started, on a real library, with one or two senders."""

    def __init__(self, stage, path, rules):
        self.stage = stage
        self.store = None
        self.path = path
        self.library = stage.ports["persistence"]
        self.session = stage.inboxes["session"]
        parts = PersistenceParts(
            open_store=self.open,
            session=stage.ports["session"],
            own_port=self.library,
            clock=stage.clock,
            scheduler=stage.scheduler,
            rules=rules,
        )
        self.actor = stage.put_actor("persistence", PersistenceActor(stage.ports["supervisor"], parts))
        self.library.ask(OpenLibrary(), 10)
        self.library.tell(OpenRun(1, "hash", "{}", (b"/music",), stage.ports["session"]))
        stage.pump()
        (opened,) = self.session.take()
        assert isinstance(opened, RunOpened)
        self.run = opened.run

    def open(self):
        self.store = WeakDisk(self.path)
        return self.store

    def tell(self, write_id, write=None, reply_to=None, *, more=True):
        write = write or BeginAttempt(self.run, b"/music/%d.mp3" % write_id, STAMP, alone=False, number=1)
        reply_to = reply_to or self.stage.ports["session"]
        self.library.tell(Submit(write=write, write_id=write_id, reply_to=reply_to, more=more))

    def submit(self, *arguments, **more):
        self.tell(*arguments, **more)
        self.stage.pump()

    def acknowledged(self):
        return [message.write_ids for message in self.session.take() if isinstance(message, Committed)]

    def accounts(self):
        return self.library.ask(AskWriterStatistics(), 10).accounts

    def begun(self):
        known = self.library.query(KnownFiles((b"/music",)))
        return sorted(entry.path for entry in known if entry.state is FileState.BEGUN)


@pytest.fixture
def world(stage, tmp_path):
    world = World(stage, tmp_path / "music.passages", FlushRules(linger_seconds=0.5, max_messages=3))
    yield world
    world.actor.release()
