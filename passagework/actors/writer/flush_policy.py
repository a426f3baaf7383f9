"""When the persistence actor writes a batch: a pure decision, without threads and without a clock."""

from dataclasses import dataclass
from enum import Enum, auto


@dataclass(frozen=True, slots=True, kw_only=True)
class FlushRules:
    """Bounds of a batch. ``linger_seconds`` 0 writes as soon as the mailbox has drained."""

    linger_seconds: float = 0.5
    max_messages: int = 64
    max_bytes: int = 64 * 1024 * 1024


class FlushDecision(Enum):
    """What to do after a message was added to the batch."""

    FLUSH = auto()
    START_LINGER = auto()
    WAIT = auto()


class FlushPolicy:
    """Decides at every message whether to write the batch now, or to wait.

    There are three cases in which it is written: it is full; no other message is expected (``more_to_come`` is
    False), so waiting would only add latency; or its oldest message has waited for ``linger_seconds``. The linger is a
    message that the actor sends to itself: FIFO order puts it behind everything queued meanwhile, so a slow disk makes
    larger batches by itself.
    """

    def __init__(self, rules: FlushRules) -> None:
        self._rules = rules
        self._messages = 0
        self._bytes = 0

    def added(self, message_bytes: int, *, more_to_come: bool) -> FlushDecision:
        """Decide after a message joined the batch."""
        self._messages += 1
        self._bytes += message_bytes
        full = self._messages >= self._rules.max_messages or self._bytes >= self._rules.max_bytes
        if full or not more_to_come:
            return FlushDecision.FLUSH
        return FlushDecision.START_LINGER if self._messages == 1 else FlushDecision.WAIT

    def flushed(self) -> None:
        """Begin an empty batch."""
        self._messages = 0
        self._bytes = 0
