"""``passagework export mysql://...``: the library in a MySQL or MariaDB database."""

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say
from passagework.export.errors import ExportTargetError
from passagework.export.mysql.address import PASSWORD_VARIABLE, read_address
from passagework.json_forms.old_names import old_export_names

if TYPE_CHECKING:
    from passagework.export.mysql.export import Exported, ExportProgress


@click.command("mysql", cls=SettingsCommand)
@click.argument("url", metavar="mysql://USER@HOST:PORT/DATABASE")
@click.option(
    "--password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Read the password from the first line of FILE instead of {PASSWORD_VARIABLE}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="No progress; only the report.")
@click.pass_obj
def mysql(chosen: Chosen, url: str, password_file: Path | None, *, as_json: bool, quiet: bool) -> None:
    """Copy the library into a MySQL or MariaDB database, verify the copy, and then swap it in.

    Unchanged tables are not sent again. On this machine: mysql://USER@localhost/DATABASE?socket=PATH
    """
    # Importing the server's client takes a tenth of a second, for which no other command should wait.
    from passagework.export.mysql.export import export_to_mysql  # noqa: PLC0415

    address = read_address(url, _password(password_file))
    done = export_to_mysql(chosen.settings().library.path, address, _Progress() if not quiet else lambda _: None)
    if as_json:
        print_document(exported_json(done))
        return
    rows = sum(content.rows for content in done.tables.values())
    say(f"exported to {address}: {len(done.tables)} tables, {rows:,} rows, every one verified")
    if not done.sent:
        say("nothing had changed since the last export")
    elif done.unchanged:
        say(f"sent: {', '.join(done.sent)}; the others had not changed")
    if done.interruptions:
        say(f"the connection broke {done.interruptions} times, and the export continued")


def _password(file: Path | None) -> str:
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE, "")
    try:
        return file.read_text("utf-8").partition("\n")[0]
    except (OSError, UnicodeError) as error:
        raise ExportTargetError(f"the password cannot be read from {file}: {error}") from None


def exported_json(done: "Exported") -> dict[str, object]:
    """Return what an export did."""
    sending, verifying = round(done.seconds_sending, 3), round(done.seconds_verifying, 3)
    return {
        "tables": {name: asdict(content) for name, content in done.tables.items()},
        "sent": done.sent,
        "unchanged": done.unchanged,
        "sending_seconds": sending,
        "verifying_seconds": verifying,
        "interruptions": done.interruptions,
        **old_export_names(sending, verifying),
    }


class _Progress:
    """Prints progress lines at intervals, and one for every completed large table."""

    def __init__(self) -> None:
        self._table = ""
        self._began = self._last = time.monotonic()

    def __call__(self, progress: "ExportProgress") -> None:
        """Print the progress, at most once a second."""
        now = time.monotonic()
        if progress.table != self._table:
            self._table, self._began = progress.table, now
        if now - self._last < 1:
            return
        self._last = now
        rate = progress.rows / (now - self._began) if now > self._began else 0.0
        text = f"{progress.doing} {progress.table}: {progress.rows:,} of {progress.total:,} rows"
        say(text + (f" ({rate:,.0f}/s)" if rate else ""), err=True)
