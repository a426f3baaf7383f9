"""Errors on their way through the door: they come back with their code, exit code and message."""

from collections.abc import Iterator

from passagework.api.door.messages import Refused
from passagework.domain.errors import LibraryUnavailableError, PassageworkError, UnavailableKind
from passagework.domain.exit_codes import ExitCode


class ForwardedError(PassageworkError):
    """An error of a class that this process has not loaded. A subclass has its code and its exit code."""

    code = "internal-error"
    exit_code = ExitCode.FAILED


def refusal_of(error: PassageworkError) -> Refused:
    """Return the message that stands for an error."""
    kind = error.kind.value if isinstance(error, LibraryUnavailableError) else None
    return Refused(error.code, int(error.exit_code), str(error), kind)


def error_of(refused: Refused) -> PassageworkError:
    """Return the error that a message stands for: of the same class, if this process has loaded one with its code."""
    if refused.kind is not None and refused.kind in set(UnavailableKind):
        return LibraryUnavailableError(refused.message, UnavailableKind(refused.kind))
    for kind in _below(PassageworkError):
        if vars(kind).get("code") == refused.code and not issubclass(kind, ForwardedError | LibraryUnavailableError):
            # Not by its own __init__, which may take something else than the message.
            error = kind.__new__(kind, refused.message)
            error.args = (refused.message,)
            return error
    known = refused.exit_code in set(ExitCode)
    attributes = {"code": refused.code, "exit_code": ExitCode(refused.exit_code) if known else ExitCode.FAILED}
    kind = type("ForwardedError", (ForwardedError,), attributes)
    return kind(refused.message)


def _below(kind: type[PassageworkError]) -> Iterator[type[PassageworkError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
