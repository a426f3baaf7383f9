"""Texts over a socket: a length and so many bytes of UTF-8."""

import math
import socket
import struct
import time
from typing import Final

_LENGTH: Final = struct.Struct("<I")
_LONGEST: Final = 16 * 2**20


def send(connection: socket.socket, text: str) -> None:
    """Send a text. Raises OSError."""
    payload = text.encode("utf-8", "surrogatepass")
    connection.sendall(_LENGTH.pack(len(payload)) + payload)


def receive(connection: socket.socket, seconds: float = math.inf) -> str:
    """Wait for a text, so long in all. Raises OSError if none comes, and ValueError if it is none."""
    end = time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, end))
    if length > _LONGEST:
        raise ValueError("it is too long")
    return _exactly(connection, length, end).decode("utf-8", "surrogatepass")


def _exactly(connection: socket.socket, length: int, end: float) -> bytes:
    found = bytearray()
    while len(found) < length:
        # The limit of the socket counts anew for each piece.
        if time.monotonic() > end:
            raise TimeoutError("it has not answered in time")
        chunk = connection.recv(min(length - len(found), 65_536))
        if not chunk:
            raise ConnectionError("the other end is closed")
        found += chunk
    return bytes(found)
