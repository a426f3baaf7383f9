"""Send tables in a child process, and follow its progress."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from passagework.domain.json_text import read_json, write_json
from passagework.export.errors import ExportServerError
from passagework.export.mysql.address import PASSWORD_VARIABLE, Address
from passagework.export.mysql.server import ConnectionLostError
from passagework.export.mysql.tables import Table


def transfer(copy: Path, tables: Sequence[Table], address: Address, on_rows: Callable[[str, int, int], None]) -> None:
    """Send the rows of the views of ``tables`` in ``copy``; ``on_rows`` gets table, rows so far, total rows.

    Raises ExportServerError, and ConnectionLostError if a retry may help.
    """
    place = (
        {"mysql_socket": address.socket} if address.socket else {"mysql_host": address.host, "mysql_port": address.port}
    )
    job = {
        "sqlite_file": str(copy),
        "sqlite_tables": [table.incoming for table in tables],
        "mysql_user": address.user,
        "mysql_password": address.password,
        "mysql_database": address.database,
        **place,
    }
    names = {table.incoming: table.name for table in tables}
    environment = {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
    command = [sys.executable, "-m", "passagework.export.mysql.child"]
    with (
        tempfile.TemporaryFile("w+", errors="replace") as said,
        subprocess.Popen(  # noqa: S603 - this Python and a module of ours
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, env=environment
        ) as child,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            # If the child ended before it had read its job, its exit code shows that.
            with suppress(BrokenPipeError):
                child.stdin.write(write_json(job))
                child.stdin.close()
            last: dict[str, object] = {}
            for line in child.stdout:
                with suppress(ValueError):  # an incomplete line of a killed child
                    last = read_json(line)
                match last:
                    case {"table": str(table), "rows": int(rows), "of": int(total)}:
                        on_rows(names[table], rows, total)
        except BaseException:
            child.kill()
            raise
        child.wait()
        said.seek(0)
        trouble = said.read().strip().rpartition("\n")[2]
    if child.returncode:
        kind = ConnectionLostError if last.get("lost", False) else ExportServerError
        raise kind(f"{address}: {last.get('error') or trouble or f'the transfer ended with {child.returncode}'}")
