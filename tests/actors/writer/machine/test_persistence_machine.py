"""Whatever happens, and in whatever order: what was acknowledged is in the library, and the rest is sent again."""

import shutil

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from passagework.actors.messages.library import Ask, Drain, Flush, SetValues
from passagework.actors.writer.flush_policy import FlushRules
from passagework.domain.edits import Edit
from passagework.domain.errors import LibraryUnavailableError
from passagework.domain.views import RunState
from passagework.persistence.read.queries import KnownFolders, WaitingFiles
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.write.journal import KEPT_RUNS
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.writes import StoreAnalysis
from tests.support.effort import effort

from .content import MANY, check, content_of, singly
from .unreliable import CrashError, Fate
from .world import World
from .writes import (
    BAD_MBID,
    BAD_TITLE,
    CUTS,
    DECISIONS,
    OWN_OF_PASSAGE,
    OWN_OF_SONG,
    PATHS,
    POISONED,
    SONG_IDS,
    TAGS,
    WRITES,
    Letter,
    analysis,
    poisoned_decision,
    store_links,
)

MAX_MESSAGES = 4
LONG_ENOUGH = 100
REMEMBERED = 6

RARELY = st.sampled_from((False, False, True))
SENDERS = st.sampled_from((0, 0, 0, 1, 2))


