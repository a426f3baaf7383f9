"""The wire protocol between the parent and a worker: messages, each pickled into one frame of limited size.

A frame is a big-endian 32-bit length and that many bytes of pickle. Decoders of hostile files run in the worker, so a
frame may refer only to values of the domain and the messages below; anything else is refused, not imported.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from operator import attrgetter
from types import FunctionType
from typing import Any, Final, cast

from passagework.domain.encoded_analysis import WorkResult
from passagework.domain.extensions import ExtensionId
from passagework.domain.jobs import AnalysisJob
from passagework.workers.executor import Priority

LARGEST_FRAME: Final = 64 * 2**20
"""Bytes. A result has some 10 KB; an hour-long file with its curves less than 1 MB."""

_HEADER_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """The rules of a worker: ``memory_bytes`` (0: no limit), the number of ``jobs`` in its life, and what it runs.

    ``analyze`` is ``module:function``. ``confined``: it can open nothing itself, and is handed the open file.
    ``extensions`` measure in processes beside it.
    """

    priority: Priority
    memory_bytes: int
    jobs: int
    analyze: str
    confined: bool = True
    extensions: tuple[ExtensionId, ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message to a worker."""

    parent_pid: int
    rules: WorkerRules


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has finished its imports and waits for jobs.

    ``pid`` is the process that analyses, and ``held_by`` names what of the kernel confines it.
    """

    pid: int
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unusable:
    """The worker cannot run any job and ends; another one would fail the same way."""

    detail: str


@dataclass(frozen=True, slots=True)
class RunJob:
    """One job to run. A timer of the kernel ends the worker after ``self_destruct_seconds``, even without a parent."""

    work: AnalysisJob
    self_destruct_seconds: float


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of one job. ``traceback`` is set if the analysis raised; ``last``: this worker accepts no more."""

    result: WorkResult
    cpu_seconds: float
    traceback: str | None
    last: bool


Message = Setup | Ready | Unusable | RunJob | JobResult


class FrameError(Exception):
    """The bytes are not a frame, or the frame contains something that must not be sent."""


def pack(message: Message) -> bytes:
    """Create the frame of a message; ``FrameError`` says what must not be sent."""
    try:
        payload = _pickled(message)
    except (FrameError, MemoryError):
        raise
    except Exception as error:
        raise FrameError(f"cannot be pickled: {type(error).__name__}: {error}") from error
    if len(payload) > LARGEST_FRAME:
        raise FrameError(f"{len(payload)} bytes exceed the largest frame of {LARGEST_FRAME}")
    return len(payload).to_bytes(_HEADER_BYTES) + payload


def _pickled(message: Message) -> bytes:
    file = io.BytesIO()
    _DomainPickler(file, pickle.HIGHEST_PROTOCOL).dump(message)
    return file.getvalue()


def unpack(frame: bytes) -> Message:
    """Return the message of a frame. Raises ``FrameError``."""
    try:
        message = _DomainUnpickler(io.BytesIO(memoryview(frame)[_HEADER_BYTES:])).load()
    except MemoryError:
        raise
    except Exception as error:
        raise FrameError(f"{type(error).__name__}: {error}") from error
    if not isinstance(message, Message):
        raise FrameError(f"{type(message).__name__} is not a message")
    return message


class FrameReader:
    """Assembles the chunks of a stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Add a chunk that was read."""
        self._buffer += chunk

    def take(self) -> Message | None:
        """Remove and return the next message; None if incomplete. After ``FrameError`` the stream is unusable."""
        frame = self.take_frame()
        return None if frame is None else unpack(frame)

    def take_frame(self) -> bytes | None:
        """Remove and return the next frame like :meth:`take`, without a look at what it contains."""
        if len(self._buffer) < _HEADER_BYTES:
            return None
        end = _HEADER_BYTES + int.from_bytes(self._buffer[:_HEADER_BYTES])
        if end - _HEADER_BYTES > LARGEST_FRAME:
            raise FrameError("the stream contains something that is not a frame")
        if len(self._buffer) < end:
            return None
        frame = bytes(self._buffer[:end])
        del self._buffer[:end]
        return frame


_Reduced = tuple[Callable[..., object], tuple[object, ...]]
"""What makes a value again, and from what; NotImplemented stands for what pickle itself writes as it should be."""

_Reducer = Callable[[Any], _Reduced]


class _DomainPickler(pickle.Pickler):
    """Writes only what :class:`_DomainUnpickler` reads, so that whoever sends something else is told."""

    def reducer_override(self, value: object, /) -> _Reduced:
        return _REDUCERS[type(value)](value)


class _Reducers(dict[type, _Reducer]):
    """How values of each class are written: learned when the first of them is."""

    def __missing__(self, kind: type) -> _Reducer:
        self[kind] = reducer = _reducer_of(kind)
        return reducer


def _reducer_of(kind: type) -> _Reducer:
    if issubclass(kind, type | FunctionType):
        return _named
    if not _may_be_named(kind.__module__):
        raise _not_of_the_domain(kind)
    if issubclass(kind, Enum):
        # By value, so that a frame names their class alone. Python 3.11.0 to 3.11.3 write them as a call of getattr,
        # which a reader refuses.
        return lambda member: (kind, (member.value,))
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        if len(names) == 1:
            # For a single name, attrgetter gives no tuple.
            return lambda value: (made, (kind, getattr(value, names[0])))
        values_of = attrgetter(*names)
        return lambda value: (made, (kind, *values_of(value)))
    return lambda _value: NotImplemented


def _named(value: type | FunctionType) -> _Reduced:
    """Permit a class or function that a frame names."""
    named = value if isinstance(value, type) else type(value)
    if value is not made and not _may_be_named(named.__module__):
        raise _not_of_the_domain(named)
    return cast("_Reduced", NotImplemented)


def _not_of_the_domain(named: type) -> FrameError:
    return FrameError(f"has {named.__module__}.{named.__qualname__}, which is not a value of the domain")


_REDUCERS: Final = _Reducers()


def made(kind: type, *values: object) -> object:
    """Make a frozen value with slots again, without calling its class: what was sent was made by it.

    A dataclass brings code for that, too, which asks it for its fields each time and takes five times as long.
    """
    value: object = object.__new__(kind)
    for put, one in zip(_slots_of(kind), values, strict=True):
        put(value, one)
    return value


@cache
def _slots_of(kind: type) -> tuple[Callable[[object, object], None], ...]:
    """Return what puts each field of a class into a value of it."""
    return tuple(getattr(kind, field.name).__set__ for field in fields(kind))


class _DomainUnpickler(pickle.Unpickler):
    """Loads only classes that are defined in the domain or here, nothing that is merely reachable through them."""

    def find_class(self, module_name: str, global_name: str, /) -> object:
        # Each frame names each of its classes once.
        if (known := _FOUND.get((module_name, global_name))) is not None:
            return known
        if not _may_be_named(module_name):
            raise FrameError(f"{module_name}.{global_name} is not a value of the domain")
        found: object = super().find_class(module_name, global_name)
        if found is not made and (not isinstance(found, type) or found.__module__ != module_name):
            raise FrameError(f"{module_name}.{global_name} is not a value of the domain")
        _FOUND[module_name, global_name] = found
        return found


_FOUND: Final[dict[tuple[str, str], object]] = {}
"""What may be loaded and was: the names of classes of the domain, so there are few."""


def _may_be_named(module_name: str) -> bool:
    """Tell whether frames may have values of classes from a module."""
    return module_name == __name__ or module_name.startswith("passagework.domain.")
