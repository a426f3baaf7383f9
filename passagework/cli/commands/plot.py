"""``passagework plot``: draw a file with its passages."""

import os
from pathlib import Path

import click

from passagework import Library
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.say import say
from passagework.domain.errors import OutputFileError
from passagework.domain.files import display_path
from passagework.drawing.file_picture import file_picture
from passagework.drawing.png import to_png
from passagework.drawing.svg import to_svg

WRITERS = {".svg": to_svg, ".png": to_png}


@click.command(cls=SettingsCommand)
@click.argument("file", type=GivenPath())
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Output file, .svg or .png. Default: an SVG with the FILE's name, in the current folder.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.pass_obj
def plot(chosen: Chosen, file: str, output: Path | None, *, force: bool) -> None:
    """Draw a FILE of the library: waveform, level, and the passages with leads, fades, loudness, names and flavor."""
    path = os.path.abspath(os.fsencode(file))
    place = output or Path(Path(os.fsdecode(path)).stem + ".svg")
    writer = WRITERS.get(place.suffix.lower())
    if writer is None:
        raise click.UsageError(f"{place}: the picture can be an .svg or a .png")
    with Library.open(chosen.settings().library.path) as library:
        curves = library.curves(path)
        flavors = library.flavors([passage.guid for passage in curves.passages])
    _write(place, writer(file_picture(display_path(os.path.basename(path)), curves, flavors)), force=force)
    say(f"wrote {display_path(os.fsencode(place))}")


def _write(place: Path, picture: bytes, *, force: bool) -> None:
    """Write the picture; overwrite an existing file only with ``force``."""
    try:
        with place.open("wb" if force else "xb") as file:
            file.write(picture)
    except FileExistsError:
        raise OutputFileError(f"{place} exists; --force overwrites it, -o names another file") from None
    except OSError as error:
        raise OutputFileError(f"{place} cannot be written: {error.strerror}; -o names another file") from error
