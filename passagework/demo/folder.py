"""Create the demo's music folder, without touching other files."""

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
"""A folder with this file was made by the demo."""

_UNFINISHED: Final = ".passagework-demo-unfinished"
"""The temporary name of a file while it is written."""


class DemoFolderError(PassageworkError):
    """The folder for the demo contains other files, or cannot be written."""

    code: ClassVar[str] = "demo-folder"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The folder, the truth about its music files, and the entities of the MBIDs in their tags."""

    folder: Path
    files: tuple[DemoFile, ...]
    links: LinkCounts
    made: int
    """Files that were not there before."""


def make_demo_folder(folder: Path) -> DemoFolder:
    """Create the music folder, or its missing files; existing files are not changed.

    The content of each file is always the same. Takes some seconds on one core and about 17 MB. Raises
    DemoFolderError if ``folder`` is not a folder, cannot be written, or contains files that the demo did not make.
    """
    try:
        _claim(folder)
        return _fill(folder)
    except (OSError, av.FFmpegError) as error:
        raise DemoFolderError(
            f"the demo cannot be written to {folder}: {error.strerror}; name another folder"
        ) from error


def _claim(folder: Path) -> None:
    """Mark the folder as ours if it is new or empty."""
    if folder.exists() and not folder.is_dir():
        raise DemoFolderError(f"{folder} is not a folder; name another folder for the demo")
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / _MARKER
    if not marker.is_file():
        if any(folder.iterdir()):
            raise DemoFolderError(f"{folder} contains other files; name a new or an empty folder for the demo")
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
    """Write a file under a temporary name and rename it when it is complete. Tell whether it did not exist before."""
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
