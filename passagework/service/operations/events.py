"""What goes on: at this moment, and as a stream of server-sent events."""

import asyncio
from typing import Final

from passagework.domain.json_text import write_json
from passagework.json_forms.document import document
from passagework.service.answers import Answer, Message, Receive, Scope, Send, json_answer
from passagework.service.disconnects import watch_for_leaving
from passagework.service.errors import BusyError
from passagework.service.event_feed import EventFeed, sse
from passagework.service.operation import Answers, Nothing, Operation, Where, reading, streaming
from passagework.service.stage import Stage

_START: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        # A proxy passes each event on when it comes.
        (b"x-accel-buffering", b"no"),
    ],
}
_RETRY: Final = b"retry: 2000\n\n"


def now(stage: Stage, _asked: Nothing) -> Answer:
    """Return what goes on now."""
    return json_answer(stage.board.now_json())


async def events(stage: Stage, _asked: Nothing, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the events from now on, or those since the one that the client names, as long as both live.

    First of all comes what has been missed, then a snapshot, so that a client is never wrong for long.
    """
    if stage.feed.stopping or stage.streams >= stage.serve.streams:
        raise BusyError("there are as many streams of events as there may be; come back in a second")
    if scope["method"] == "HEAD":
        await send(_START)
        await send({"type": "http.response.body", "body": b""})
        return
    stage.streams += 1
    gone = watch_for_leaving(receive, stage.feed.wake)
    try:
        await _Listener(stage, send, gone).listen(dict(scope["headers"]).get(b"last-event-id"))
    finally:
        stage.streams -= 1
        gone.cancel()


class _Listener:
    """One client of the stream."""

    def __init__(self, stage: Stage, send: Send, gone: "asyncio.Future[None]") -> None:
        self._stage = stage
        self._feed: EventFeed = stage.feed
        self._send = send
        self._gone = gone
        self._position = stage.feed.next
        self._version = stage.feed.version

    async def listen(self, last: bytes | None) -> None:
        await self._send(_START)
        await self._body(_RETRY)
        if last is not None:
            number = self._feed.number_of(last.decode("latin-1"))
            if number is None:
                await self._body(_missed(None))
            else:
                self._position = number + 1
                await self._catch_up()
        await self._body(self._snapshot())
        while not (self._feed.stopping or self._gone.done()):
            if self._position == self._feed.next and self._version == self._feed.version:
                await self._feed.news(self._gone.done)
            else:
                await self._catch_up()
                if self._version != self._feed.version:
                    self._version = self._feed.version
                    await self._body(self._feed.latest)
        await self._send({"type": "http.response.body", "body": b""})

    async def _catch_up(self) -> None:
        while self._position < self._feed.next and not self._gone.done():
            taken = self._feed.take(self._position)
            self._position = taken.next
            await self._body((_missed(taken.missed) if taken.missed else b"") + taken.text)

    def _snapshot(self) -> bytes:
        data = write_json(document(self._stage.board.now_json()))
        return sse("snapshot", data, self._feed.id_of(self._position - 1))

    async def _body(self, text: bytes) -> None:
        await self._send({"type": "http.response.body", "body": text, "more_body": True})


def _missed(number: int | None) -> bytes:
    return sse("missed", write_json(document({"number": number})))


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "now",
        "/api/1/now",
        "The run that goes on, and how folders are followed.",
        Nothing,
        now,
        Answers("now"),
        where=Where.LOOP,
    ),
    streaming(
        "events",
        "/api/1/events",
        "Server-sent events of all runs, from now on or since Last-Event-ID.",
        Nothing,
        events,
        Answers(content=("text/event-stream",)),
        refuses=(503,),
    ),
)
