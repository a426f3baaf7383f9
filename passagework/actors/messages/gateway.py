"""Messages to a gateway."""

from dataclasses import dataclass

from passagework.actors.messages.acknowledgements import Acknowledgement
from passagework.actors.messages.linker import LookupNews
from passagework.actors.runtime.messages import PauseChanged, Ping
from passagework.actors.runtime.port import Port
from passagework.domain.identification.planning.requests import Request
from passagework.domain.ids import RunId


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the service all this; ``reply_to`` receives one outcome per request, under ``round_id``."""

    run: RunId
    round_id: int
    requests: tuple[Request, ...]
    reply_to: Port[LookupNews]


@dataclass(frozen=True, slots=True)
class ContinueLookups:
    """Send the next request. The gateway sends this to itself."""


@dataclass(frozen=True, slots=True)
class StopLookups:
    """Drop all queued requests without a reply. The sender sets the stop flag of the gateway first."""


GatewayMessage = Ping | PauseChanged | LookUp | ContinueLookups | StopLookups | Acknowledgement
