"""Whoever writes to the library: keeps what was not answered, and judges every answer."""

from itertools import count

from passagework.actors.messages.acknowledgements import Committed, Rejected
from passagework.actors.messages.library import Submit


class Sender:
    """Writes to the library and keeps what was not answered, to send it again when the actor was replaced.

    ``keeps_write_ids``: as the session does it; the linker sends what it makes again under new write_ids.
    """

    def __init__(self, world, name, *, keeps_write_ids):
        self.world = world
        self.port = world.stage.ports[name]
        self.keeps_write_ids = keeps_write_ids
        self.write_ids = count(1)
        self.pending = {}
        self.port.bind(self)

    def send(self, letter):
        self._hand_over(next(self.write_ids), letter)

    def send_again(self):
        letters, self.pending = self.pending, {}
        for write_id, letter in letters.items():
            self._hand_over(write_id if self.keeps_write_ids else next(self.write_ids), letter)

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
        self.world.library.tell(
            Submit(
                write=letter.write,
                write_id=write_id,
                reply_to=self.port,
                more=self.world.more_to_come,
            )
        )

    def _answered(self, write_id):
        assert write_id in self.pending, "answered twice, or never sent"
        return self.pending.pop(write_id)
