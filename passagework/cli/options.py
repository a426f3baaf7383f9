"""The options of every command: the sources of the settings."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from passagework.config.settings import Resolved, Settings, resolve
from passagework.domain.duplicates import LeaveOut
from passagework.domain.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Chosen:
    """The settings given on the command line."""

    config: Path | None
    profile: str | None
    overrides: dict[str, str]

    def resolve(self) -> Resolved:
        """Read the settings with their sources; ConfigError names key, location and a suggestion."""
        return resolve(self.config, self.overrides, profile=self.profile)

    def settings(self) -> Settings:
        """Read the settings."""
        return self.resolve().settings


best_only: Final[Callable[[Callable[..., None]], Callable[..., None]]] = click.option(
    "--best-only/--every-copy",
    "best_only",
    default=None,
    help="Leave out all but the best of what is there more than once, or nothing (duplicates.leave_out).",
)
"""The option of commands that may leave copies out; None: as the settings say."""


def how_to_cut(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of commands that cut a file by hand."""
    for add in (
        click.option("--quiet", "-q", is_flag=True, help="No progress."),
        click.option("--json", "as_json", is_flag=True, help="Print the file as one JSON object, as show does."),
        click.option("--later", is_flag=True, help="Only note it; the next import of the folder does the rest."),
    ):
        command = add(command)
    return command


def leave_out(settings: Settings, *, best_only: bool | None) -> LeaveOut:
    """Return which copies a command leaves out."""
    if best_only is None:
        return LeaveOut(settings.duplicates.leave_out)
    return LeaveOut.RECORDING if best_only else LeaveOut.NONE


class GivenPath(click.Path):
    """A path that need not be there, nor be readable. An empty one names nothing, and not the current folder."""

    def __init__(self) -> None:
        super().__init__(readable=False)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Refuse an empty path, such as that of a variable that is not set."""
        if value == "":
            self.fail("an empty path names nothing", param, ctx)
        return super().convert(value, param, ctx)


class SettingsCommand(click.Command):
    """A command with ``--config``, ``--profile``, ``--library`` and ``--set``, passed as ``Chosen`` (pass_obj)."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # passed on as click's decorator gives them
        self.params += [
            click.Option(["--config"], type=click.Path(path_type=Path), metavar="FILE", help="Read this TOML file."),
            click.Option(
                ["--profile"],
                metavar="NAME",
                help="Start from a profile: archive, cassette, live, radio, speech or vinyl.",
            ),
            click.Option(["--library"], metavar="FILE", help="Use this library file (library.path)."),
            click.Option(
                ["--set", "overrides"], multiple=True, metavar="KEY=VALUE", help="Set a key: --set analysis.workers=2"
            ),
        ]

    def invoke(self, ctx: click.Context) -> object:
        """Convert the shared options to ``Chosen`` before the command runs."""
        library = ctx.params.pop("library")
        overrides = _parse(ctx.params.pop("overrides"), library)
        ctx.obj = Chosen(ctx.params.pop("config"), ctx.params.pop("profile"), overrides)
        return super().invoke(ctx)


def _parse(overrides: tuple[str, ...], library: str | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            # It is not repeated, since it may be a secret without its key.
            raise ConfigError("--set: write section.key=value, for example --set analysis.workers=2")
        values[key.strip()] = value
    if library is not None:
        values["library.path"] = library
    return values
