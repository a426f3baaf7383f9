"""Where a database is, and who asks for it. The password is kept apart from everything that is ever shown."""

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
        """Return what may be shown."""
        place = self.socket or f"{self.host}:{self.port}"
        return f"{self.database} at {place}"


def read_address(url: str, password: str = "") -> Address:
    """Read the address of a database. Raises ExportTargetError, whose text repeats nothing of what may be secret."""
    try:
        parts = urlsplit(url)
        port = parts.port or _USUAL_PORT
    except ValueError:
        raise ExportTargetError(f"that address cannot be read; write {FORM}") from None
    if parts.password is not None:
        raise ExportTargetError(
            "a password in the address can be read by everybody on this machine; "
            f"put it into {PASSWORD_VARIABLE} or into a file (--password-file)"
        )
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    socket = options.pop("socket", None)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"mysql", "mariadb"} or not parts.username or not database or "/" in database:
        raise ExportTargetError(f"an address needs a user and a database: {FORM}")
    if options or parts.fragment:
        raise ExportTargetError(f"an address has no option but the socket: {FORM}")
    return Address(unquote(parts.username), database, parts.hostname or "localhost", port, socket, password)