class PersistenceMachine(RuleBasedStateMachine):
    """Senders, troubles and deaths around one persistence actor on one real library."""

    def __init__(self, make_stage, folder, template):
        super().__init__()
        self.folder = folder
        self.world = World(make_stage(), folder, template, FlushRules(linger_seconds=0.5, max_messages=MAX_MESSAGES))
        self.pulled = []

    @property
    def run(self):
        return self.world.run

    # What the library is told

    @rule(sender=SENDERS, write=WRITES)
    def send(self, sender, write):
        self.world.senders[sender].send(Letter(write(self.run)))

    @rule(sender=SENDERS, write=WRITES, copies=st.integers(2, 3))
    def send_the_same_again(self, sender, write, copies):
        for _ in range(copies):
            self.world.senders[sender].send(Letter(write(self.run)))

    @rule(path=st.sampled_from(PATHS), cuts=st.permutations(CUTS), tags=st.sampled_from(TAGS))
    def cut_to_and_fro(self, path, cuts, tags):
        for cut in (cuts[0], cuts[1], cuts[0]):
            self.world.senders[1].send(Letter(StoreAnalysis(self.run, analysis(path, cut, tags))))

    @rule(sender=SENDERS, poisoned=POISONED)
    def send_poison(self, sender, poisoned):
        poison, write = poisoned
        self.world.senders[sender].send(Letter(write(self.run), poison))

    @rule(decisions=st.lists(DECISIONS, min_size=2, max_size=2))
    def link_what_waits(self, decisions):
        waiting = self.ask(WaitingFiles(MANY))
        self.pulled = [*waiting, *self.pulled][:REMEMBERED]
        for file in waiting:
            self.world.senders[2].send(Letter(store_links(self.run, file, decisions)))

    @precondition(lambda self: self.pulled)
    @rule(data=st.data(), decisions=st.lists(DECISIONS, min_size=2, max_size=2), revision=RARELY)
    def link_what_waited_once(self, data, decisions, revision):
        file = data.draw(st.sampled_from(self.pulled))
        self.world.senders[2].send(Letter(store_links(self.run, file, decisions, revision=revision)))

    @precondition(lambda self: self.pulled)
    @rule(data=st.data(), decision=DECISIONS, why=st.sampled_from((BAD_MBID, BAD_TITLE)))
    def link_with_poison(self, data, decision, why):
        file = data.draw(st.sampled_from(self.pulled))
        write = store_links(self.run, file, [poisoned_decision(decision, why), decision], revision=False)
        self.world.senders[2].send(Letter(write, why))

    @precondition(lambda self: self.world.actor and self.subjects())
    @rule(data=st.data(), in_doubt=st.booleans())
    def set_values(self, data, in_doubt):
        key = data.draw(st.sampled_from(self.subjects()))
        field, value = data.draw(OWN_OF_SONG if key.startswith(SONG_IDS) else OWN_OF_PASSAGE)
        order = SetValues((Edit(key, field, value),))
        before = len(self.world.witness.deliveries)
        if in_doubt:
            self.world.witness.next_fate = Fate.IN_DOUBT
        try:
            self.world.ask(order)
        except (LibraryUnavailableError, CrashError):
            if len(self.world.witness.deliveries) > before:
                assert self.world.ask(order) == ()

    def subjects(self):
        model = self.world.witness.model
        passages = [passage.guid for file in model.files.values() for passage in file.live]
        songs = [key for key in model.entities if key.startswith(SONG_IDS)]
        return sorted(passages) + sorted(songs)

    @rule()
    def open_a_run(self):
        self.world.open_run()

    @rule(state=st.sampled_from((RunState.COMPLETED, RunState.CANCELLED)))
    def close_the_run(self, state):
        if self.run not in self.world.closing:
            self.world.close_run(self.run, state)

    # What the actor does

    @rule(messages=st.integers(1, 4))
    def handle_some(self, messages):
        self.world.go(messages)

    @rule()
    def handle_all(self):
        self.world.go()

    @rule(seconds=st.sampled_from((0.1, 0.5, 0.5, 5, 60)))
    def wait(self, seconds):
        self.world.advance(seconds)

    @rule()
    def flush(self):
        self.world.library.tell(Flush())

    @rule(more=st.booleans())
    def announce_more_or_no_more(self, more):
        self.world.more_to_come = more

    @precondition(lambda self: self.world.actor)
    @rule()
    def drain(self):
        self.world.go()
        if self.world.actor is not None:
            self.drain_or_complain()

    def drain_or_complain(self):
        in_trouble = self.world.foreigner or self.world.pages is not None or self.world.witness.next_fate
        actor = self.world.actor
        try:
            self.world.ask(Drain())
        except (LibraryUnavailableError, CrashError):
            assert in_trouble
        else:
            assert self.world.actor is not actor or not self.unanswered()

    @precondition(lambda self: self.world.actor)
    @rule()
    def ask_in_between(self):
        self.world.go()
        if self.world.actor is not None:
            question = KnownFolders(b"/")
            assert self.world.ask(Ask(question)) == self.ask(question)

    # What breaks

    @rule(fate=st.sampled_from(Fate))
    def doom_the_next_commit(self, fate):
        self.world.witness.next_fate = fate

    @precondition(lambda self: self.world.foreigner is None)
    @rule()
    def another_program_takes_the_lock(self):
        self.world.hold()

    @rule(pages=st.integers(0, 3))
    def the_disk_is_full(self, pages):
        self.world.limit(pages)

    @rule(trouble=st.sampled_from(("locked", "full", *Fate)))
    def write_in_trouble(self, trouble):
        match trouble:
            case "locked" if self.world.foreigner is None:
                self.world.hold()
            case "full":
                self.world.limit(0)
            case Fate():
                self.world.witness.next_fate = trouble
        self.world.library.tell(Flush())
        self.world.go()

    @rule()
    def everything_is_well_again(self):
        self.world.heal()

    @precondition(lambda self: self.world.actor)
    @rule()
    def the_actor_crashes(self):
        self.world.crash()

    @rule()
    def the_process_is_killed(self):
        self.world.kill()

    @precondition(lambda self: self.world.actor)
    @rule()
    def the_process_ends_and_another_starts(self):
        self.drain()
        self.world.restart()

    @rule()
    def nobody_reads_for_a_moment(self):
        self.world.stop_reading()

    # What holds

    def ask(self, query):
        if self.world.reader is None:
            self.world.reader = LibraryReader(self.world.path)
        return self.world.reader.query(query)

    def unanswered(self):
        return [letter for sender in self.world.senders for letter in sender.pending.values()]

    @invariant()
    def the_library_says_what_the_model_says(self):
        if self.world.witness.unchecked:
            check(self.ask, self.world.witness.model)
            self.world.witness.unchecked = False

    def teardown(self):
        try:
            if not self.world.broken:
                self.settle()
        finally:
            self.world.close()
            shutil.rmtree(self.folder)

    def settle(self):
        """When all is well again, everything comes to its end by itself."""
        world = self.world
        world.heal()
        world.go()
        world.advance(LONG_ENOUGH)
        world.library.tell(Flush())
        world.go()
        assert self.unanswered() == []
        assert (world.opening, world.closing, world.troubled) == ({}, {}, False)
        world.ask(Drain())
        check(self.ask, world.witness.model)
        content = content_of(self.ask)
        world.close()
        assert content == singly(self.folder / "singly.passages", world.witness.deliveries, world.witness.model)
        with_integrity = open_writer(world.path)
        assert with_integrity.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert with_integrity.execute("PRAGMA foreign_key_check").fetchall() == []
        with_integrity.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The path of a closed library with nothing in it."""
    path = tmp_path_factory.mktemp("template") / "empty.passages"
    open_writer(path).close()
    return path


@pytest.fixture
def run_machine(stage, template, tmp_path_factory, monkeypatch):
    monkeypatch.setattr("passagework.persistence.file.checkpoint.PATIENCE_MS", 1)

    def run(**more):
        run_state_machine_as_test(
            lambda: PersistenceMachine(type(stage), tmp_path_factory.mktemp("world"), template),
            settings=settings(suppress_health_check=list(HealthCheck), **more),
        )

    return run


def test_nothing_is_lost_doubled_or_believed_too_early(run_machine):
    run_machine(max_examples=6, stateful_step_count=25)


@pytest.mark.slow
@pytest.mark.parametrize("fate", [None, *Fate])
def test_a_run_that_first_forgets_what_old_ones_found_is_opened_once(stage, template, tmp_path, monkeypatch, fate):
    monkeypatch.setattr("passagework.persistence.file.checkpoint.PATIENCE_MS", 1)
    machine = PersistenceMachine(type(stage), tmp_path, template)
    for number in range(2 + KEPT_RUNS):
        machine.cut_to_and_fro(PATHS[0], CUTS[number % 2 :], TAGS[0])
        machine.flush()
        machine.handle_all()
        machine.close_the_run(RunState.COMPLETED)
        machine.open_a_run()
        machine.handle_all()
    machine.send(0, lambda run: StoreAnalysis(run, analysis(PATHS[0], CUTS[2])))
    machine.flush()
    machine.handle_all()
    machine.doom_the_next_commit(fate)
    machine.open_a_run()
    machine.handle_all()
    machine.the_library_says_what_the_model_says()
    machine.teardown()


@pytest.mark.slow
@pytest.mark.long
def test_nothing_is_lost_doubled_or_believed_too_early_in_long_stories(run_machine):
    run_machine(max_examples=effort(10, 600), stateful_step_count=60)
