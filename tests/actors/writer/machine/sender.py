"""Whoever writes to the library: keeps what was not answered, and judges every answer."""

from itertools import count

from passagework.actors.messages.library import Committed, Rejected, Submit


class Sender:
    """Writes to the library and keeps what was not answered, to send it again when the actor was replaced.

    ``keeps_tokens``: as the session does it; the linker sends what it makes again under new write_ids.
    """

    def __init__(self, world, name, *, keeps_tokens):
        self.world = world
        self.port = world.stage.ports[name]
        self.keeps_tokens = keeps_tokens
        self.write_ids = count(1)
        self.pending = {}
        self.port.bind(self)

    def send(self, letter):
        self._hand_over(next(self.write_ids), letter)
        self.world.pending_writes.add(1)

    def send_again(self):
        letters, self.pending = self.pending, {}
        for write_id, letter in letters.items():
            self._hand_over(write_id if self.keeps_tokens else next(self.write_ids), letter)

    def tell(self, message):
        """Hear an answer, as the actor behind the port would."""
        match message:
            case Committed(write_ids):
                assert write_ids
                for write_id in write_ids:
                    letter = self._answered(write_id)
                    assert letter.durable, "acknowledged, and not in the library"
                    assert not letter.rejected, f"acknowledged although {letter.poison}"
            case Rejected(write_id, failure):
                letter = self._answered(write_id)
                assert letter.rejected, f"rejected without a reason of its own: {failure}"
                assert letter.durable
                assert failure.detail
            case _:
                self.world.hear(message)

    def _hand_over(self, write_id, letter):
        self.pending[write_id] = letter
        self.world.witness.expect(letter)
        self.world.library.tell(Submit(letter.write, write_id, self.port))

    def _answered(self, write_id):
        assert write_id in self.pending, "answered twice, or never sent"
        letter = self.pending.pop(write_id)
        self.world.pending_writes.add(-1)
        return letter
