"""A small real library, made once: read it, do not change it."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, load_settings
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.progress import RunReport
from passagework.domain.tags import Tags

RATE = 22_050
HOSTILE_NAME = "line\nbreak \x1b[31mred\u202e.flac"
HOSTILE_TITLE = "bell\x07 and \x1b]0;title\x07"


@dataclass(frozen=True)
class SmallLibrary:
    path: Path
    music: Path
    report: RunReport


def import_into(library, *folders, **more):
    """Import in this process."""
    settings = load_settings(overrides={"library.path": str(library)})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        return importer.start([os.fsencode(folder) for folder in folders], **more).wait(60)


@pytest.fixture(scope="session")
def small_library(tmp_path_factory):
    music = tmp_path_factory.mktemp("cli") / "music"
    music.mkdir()
    for seed, (name, title) in enumerate((("One.flac", "Kettle"), (HOSTILE_NAME, HOSTILE_TITLE)), 1):
        write_audio(music / name, compose(2 * RATE, RATE, seed), RATE, AudioForm.FLAC)
        write_tags(music / name, Tags(title=title, artist_credit="Somebody", album="Short"))
    (music / "bad\r\x1b[2J.mp3").write_text("a shopping list")
    library = music.parent / "small.passages"
    return SmallLibrary(library, music, import_into(library, music, music / "no\nsuch folder"))


@pytest.fixture
def run():
    """Give a function that runs a command in this process and checks its exit code."""

    def run(*arguments, expect=0):
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        assert result.exit_code == expect, (result.output, result.exception)
        return result

    return run


@pytest.fixture
def ask(run, small_library):
    """Give a function that asks the small library."""
    return lambda command, *arguments, **more: run(command, "--library", small_library.path, *arguments, **more)


@pytest.fixture
def import_folder():
    return import_into
