"""The HTTP answers of the stand-in."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, additional headers and body of an answer."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[tuple[str, str], ...] = ()


def json_reply(status: int, value: object) -> Reply:
    """Answer with JSON."""
    return Reply(status, json.dumps(value).encode("ascii"), "application/json; charset=UTF-8")
