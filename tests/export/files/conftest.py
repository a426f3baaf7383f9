"""A library with real music, with names that hurt."""

import os

import pytest
from click.testing import CliRunner

from passagework import Importer, InlineExecutor, load_settings
from passagework.cli.group import cli
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags

RATE = 22_050
HARD_TITLE = 'A "quoted" \\ back, #{slash}: and = Ünïcode'
NOT_UTF8 = b"latin\xe9.flac"


@pytest.fixture(scope="session")
def exported_library(tmp_path_factory):
    """Give the library and the folder of its music."""
    music = tmp_path_factory.mktemp("exported") / "music"
    music.mkdir()
    names = (b"#One.flac", b"line\nbreak.flac", NOT_UTF8)
    for seed, name in enumerate(names, 1):
        made = music / f"{seed}.flac"
        write_audio(made, compose(2 * RATE, RATE, seed), RATE, AudioForm.FLAC)
        write_tags(made, Tags(title=HARD_TITLE, artist_credit="Somebody", album="=1+1"))
        os.rename(made, os.path.join(os.fsencode(music), name))
    library = music.parent / "exported.passages"
    settings = load_settings(overrides={"library.path": str(library)})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        importer.start([os.fsencode(music)]).wait(60)
    return library, music


@pytest.fixture
def export():
    """Give a function that runs ``passagework export`` in this process and checks its exit code."""

    def export(library, kind, target, *more, expect=0):
        arguments = ["export", kind, str(target), "--library", str(library), *map(str, more)]
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == expect, (result.output, result.exception)
        return result

    return export
