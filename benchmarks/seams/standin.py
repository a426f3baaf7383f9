"""The stand-in for both services, asked without HTTP: for the good answers that hostile ones are made of."""

from urllib.parse import parse_qsl, urlsplit

from passagework.standin import StandIn, StandInCatalogue, catalogue_of

__all__ = ["GoodServices", "StandInCatalogue", "catalogue_of"]


class GoodServices:
    """Answers requests for what is in a catalogue."""

    def __init__(self, catalogue: StandInCatalogue) -> None:
        self._standin = StandIn(catalogue)

    def answer(self, target: str, form: str, agent: str) -> tuple[int, bytes]:
        """Give status and body for the target of a request and its form."""
        parts = urlsplit(target)
        service = self._standin.service_of(parts.path)
        if service is None:
            return 404, b""
        fields: dict[str, str] = {}
        for name, value in parse_qsl(f"{parts.query}&{form}".strip("&"), keep_blank_values=True):
            fields[name] = f"{fields[name]} {value}" if name in fields else value
        reply = self._standin.answer(service, parts.path, fields, agent, "")
        return reply.status, reply.body
