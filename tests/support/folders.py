"""Folders of test data from people, ``.ci/run`` or system packages, and their default places."""

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

MUSIC = "PASSAGEWORK_MUSIC"
ALBUMS = "PASSAGEWORK_ALBUMS"
ODD_FILES = "PASSAGEWORK_ODD_FILES"
FIXTURES = "PASSAGEWORK_FIXTURES"

USUAL_PLACES = {
    ALBUMS: Path("/usr/share/games/singularity/music"),
    FIXTURES: PROJECT.parent / "shared" / "fixtures",
}

WHAT = {
    MUSIC: "real music, built by benchmarks/real_music.py",
    ALBUMS: "two albums of real music, such as Debian's singularity-music",
    ODD_FILES: "odd and damaged audio files, such as the tests/data of mutagen's source archive",
    FIXTURES: "recorded answers of AcoustID and MusicBrainz",
}
"""What the folders hold, by the variable that names each."""


def folder_of(variable):
    """Return the folder that a variable names, or the default one if it exists; None without either."""
    if value := os.environ.get(variable):
        folder = Path(value)
        if not folder.is_dir():
            pytest.fail(f"{variable} names {value}, which is not a folder")
        return folder
    usual = USUAL_PLACES.get(variable)
    return usual if usual is not None and usual.is_dir() else None


def why_not(variable):
    """Return why tests that need this folder are skipped."""
    return f"{variable} names no folder of {WHAT[variable]}"


def needed(variable):
    """Give the folder; skip the test where there is none."""
    folder = folder_of(variable)
    if folder is None:
        pytest.skip(why_not(variable))
    return folder
