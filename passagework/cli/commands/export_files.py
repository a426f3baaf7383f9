"""``passagework export json|csv|parquet|m3u``: the playable passages as a file."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

import click

from passagework.cli.options import Chosen, SettingsCommand, best_only, leave_out
from passagework.cli.output.say import say
from passagework.domain.counted import counted
from passagework.domain.gains import GainOf, Mono
from passagework.export.files.export import export_file
from passagework.export.files.parquet import load_pyarrow, write_parquet
from passagework.export.files.playlist import PlaylistForm, write_playlist
from passagework.export.files.row import ExportRow
from passagework.export.files.text_formats import write_csv, write_json

R = TypeVar("R")

_STDOUT: Final = Path("-")
_target: Final[Callable[[Callable[..., None]], Callable[..., None]]] = click.argument(
    "target", metavar="FILE", type=click.Path(path_type=Path)
)


def _export(
    chosen: Chosen, target: Path, write: Callable[[Iterable[ExportRow], BinaryIO], R], *, best_only: bool | None
) -> R:
    settings = chosen.settings()
    place = sys.stdout.buffer if target == _STDOUT else target
    copies, mono = leave_out(settings, best_only=best_only), Mono(settings.loudness.mono)
    return export_file(settings.library.path, place, write, copies, mono)


def _say(target: Path, count: int) -> None:
    say(f"{counted(count, 'passage')} written to {'the standard output' if target == _STDOUT else target}", err=True)


@click.command("json", cls=SettingsCommand)
@_target
@best_only
@click.pass_obj
def json_(chosen: Chosen, target: Path, *, best_only: bool | None) -> None:
    """Write the playable passages to FILE as JSON Lines: one object per line; - is the standard output."""
    _say(target, _export(chosen, target, write_json, best_only=best_only))


@click.command("csv", cls=SettingsCommand)
@_target
@best_only
@click.pass_obj
def csv_(chosen: Chosen, target: Path, *, best_only: bool | None) -> None:
    """Write the playable passages to FILE as CSV in UTF-8; lists are JSON; - is the standard output."""
    _say(target, _export(chosen, target, write_csv, best_only=best_only))


@click.command(cls=SettingsCommand)
@_target
@best_only
@click.pass_obj
def parquet(chosen: Chosen, target: Path, *, best_only: bool | None) -> None:
    """Write the playable passages to FILE as Parquet (needs the extra "parquet"); - is the standard output."""
    load_pyarrow()
    _say(target, _export(chosen, target, write_parquet, best_only=best_only))


def _roots(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[bytes, bytes], ...]:
    roots = []
    for value in values:
        old, equals, new = value.partition("=")
        if not (old and equals and new):
            raise click.BadParameter(f"{value} is not OLD=NEW")
        roots.append((os.fsencode(old), os.fsencode(new)))
    return tuple(roots)


@click.command(cls=SettingsCommand)
@_target
@best_only
@click.option("--plain", is_flag=True, help="Write whole files for any player, without annotations for liquidsoap.")
@click.option(
    "--root", "roots", multiple=True, metavar="OLD=NEW", callback=_roots, help="Replace the folder OLD by NEW in paths."
)
@click.option("--target-lufs", type=float, default=-18.0, show_default=True, help="Target loudness of liq_amplify.")
@click.option(
    "--gain",
    "gain_of",
    type=click.Choice([one.value for one in GainOf]),
    default=GainOf.TRACK.value,
    show_default=True,
    help="Bring each passage, disc or album to the target loudness as a whole.",
)
@click.pass_obj
def m3u(
    chosen: Chosen,
    target: Path,
    *,
    plain: bool,
    roots: tuple[tuple[bytes, bytes], ...],
    target_lufs: float,
    gain_of: str,
    best_only: bool | None,
) -> None:
    """Write a playlist to FILE, with cue points, fades and gains for liquidsoap; - is the standard output."""
    form = PlaylistForm(plain, target_lufs, roots, GainOf(gain_of))
    count = _export(chosen, target, lambda rows, file: write_playlist(rows, file, form), best_only=best_only)
    _say(target, count.written)
    if count.left_out:
        say(
            f"{count.left_out} left out: their paths are not UTF-8, or have line breaks, control characters or '#' "
            "before a brace",
            err=True,
        )
