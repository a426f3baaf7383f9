"""``passagework plot``: draw a file with its passages."""

import os
from pathlib import Path

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.drawing.file_picture import file_picture
from passagework.drawing.svg import to_svg


@click.command(cls=SettingsCommand)
@click.argument("file", type=click.Path())
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write the picture here, as .svg or .png.")
@click.pass_obj
def plot(chosen: Chosen, file: str, output: Path | None) -> None:
    """Draw a FILE of the library with its passages."""
    with Library.open(chosen.settings().library.path) as library:
        curves = library.curves(os.path.abspath(os.fsencode(file)))
    place = output or Path(Path(file).stem + ".svg")
    place.write_bytes(to_svg(file_picture(Path(file).name, curves)))
    click.echo(f"wrote {place}")
