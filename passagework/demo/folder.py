"""Make the demo's music folder, and only ever touch what was made here."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import av

from passagework.demo.album import ALBUM, album_recipes
from passagework.demo.cover import write_cover
from passagework.demo.oddities import oddity_recipes, write_text
from passagework.demo.readme import readme
from passagework.demo.truth import DemoFile, LinkCounts, count_links
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode

_MARKER: Final = ".passagework-demo"
"""A folder that holds this file was made here."""

_UNFINISHED: Final = ".passagework-demo-unfinished"
"""Where a file is written before it gets its place and name."""


class DemoFolderError(PassageworkError):
    """The folder for the demo holds something else already, or cannot be written."""

    code: ClassVar[str] = "demo-folder"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The folder, the truth about its music files, and what the MBIDs in their tags stand for."""

    folder: Path
    files: tuple[DemoFile, ...]
    links: LinkCounts
    made: int
    """Files that were not there before."""


def make_demo_folder(folder: Path) -> DemoFolder:
    """Make the music folder, or what is missing of it; files that are there are left as they are.

    The same files have the same content every time. Takes some seconds on one core and about 17 MB. Raises
    DemoFolderError where ``folder`` is no folder, cannot be written, or holds files that were not made here.
    """
    try:
        _claim(folder)
        return _fill(folder)
    except (OSError, av.FFmpegError) as error:
        raise DemoFolderError(
            f"the demo cannot be written to {folder}: {error.strerror}; name another folder"
        ) from error


def _claim(folder: Path) -> None:
    """Make the folder ours, if it is new or empty."""
    if folder.exists() and not folder.is_dir():
        raise DemoFolderError(f"{folder} is not a folder; name another place for the demo")
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / _MARKER
    if not marker.is_file():
        if any(folder.iterdir()):
            raise DemoFolderError(f"{folder} holds other files already; name a new or an empty folder for the demo")
        write_text(marker, "This folder was made by `passagework demo`.\n")


def _fill(folder: Path) -> DemoFolder:
    recipes = (*album_recipes(), *oddity_recipes())
    files = tuple(recipe.truth for recipe in recipes)
    links = count_links(file.tags for file in files)
    made = sum(_place(folder, recipe.truth.path, recipe.write) for recipe in recipes)
    made += _place(folder, Path(ALBUM) / "cover.jpg", write_cover)
    made += _place(folder, Path("README.txt"), lambda path: write_text(path, readme(files, links)))
    return DemoFolder(folder, files, links, made)


def _place(folder: Path, name: Path, write: Callable[[Path], None]) -> bool:
    """Write a file beside its place and move it there when it is whole. Tell whether there was none before."""
    place = folder / name
    if place.exists():
        return False
    beside = folder / _UNFINISHED
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    write(beside / name.name)
    place.parent.mkdir(parents=True, exist_ok=True)
    (beside / name.name).replace(place)
    beside.rmdir()
    return True
