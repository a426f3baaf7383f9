"""``passagework backup``: copy the library to a file, also during an import."""

from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Final

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import say
from passagework.domain.backups import BackupProgress, BackupStage, OnBackup

_BETWEEN_SECONDS: Final = 2.0
_WORDS: Final = MappingProxyType({BackupStage.COPY: "copying", BackupStage.CHECK: "reading the copy"})


@click.command(cls=SettingsCommand)
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace an earlier backup.")
@click.pass_obj
def backup(chosen: Chosen, target: Path, *, force: bool) -> None:
    """Copy the library to FILE, as it is at this moment. An import that runs is not disturbed.

    The copy is checked and synced to the disk before it has its name; an interruption leaves what was there. To restore
    it, end all imports, put a copy of it in the place of the library, delete the -wal and -shm files beside that, and
    run "passagework check".
    """
    made = Library.backup(chosen.settings().library.path, target, replace=force, on_progress=_shown())
    say(f"{made.size} bytes ({made.size / 1e6:.1f} MB) copied to {made.path}")


def _shown() -> OnBackup:
    """Return a function that says every few seconds on stderr how far the backup is."""
    said_at = monotonic()

    def show(progress: BackupProgress) -> None:
        nonlocal said_at
        if monotonic() - said_at >= _BETWEEN_SECONDS:
            said_at = monotonic()
            part = f", {100 * progress.done // progress.total} %" if progress.total else ""
            say(f"  {_WORDS[progress.stage]}{part}", err=True)

    return show
