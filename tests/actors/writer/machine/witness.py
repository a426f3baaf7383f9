"""The witness of a store: hears of every BEGIN and COMMIT, and keeps the model of what is durable."""

from contextlib import contextmanager

from passagework.domain.errors import LibraryUnavailableError

from .model import Model


class Witness:
    """Knows what is in the library because it saw each COMMIT, whatever the actor believes or says.

    ``killed`` is called when the next COMMIT is the end of the process.
    """

    def __init__(self, killed):
        self.killed = killed
        self.model = Model()
        self.deliveries = []
        self.unchecked = False
        self.next_fate = None
        self._letters = {}
        self._doubtful = False
        self._effect = None
        self._begins = self._commits = 0

    def expect(self, letter):
        """Know a message again when it is written."""
        self._letters[id(letter.write)] = letter

    def another_store(self):
        """Hear that the library was opened anew: what its former writer was about to do again is forgotten."""
        self._doubtful = False

    # The orders of the actor, each of them one transaction

    @contextmanager
    def writing(self, writes):
        letters = [self._letters[id(write)] for write in writes]
        assert letters, "a transaction for nothing"
        assert not any(letter.done for letter in letters), "written again without a reason"
        replay = any(letter.poison for letter in letters)
        with self._transaction(lambda: self._deliver(letters), begins=2 if replay else 1):
            yield letters
        for letter in letters:
            letter.done = True

    @contextmanager
    def opening_run(self):
        with self._transaction(self._open_run):
            try:
                yield
            except LibraryUnavailableError:
                self._doubtful = self._doubtful or self._happened
                raise
        self._doubtful = False

    @contextmanager
    def closing_run(self, run, state):
        with self._transaction(lambda: self._close_run(run, state)):
            yield

    @contextmanager
    def editing(self, edits):
        with self._transaction(lambda: self._edit(edits)):
            yield

    @contextmanager
    def _transaction(self, effect, begins=1):
        assert self._effect is None
        self._effect, self._begins, self._commits, self._happened = effect, begins, 1, False
        self._forgetting = False
        try:
            yield
        finally:
            self._effect = None

    def begun(self):
        assert self._effect is not None, "a transaction that nobody ordered"
        self._begins -= 1
        assert self._begins >= 0, "more than one transaction"

    def forgets(self):
        """Hear that the transaction that has begun only forgets what old runs found.

        Opening a run takes as many of these as there are images to forget, before its own: the library is small again
        even where the run is not opened in the end. Nothing that the model knows depends on them, and any of them may
        fail or end the process like every other COMMIT.
        """
        self._begins += 1
        self._commits += 1
        self._forgetting = True

    def fate(self):
        self._commits -= 1
        assert self._commits >= 0, "more than one COMMIT"
        fate, self.next_fate = self.next_fate, None
        return fate

    def committed(self):
        if self._forgetting:
            self._forgetting = False
            return
        self._effect()
        self._happened = self.unchecked = True

    # What is durable then

    def _deliver(self, letters):
        self.deliveries.append(letters)
        for letter in letters:
            self.model.apply(letter)

    def _open_run(self):
        if not self._doubtful:
            self.deliveries.append("open")
            self.model.open_run()

    def _close_run(self, run, state):
        self.deliveries.append((run, state))
        self.model.close_run(run, state)

    def _edit(self, edits):
        self.deliveries.append(edits)
        self.model.edit(edits)
