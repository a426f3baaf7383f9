"""Messages between a host and its reader process: a length and a pickle, and what may be in those of the reader.

The reader opens a file of unknown origin, so a message of it may name values of this package alone.
"""

import io
import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passagework.domain.errors import LibraryError, PassageworkError

_LENGTH_BYTES: Final = 8
_LARGEST: Final = 2**31
_CHUNK: Final = 1 << 20

_PLAIN: Final = frozenset(
    {("builtins", "frozenset"), ("builtins", "set"), ("pathlib", "PosixPath"), ("copyreg", "_reconstructor")}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a long result, which is handed on as it comes."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What a query has read."""

    fetched: object


@dataclass(frozen=True, slots=True)
class Raised:
    """The error of a query: its class, its arguments and its attributes."""

    kind: type[PassageworkError]
    arguments: tuple[object, ...]
    attributes: dict[str, object]

    @classmethod
    def of(cls, error: Exception) -> "Raised":
        """Describe an error; one that is none of ours becomes a LibraryError with its words."""
        if isinstance(error, PassageworkError):
            return cls(type(error), error.args, dict(vars(error)))
        return cls(LibraryError, (f"the library cannot be read: {type(error).__name__}: {error}",), {})

    def error(self) -> PassageworkError:
        """Make the error again, without calling its class."""
        made = self.kind.__new__(self.kind, *self.arguments)
        made.args = self.arguments
        vars(made).update(self.attributes)
        return made


Answer = Part | Result | Raised


def send(connection: socket.socket, message: object) -> None:
    """Send a message; raises OSError if nobody takes it."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    connection.sendall(len(content).to_bytes(_LENGTH_BYTES))
    connection.sendall(content)


def receive(connection: socket.socket, ready: Callable[[], None], *, trusted: bool) -> object:
    """Receive a message. ``ready`` is called before each read, and waits.

    Raises EOFError where the other end is closed, and ValueError for what is no message.
    """
    length = int.from_bytes(_exactly(connection, ready, _LENGTH_BYTES))
    if length > _LARGEST:
        raise ValueError("this is no message of a reader")
    content = _exactly(connection, ready, length)
    if trusted:
        return pickle.loads(content)  # noqa: S301 - of the host, which started this process
    try:
        return _OursOnly(io.BytesIO(content)).load()
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"this is no message of a reader: {error}") from error


def _exactly(connection: socket.socket, ready: Callable[[], None], length: int) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    done = 0
    while done < length:
        ready()
        count = connection.recv_into(view[done : done + _CHUNK])
        if not count:
            raise EOFError
        done += count
    return content


class _OursOnly(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> object:
        named = super().find_class(module_name, global_name) if _may_be(module_name, global_name) else None
        if named is None or not (isinstance(named, type) or (module_name, global_name) in _PLAIN):
            raise pickle.UnpicklingError(f"{module_name}.{global_name}")
        return named


def _may_be(module_name: str, global_name: str) -> bool:
    ours = module_name == __name__ or module_name.startswith(("passagework.domain.", "passagework.persistence.read."))
    return (ours and "." not in global_name) or (module_name, global_name) in _PLAIN
