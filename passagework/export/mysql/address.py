"""The address of a database and its user. The password is kept separate from everything that is shown."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from passagework.export.errors import ExportTargetError

FORM: Final = "mysql://USER@HOST:PORT/DATABASE or mysql://USER@localhost/DATABASE?socket=/path/of/its.sock"

PASSWORD_VARIABLE: Final = "PASSAGEWORK_EXPORT_PASSWORD"  # noqa: S105 - the name of a variable

_USUAL_PORT: Final = 3306


@dataclass(frozen=True, slots=True)
class Address:
    """A database on a server, reached by ``host`` and ``port``, or by a ``socket`` on this machine."""

    user: str
    database: str
    host: str = "localhost"
    port: int = _USUAL_PORT
    socket: str | None = None
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return the address without user and password."""
        place = self.socket or f"{self.host}:{self.port}"
        return f"{self.database} at {place}"


def read_address(url: str, password: str = "") -> Address:
    """Parse the address of a database. Raises ExportTargetError, whose text repeats no part that may be secret."""
    try:
        parts = urlsplit(url)
        port = parts.port or _USUAL_PORT
    except ValueError:
        raise ExportTargetError(f"the address is invalid; write {FORM}") from None
    if parts.password is not None:
        raise ExportTargetError(
            "every user of this machine can read a password in the address; "
            f"put it into {PASSWORD_VARIABLE} or into a file (--password-file)"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    socket = options.pop("socket", None)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"mysql", "mariadb"} or not parts.username or not database or "/" in database:
        raise ExportTargetError(f"an address needs a user and a database: {FORM}")
    if options or parts.fragment:
        raise ExportTargetError(f"an address has no option except the socket: {FORM}")
    return Address(unquote(parts.username), database, parts.hostname or "localhost", port, socket, password)
