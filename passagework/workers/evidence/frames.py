"""Texts over a socket: a length and so many bytes of UTF-8."""

import socket
import struct
from typing import Final

_LENGTH: Final = struct.Struct("<I")
_LONGEST: Final = 16 * 2**20


def send(connection: socket.socket, text: str) -> None:
    """Send a text. Raises OSError."""
    payload = text.encode("utf-8", "surrogatepass")
    connection.sendall(_LENGTH.pack(len(payload)) + payload)


def receive(connection: socket.socket) -> str:
    """Wait for a text. Raises OSError if none comes, and ValueError if it is none."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > _LONGEST:
        raise ValueError("it is too long")
    return _exactly(connection, length).decode("utf-8", "surrogatepass")


def _exactly(connection: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        chunk = connection.recv(min(length - len(found), 65_536))
        if not chunk:
            raise ConnectionError("the other end is closed")
        found += chunk
    return bytes(found)
