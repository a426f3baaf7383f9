"""The sockets on which the service listens."""

import ipaddress
import os
import shutil
import socket
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passagework.service.errors import ServeAddressError

_BACKLOG: Final = 128
_LONGEST_PATH: Final = 90
"""Bytes of the name of a socket: the system takes some hundred, of which a folder beside it needs some."""


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class UnixPlace:
    """The name of a Unix socket, with the identity of the one that was made there."""

    path: Path
    identity: tuple[int, int]

    def remove(self) -> None:
        """Remove the name, unless another socket has it by now."""
        with suppress(OSError):
            status = os.lstat(self.path)
            if (status.st_dev, status.st_ino) == self.identity:
                self.path.unlink()


def listen_tcp(host: str, port: int) -> socket.socket:
    """Listen at an address. Raises ServeAddressError if that is impossible."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ServeAddressError(f"serve.host: {host} is no address of this machine: {error.strerror}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 - as the socket has it
    except OSError as error:
        listening.close()
        raise ServeAddressError(
            f"the service cannot listen at {host} port {port}: {error.strerror}; set serve.host or serve.port"
        ) from error
    return listening


def listen_unix(path: Path, mode: int) -> tuple[socket.socket, UnixPlace]:
    """Listen on a Unix socket with these permissions; one that a process left behind is replaced.

    Raises ServeAddressError if another process listens there, or if something else has the name.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ServeAddressError(
            f"serve.socket: {path} has more than {_LONGEST_PATH} bytes, the longest name of a socket"
        )
    _make_room(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder: str | None = None
    try:
        # In a folder of its own, where nobody else can connect before the mode is set.
        folder = tempfile.mkdtemp(prefix=".pw", dir=path.parent)
        made = os.path.join(folder, "s")
        listening.bind(made)
        os.chmod(made, mode)
        listening.listen(_BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 - as above
        status = os.lstat(made)
        os.replace(made, path)
    except OSError as error:
        listening.close()
        raise ServeAddressError(f"serve.socket: {path} cannot be made: {error.strerror or error}") from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    return listening, UnixPlace(path, (status.st_dev, status.st_ino))


def _make_room(path: Path) -> None:
    try:
        status = os.lstat(path)
    except OSError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise ServeAddressError(f"serve.socket: {path} is there and is no socket; it was not changed")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            # Whoever made it is gone.
            with suppress(OSError):
                path.unlink()
            return
        except OSError as error:
            raise ServeAddressError(f"serve.socket: {path} cannot be asked who listens: {error.strerror}") from error
    raise ServeAddressError(f"serve.socket: another process listens at {path}")
