"""The door of the service: who may come in with what, and what each request is answered.

It checks before anything is done: the name under which the service was reached, the page that sent the request, the
token, the length of the body and its type. Each error has a stable code and is JSON.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Final

from starlette.routing import Route, Router

from passagework.config.sections import ServeSettings
from passagework.domain.errors import PassageworkError
from passagework.logs import logger
from passagework.service.answers import Answer, Message, Receive, Scope, Send
from passagework.service.errors import (
    HostRefusedError,
    MethodRefusedError,
    NotJsonError,
    OriginRefusedError,
    PathUnknownError,
    RefusedRequestError,
    RequestInvalidError,
    RequestTooLargeError,
    TokenWrongError,
)
from passagework.service.fields import read_body, read_fields, read_query
from passagework.service.operation import Nothing, Operation, Where
from passagework.service.problems import problem, problem_of
from passagework.service.tokens import Token

if TYPE_CHECKING:
    from passagework.service.stage import Stage

LONGEST_BODY: Final = 65_536
LONGEST_TARGET: Final = 8_192
_OWN_SITES: Final = frozenset({b"same-origin", b"none"})
_CLOSE: Final = (b"connection", b"close")

_NOTHING: Final = Nothing()


class Door:
    """The ASGI application. All on the loop. ``admit`` replaces what the settings say, also while it runs."""

    def __init__(self, stage: "Stage", operations: Iterable[Operation]) -> None:
        self._stage = stage
        self._log = logger("http")
        self._token: Token | None = None
        self._names: frozenset[str] = frozenset()
        self._logs = True
        by_path: dict[str, dict[str, Operation]] = {}
        for one in operations:
            by_path.setdefault(one.path, {})[one.method] = one
        self._router = Router(
            [Route(path, _PathEnd(stage, methods)) for path, methods in by_path.items()],
            redirect_slashes=False,
            default=_unknown,
        )

    def admit(self, settings: ServeSettings, token: Token | None) -> None:
        """Admit requests as these settings say; ``token`` None: none is needed."""
        self._token = token
        self._names = frozenset({"localhost", *settings.hosts, *([settings.host] if settings.host else [])})
        self._logs = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        status = 0

        async def counted(message: Message) -> None:
            nonlocal status
            if not status:
                status = message["status"]
            await send(message)

        try:
            self._check(scope)
            await self._router(scope, receive, counted)
        except (PassageworkError, RefusedRequestError) as error:
            if status:
                self._log.warning("answer-broken", code=error.code, detail=str(error))
            else:
                await _closing_if_unread(problem_of(error), scope).send(counted)
        except Exception:  # noqa: BLE001 - a defect of one answer must not reach the client, nor the others
            self._log.exception("request-failed", method=scope["method"], path=scope["path"])
            if not status:
                words = "the service has a defect; its log says more"
                await _closing_if_unread(problem(500, "internal-error", words), scope).send(counted)
        finally:
            elapsed = perf_counter() - began
            name = scope.get("passagework.operation", "none")
            self._stage.metrics.answered(name, status, elapsed)
            if self._logs:
                # Not the query, which may hold names; and no header, since one has the token.
                self._log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    ms=round(elapsed * 1_000, 1),
                    client=scope["client"][0] if scope["client"] else "unix",
                )

    def _check(self, scope: Scope) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            raise RequestTooLargeError(f"the path with its query has more than {LONGEST_TARGET} bytes")
        host = headers.get(b"host", b"")
        if not self._is_own(host):
            raise HostRefusedError("the service is not known under this name; serve.hosts lists further ones")
        _check_site(headers, host)
        if scope["client"] is not None and self._token is not None and scope["path"] != "/health":
            # A Unix socket has permissions instead.
            given = headers.get(b"authorization")
            if not self._token.matches(given):
                raise TokenWrongError("name the token: Authorization: Bearer TOKEN")
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            _check_body(headers)

    def _is_own(self, host: bytes) -> bool:
        """Tell whether a browser can have come here on purpose: a name of ours, or an address, which is no name."""
        name = host.decode("latin-1").lower()
        name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


class _PathEnd:
    """The operations of one path."""

    def __init__(self, stage: "Stage", methods: Mapping[str, Operation]) -> None:
        self._stage = stage
        self._methods = methods
        names = {*methods, *(("HEAD",) if "GET" in methods else ())}
        self._allowed = ", ".join(sorted(names))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for this path."""
        method = scope["method"]
        operation = self._methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            raise MethodRefusedError(method, self._allowed)
        scope["passagework.operation"] = operation.name
        asked = (
            _NOTHING
            if operation.takes is Nothing and not scope["query_string"]
            else read_fields(operation.takes, {**_only_query(operation, scope), **scope["path_params"]})
        )
        if operation.stream is not None:
            await operation.stream(self._stage, asked, scope, receive, send)
            return
        body = _NOTHING if operation.body is None else read_body(operation.body, await _whole_body(receive))
        await (await self._respond(operation, asked, body)).send(send)

    async def _respond(self, operation: Operation, asked: object, body: object) -> Answer:
        respond, stage = operation.respond, self._stage
        assert respond is not None
        match operation.where:
            case Where.LOOP:
                return respond(stage, asked, body)  # type: ignore[arg-type] # as it was read
            case Where.POOL:
                return await stage.pool.run(lambda: respond(stage, asked, body))  # type: ignore[arg-type] # as above
            case Where.FILES:
                return await stage.files.run(lambda: respond(stage, asked, body))  # type: ignore[arg-type] # as above


def _only_query(operation: Operation, scope: Scope) -> dict[str, object]:
    query = read_query(scope["query_string"])
    if twice := query.keys() & scope["path_params"].keys():
        raise RequestInvalidError(f"{operation.name} has {', '.join(sorted(twice))} in its path, not in its query")
    return dict(query)


async def _unknown(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise PathUnknownError("there is nothing under this path; /openapi.json lists all")


def _check_site(headers: Mapping[bytes, bytes], host: bytes) -> None:
    """Refuse what a page of another site has sent, also what it only reads: its author would read it too."""
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None and site not in _OWN_SITES:
        raise OriginRefusedError("a page of another site has sent this")
    if origin is not None and origin.partition(b"://")[2].lower() != host.lower():
        raise OriginRefusedError("a page of another site has sent this")


def _check_body(headers: Mapping[bytes, bytes]) -> None:
    length = headers.get(b"content-length", b"0")
    if len(length) > 18 or int(length) > LONGEST_BODY:  # noqa: PLR2004 - digits; h11 has checked that they are
        raise RequestTooLargeError(f"the body has more than {LONGEST_BODY} bytes")
    kind, _, charset = headers.get(b"content-type", b"").partition(b";")
    if kind.strip().lower() != b"application/json" or charset.strip().lower() not in {b"", b"charset=utf-8"}:
        raise NotJsonError("send Content-Type: application/json")


async def _whole_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestInvalidError("the client left before its request was whole")
        body += bytes(message.get("body", b""))
        if len(body) > LONGEST_BODY:
            raise RequestTooLargeError(f"the body has more than {LONGEST_BODY} bytes")
        if not message.get("more_body", False):
            return body


def _closing_if_unread(answer: Answer, scope: Scope) -> Answer:
    """Have the connection closed after a refusal whose body may never have been read."""
    if scope["method"] in {"GET", "HEAD"}:
        return answer
    return Answer(answer.body, answer.status, answer.content_type, (*answer.headers, _CLOSE))
