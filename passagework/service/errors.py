"""What keeps the service from starting, and what of a request it refuses; each has a stable code."""

from collections.abc import Sequence
from typing import ClassVar

from passagework.domain.errors import ConfigError, PassageworkError
from passagework.domain.exit_codes import ExitCode


class ServeExtraMissingError(PassageworkError):
    """The packages of the extra ``serve`` are not installed."""

    code = "serve-extra-missing"
    exit_code = ExitCode.USAGE

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"the service needs {', '.join(missing)}; install passagework[serve]")


class ServeAddressError(PassageworkError):
    """The service cannot listen at an address or a socket."""

    code = "serve-address"
    exit_code = ExitCode.USAGE


class ServeTokenMissingError(ConfigError):
    """Others than this machine could reach the service, and there is no token."""

    code = "serve-token-missing"


class ServeTokenFileError(PassageworkError):
    """The file with the hash of the token cannot be read or written, or is none."""

    code = "serve-token-file"
    exit_code = ExitCode.USAGE


class ServiceStateError(PassageworkError):
    """A service that runs cannot be started, and one that was stopped cannot be started again."""

    code = "serve-state"
    exit_code = ExitCode.FAILED


class RefusedRequestError(Exception):
    """A request that is not answered as it is: the status of HTTP, a stable code, and what would be right.

    It never leaves the service, so it is no error of commands and of programs.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 400
    retry_after: ClassVar[int | None] = None
    """Seconds after which to ask again."""


class RequestInvalidError(RefusedRequestError):
    """A parameter or the body of a request is not as the OpenAPI document says."""

    code = "request-invalid"


class TokenWrongError(RefusedRequestError):
    """A request over TCP lacks the token, or has another one."""

    code = "token-wrong"
    status = 401


class HostRefusedError(RefusedRequestError):
    """The name in the Host header is none of this service: another site may have led a browser here."""

    code = "host-refused"
    status = 403


class OriginRefusedError(RefusedRequestError):
    """A page of another site has sent the request."""

    code = "origin-refused"
    status = 403


class PathUnknownError(RefusedRequestError):
    """There is nothing under that path."""

    code = "path-unknown"
    status = 404


class MethodRefusedError(RefusedRequestError):
    """The path has no such method."""

    code = "method-refused"
    status = 405

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"{method} is not possible here, but {allowed}")
        self.allowed = allowed


class RequestTooLargeError(RefusedRequestError):
    """The body, or the path with its query, is larger than any that is expected."""

    code = "request-too-large"
    status = 413


class NotJsonError(RefusedRequestError):
    """What changes something takes JSON alone, which no form of another site can send."""

    code = "request-not-json"
    status = 415


class RangeError(RefusedRequestError):
    """The file has none of the bytes that were asked for."""

    code = "range-refused"
    status = 416

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.size = size


class NotActiveError(RefusedRequestError):
    """The run does not go on, or there is no watch."""

    code = "not-active"
    status = 409


class OutsideRootsError(RefusedRequestError):
    """A folder or file is not below the roots of the configuration."""

    code = "outside-roots"
    status = 403


class FileDiffersError(RefusedRequestError):
    """The file is not the one that the library knows: it is gone or has changed since its import."""

    code = "file-differs"
    status = 409


class BusyError(RefusedRequestError):
    """As much is being done as may be done at a time."""

    code = "service-busy"
    status = 503
    retry_after = 1
