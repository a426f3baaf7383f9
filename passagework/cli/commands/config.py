"""``passagework config``: show, check and create a configuration."""

from pathlib import Path

import click

from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import say
from passagework.config.effective_hash import effective_hash
from passagework.config.writing import effective_toml, write_starter


@click.group()
def config() -> None:
    """Show, check or create the configuration."""


@config.command("show", cls=SettingsCommand)
@click.pass_obj
def show(chosen: Chosen) -> None:
    """Print every effective setting as TOML, with its source."""
    for line in effective_toml(chosen.resolve()).removesuffix("\n").split("\n"):
        say(line)


@config.command("check", cls=SettingsCommand)
@click.pass_obj
def check(chosen: Chosen) -> None:
    """Check the configuration; exit code 2 and one line for each problem if it is invalid."""
    resolved = chosen.resolve()
    say(f"ok: {resolved.file or 'no file, defaults'} (effective hash {effective_hash(resolved.settings)})")


@config.command("init")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def init(file: Path | None) -> None:
    """Write a first configuration FILE in which every key is explained; never overwrites."""
    say(f"wrote {write_starter(file)}")
