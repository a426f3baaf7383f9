"""Messages over a socket, blocking; with a message may travel the descriptor of an open file."""

import socket
from typing import Final

from passagework.workers.processes.wire_protocol import FrameReader, Message, pack

_CHUNK_BYTES: Final = 65_536


class MessageStream:
    """One end of the connection between two processes. Raises EOFError when the other end is closed, and OSError."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._reader = FrameReader()
        self._descriptors: list[int] = []

    def fileno(self) -> int:
        """Return the descriptor of the socket."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close this end."""
        self._connection.close()

    def receive(self) -> Message:
        """Wait for the next message. FrameError if the stream contains something else."""
        while (message := self._reader.take()) is None:
            self._reader.feed(self._chunk())
        return message

    def receive_frame(self) -> bytes:
        """Wait for the next message, and return its frame without a look at what it contains."""
        while (frame := self._reader.take_frame()) is None:
            self._reader.feed(self._chunk())
        return frame

    def receive_with_descriptor(self) -> tuple[Message, int]:
        """Wait for the next message, which comes with a descriptor; it belongs to the caller."""
        while (message := self._reader.take()) is None:
            chunk, descriptors, _, _ = socket.recv_fds(self._connection, _CHUNK_BYTES, 1)
            self._descriptors += descriptors
            if not chunk:
                raise EOFError
            self._reader.feed(chunk)
        return message, self._descriptors.pop()

    def send(self, message: Message) -> None:
        """Send a message. FrameError if it must not be sent."""
        self._connection.sendall(pack(message))

    def send_with_descriptor(self, frame: bytes, descriptor: int) -> None:
        """Send what :func:`pack` returned, and a copy of a descriptor."""
        sent = socket.send_fds(self._connection, [frame], [descriptor])
        self._connection.sendall(memoryview(frame)[sent:])

    def send_bytes(self, frame: bytes) -> None:
        """Send what :func:`pack` returned."""
        self._connection.sendall(frame)

    def _chunk(self) -> bytes:
        chunk = self._connection.recv(_CHUNK_BYTES)
        if not chunk:
            raise EOFError
        return chunk
