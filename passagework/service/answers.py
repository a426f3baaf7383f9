"""The answer to a request, as a value, and how it is sent."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from passagework.domain.json_text import write_unicode_json
from passagework.json_forms.document import document

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON_TYPE: Final = b"application/json"
PROBLEM_TYPE: Final = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``headers`` come beside those of its type and length."""

    body: bytes
    status: int = 200
    content_type: bytes = JSON_TYPE
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send it. On the loop."""
        start = {
            "type": "http.response.start",
            "status": self.status,
            "headers": [
                (b"content-type", self.content_type),
                (b"content-length", b"%d" % len(self.body)),
                *self.headers,
            ],
        }
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Mapping[str, object], *, status: int = 200) -> Answer:
    """Return a document. Text that is no Unicode (halves of surrogate pairs) appears with replacements."""
    return Answer(write_unicode_json(document(content)).encode("utf-8", "replace"), status=status)


def page_answer(items: Iterable[Mapping[str, object]], after: str | None) -> Answer:
    """Return some documents of many; ``after`` says where the next page begins, None: this is the last one."""
    return json_answer({"items": [document(item) for item in items], "next": after})
