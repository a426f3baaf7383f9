"""Tell the senders of a batch what became of it, after COMMIT."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from passagework.actors.messages.library import Acknowledgement, Committed, Rejected, Submit
from passagework.domain.failures import Failure
from passagework.logs import logger

if TYPE_CHECKING:
    from passagework.actors.runtime.port import Port

_log = logger("persistence")


def acknowledge(written: Sequence[Submit], rejected: Mapping[int, Failure]) -> None:
    """Tell each sender once what became durable, and each rejection by itself; ``rejected`` goes by place in the batch.

    A credit returns with these messages and with nothing else.
    """
    durable: dict[Port[Acknowledgement], list[Submit]] = {}
    for index, message in enumerate(written):
        if (failure := rejected.get(index)) is None:
            durable.setdefault(message.reply_to, []).append(message)
        else:
            # Whoever hears of it logs it, with what it means for a file.
            _log.debug("rejected", run=message.write.run, write=type(message.write).__name__, detail=failure.detail)
            message.reply_to.tell(Rejected(message.write_id, failure))
    for reply_to, messages in durable.items():
        reply_to.tell(Committed(tuple(message.write_id for message in messages)))
