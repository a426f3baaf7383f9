"""An operation of the service: its path, what it takes, what it answers, and what does it.

Everything that a request may say is a field of a model, and the OpenAPI document is made of the same models. So the
document cannot say anything else than what is done.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar, cast

from pydantic import BaseModel

from passagework.service.answers import Answer, Receive, Scope, Send

if TYPE_CHECKING:
    from passagework.service.stage import Stage


class Fields(BaseModel, frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True):
    """What a request says: nothing else, nothing in another type."""


class Nothing(Fields, frozen=True):
    """No field at all."""


A = TypeVar("A", bound=Fields)
B = TypeVar("B", bound=Fields)


class Where(Enum):
    """Who calls what an operation does."""

    LOOP = "loop"
    """The loop itself: it only looks at memory."""
    POOL = "pool"
    """A thread of the pool: it asks the library."""
    FILES = "files"
    """A thread of the other pool: it waits for a disk, which may hang."""


Respond = Callable[["Stage", Fields, Fields], Answer]
Stream = Callable[["Stage", Fields, Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What an operation answers if all is well: the name of a schema, or a type of content that is no JSON.

    ``page``: documents of that schema, some at a time. ``status``: of HTTP.
    """

    schema: str | None = None
    page: bool = False
    content: tuple[str, ...] = ()
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path. ``takes`` are the fields of path and query, ``body`` those of the JSON body.

    Either ``respond`` makes the whole answer, or ``stream`` sends it bit by bit, on the loop. ``refuses``: the statuses
    that it may answer beside those that all have.
    """

    name: str
    method: str
    path: str
    summary: str
    takes: type[Fields]
    body: type[Fields] | None
    answers: Answers
    refuses: tuple[int, ...]
    where: Where
    respond: Respond | None = None
    stream: Stream | None = None
    open: bool = False
    """Whether it needs no token."""

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.method not in READING


READING: Final = frozenset({"GET", "HEAD"})


def reading(  # noqa: PLR0913 - one for each thing that the document says
    name: str,
    path: str,
    summary: str,
    takes: type[A],
    respond: "Callable[[Stage, A], Answer]",
    answers: Answers,
    *,
    refuses: tuple[int, ...] = (),
    where: Where = Where.POOL,
    is_open: bool = False,
) -> Operation:
    """Make an operation that changes nothing."""
    return Operation(
        name=name,
        method="GET",
        path=path,
        summary=summary,
        takes=takes,
        body=None,
        answers=answers,
        refuses=refuses,
        where=where,
        respond=lambda stage, asked, _body: respond(stage, cast("A", asked)),
        open=is_open,
    )


def changing(  # noqa: PLR0913 - as above
    name: str,
    method: str,
    path: str,
    summary: str,
    takes: type[A],
    body: type[B],
    respond: "Callable[[Stage, A, B], Answer]",
    answers: Answers,
    *,
    refuses: tuple[int, ...] = (),
    where: Where = Where.POOL,
) -> Operation:
    """Make an operation that changes something. Without a field that must be there the body may be empty."""
    return Operation(
        name=name,
        method=method,
        path=path,
        summary=summary,
        takes=takes,
        body=body,
        answers=answers,
        refuses=refuses,
        where=where,
        respond=lambda stage, asked, given: respond(stage, cast("A", asked), cast("B", given)),
    )


def streaming(
    name: str,
    path: str,
    summary: str,
    takes: type[A],
    stream: "Callable[[Stage, A, Scope, Receive, Send], Awaitable[None]]",
    answers: Answers,
    *,
    refuses: tuple[int, ...] = (),
) -> Operation:
    """Make an operation that sends its answer bit by bit."""
    return Operation(
        name=name,
        method="GET",
        path=path,
        summary=summary,
        takes=takes,
        body=None,
        answers=answers,
        refuses=refuses,
        where=Where.LOOP,
        stream=lambda stage, asked, scope, receive, send: stream(stage, cast("A", asked), scope, receive, send),
    )
