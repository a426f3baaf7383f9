"""What goes wrong with a request, as JSON: the status of HTTP, the stable code, and words for people."""

from collections.abc import Mapping
from typing import Final

from passagework.domain.credentials import without_credentials
from passagework.domain.edits import EditError
from passagework.domain.errors import (
    ConfigError,
    ImporterClosedError,
    LibraryError,
    NotFoundError,
    PassageworkError,
    WatchUnderWayError,
)
from passagework.domain.flavor.similar import NotComparableError
from passagework.domain.json_text import write_json
from passagework.domain.passage_filter import FilterError
from passagework.domain.playing import NextError
from passagework.domain.plays import PlayError
from passagework.domain.undo import UndoRefusedError
from passagework.service.answers import PROBLEM_TYPE, Answer
from passagework.service.errors import MethodRefusedError, RangeError, RefusedRequestError, TokenWrongError

_STATUS: Final[Mapping[type[PassageworkError], int]] = {
    NotFoundError: 404,
    EditError: 422,
    PlayError: 422,
    FilterError: 422,
    NextError: 422,
    NotComparableError: 422,
    UndoRefusedError: 409,
    WatchUnderWayError: 409,
    ConfigError: 422,
    ImporterClosedError: 503,
    LibraryError: 503,
}

_BY_CODE: Final[Mapping[str, int]] = {"run-under-way": 409, "importer-unavailable": 503}
"""Of errors that belong to the actors, which no door imports."""

_RETRY_SECONDS: Final = 2


def problem_of(error: PassageworkError | RefusedRequestError) -> Answer:
    """Return the answer for an error that is raised on purpose."""
    headers: list[tuple[bytes, bytes]] = []
    if isinstance(error, RefusedRequestError):
        status, retry = error.status, error.retry_after
    else:
        status = _BY_CODE.get(error.code) or next(
            (_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500
        )
        retry = _RETRY_SECONDS if status == 503 else None  # noqa: PLR2004 - the number is its name
    if retry is not None:
        headers.append((b"retry-after", b"%d" % retry))
    match error:
        case MethodRefusedError(allowed=allowed):
            headers.append((b"allow", allowed.encode("ascii")))
        case RangeError(size=size):
            headers.append((b"content-range", b"bytes */%d" % size))
        case TokenWrongError():
            headers.append((b"www-authenticate", b'Bearer realm="passagework"'))
        case _:
            """Its words say it all."""
    return problem(status, error.code, str(error), headers)


def problem(status: int, code: str, detail: str, headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
    """Return the answer for what went wrong; secrets of addresses are left out of ``detail``."""
    text = write_json({"status": status, "code": code, "detail": without_credentials(detail)})
    return Answer(text.encode("ascii"), status=status, content_type=PROBLEM_TYPE, headers=tuple(headers or ()))
