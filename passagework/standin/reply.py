"""The HTTP answers of the stand-in."""

from dataclasses import dataclass

from passagework.domain.json_text import write_spaced_json


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, additional headers and body of an answer."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def json_reply(status: int, value: object) -> Reply:
    """Answer with JSON."""
    return Reply(status, write_spaced_json(value).encode("ascii"), "application/json; charset=UTF-8")
