"""The service in a thread of a program, and an event to send to its clients."""

from passagework.domain.ids import Guid, RunId
from passagework.domain.progress import FileFinished
from passagework.domain.units import Ticks
from passagework.service import Service

__all__ = ["FileFinished", "Guid", "RunId", "Service", "Ticks"]
