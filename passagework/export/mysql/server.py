"""A connection to a MySQL or MariaDB server that raises our errors."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import mysql.connector
from mysql.connector import errorcode

from passagework.export.errors import ExportServerError
from passagework.export.mysql.address import Address

_TIMEOUT_SECONDS: Final = 20
_FETCHED: Final = 1_000

_LOST: Final = frozenset(
    {
        errorcode.CR_SERVER_GONE_ERROR,
        errorcode.CR_SERVER_LOST,
        errorcode.CR_SERVER_LOST_EXTENDED,
        errorcode.CR_CONN_HOST_ERROR,
        errorcode.CR_CONNECTION_ERROR,
        errorcode.ER_SERVER_SHUTDOWN,
        errorcode.ER_QUERY_INTERRUPTED,
        errorcode.ER_LOCK_DEADLOCK,
        errorcode.ER_LOCK_WAIT_TIMEOUT,
        errorcode.ER_CON_COUNT_ERROR,
        1927,  # ER_CONNECTION_KILLED of MariaDB
        3169,  # ER_SESSION_WAS_KILLED of MySQL
        -1,
    }
)

ServerRow = Sequence[Any]


class ConnectionLostError(ExportServerError):
    """The connection broke; a retry is possible."""


def is_lost(error: mysql.connector.Error) -> bool:
    """Tell whether a retry may succeed."""
    return error.errno in _LOST or isinstance(error, mysql.connector.InterfaceError)


class Server:
    """One connection for one thread, during a ``with`` block. Every method raises ExportServerError."""

    def __init__(self, address: Address) -> None:
        self._address = address
        place = {"unix_socket": address.socket} if address.socket else {"host": address.host, "port": address.port}
        try:
            self._connection: Any = mysql.connector.connect(
                user=address.user,
                password=address.password,
                database=address.database,
                charset="utf8mb4",
                collation="utf8mb4_bin",
                autocommit=True,
                use_pure=True,
                connection_timeout=_TIMEOUT_SECONDS,
                sql_mode="STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION",
                **place,
            )
        except mysql.connector.Error as error:
            raise self._translated(error) from None
        except OSError as error:
            raise ConnectionLostError(f"{address}: {error}") from None

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        with suppress(mysql.connector.Error, OSError):
            self._connection.close()

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        """Run a statement without a result."""
        self.rows(statement, values)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[ServerRow]:
        """Run a statement and return its rows."""
        return list(self.stream(statement, values))

    def value(self, statement: str, values: Sequence[object] = ()) -> Any:  # noqa: ANN401 - depends on the statement
        """Run a statement and return the first value of its first row."""
        return self.rows(statement, values)[0][0]

    def stream(self, statement: str, values: Sequence[object] = ()) -> Iterator[ServerRow]:
        """Run a statement and yield its rows as they arrive; run nothing else meanwhile."""
        try:
            cursor = self._connection.cursor()
            cursor.execute(statement, tuple(values))
            if cursor.with_rows:
                while rows := cursor.fetchmany(_FETCHED):
                    yield from rows
            cursor.close()
        except mysql.connector.Error as error:
            raise self._translated(error) from None
        except OSError as error:
            raise ConnectionLostError(f"{self._address}: {error}") from None

    def _translated(self, error: mysql.connector.Error) -> ExportServerError:
        """Translate the server's error; its texts name users and addresses, never passwords."""
        kind = ConnectionLostError if is_lost(error) else ExportServerError
        return kind(f"{self._address}: {error.msg or error}")
