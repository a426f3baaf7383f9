"""``passagework demo``: make a small music folder and import it."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from passagework.cli.import_command import run_import
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, SettingsCommand
from passagework.demo import make_demo_folder


@click.command(cls=SettingsCommand)
@click.argument("folder", default="passagework-demo", type=click.Path(path_type=Path))
@click.pass_obj
def demo(chosen: Chosen, folder: Path) -> None:
    """Make a small music folder and import it."""
    overrides = {"library.path": str(folder / "demo.passages"), **chosen.overrides}
    settings = replace(chosen, overrides=overrides).settings()
    configure_logging(settings.log, to_stderr=False)
    make_demo_folder(folder)
    sys.exit(run_import(settings, (str(folder),), quiet=False))
