"""Whoever writes to the library: keeps what was not answered, and judges every answer."""

from itertools import count

from passagework.actors.messages import Committed, Rejected, Submit


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
        self.world.witness.expect(letter)
        self.world.library.tell(Submit(letter.write, token, self.port))

    def _answered(self, token):
        assert token in self.pending, "answered twice, or never sent"
        letter = self.pending.pop(token)
        self.world.outstanding.add(-1)
        return letter
