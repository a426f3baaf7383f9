"""An album becomes the same whether a person decides about its tracks one by one or about all of them at once."""

import itertools
import os
from dataclasses import replace

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from passagework.standin import StandIn, catalogue_of
from passagework.standin.server import StandInRules

RATE = 22_050
TITLES = ("Rain", "Snow", "Fog")
FREE = StandInRules(acoustid_per_second=0, musicbrainz_per_second=0)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    """Stand in for services that know an album, and hear all of its songs in each of them."""
    folder = tmp_path_factory.mktemp("known")
    for number, title in enumerate(TITLES, 1):
        path = folder / f"{title}.flac"
        write_audio(path, compose(20 * RATE, RATE, number), RATE, AudioForm.FLAC)
        tags = Tags(title=title, artist_credit="Anna", artists=("Anna",), album="Weather", track_number=number)
        write_tags(path, tags)
    catalogue = catalogue_of(folder)
    every = tuple((mbid, 5) for one in catalogue.references for mbid, _ in one.recordings)
    references = tuple(replace(one, recordings=every) for one in catalogue.references)
    with StandIn(replace(catalogue, references=references), FREE) as running:
        yield running


@pytest.fixture
def music(tmp_path):
    """Copies of the songs, as somebody ripped them: without tags, and under names that do not give their order."""
    for number, title in enumerate(TITLES, 1):
        path = tmp_path / "music" / f"{title}.mp3"
        path.parent.mkdir(exist_ok=True)
        write_audio(path, compose(20 * RATE, RATE, number), RATE, AudioForm.MP3)
    return tmp_path / "music"


@pytest.fixture
def become(open_importer, standin, music, tmp_path):
    """Give a function that decides in groups, with an import after each, and says what the album became."""
    numbers = itertools.count()

    def decide(*groups):
        keys = {
            "name": f"{next(numbers)}.passages",
            "identification__gate_folder": tmp_path / "gates",
            "acoustid__key": "any",
            "acoustid__url": standin.acoustid_url,
            "acoustid__per_second": 100,
            "musicbrainz__url": standin.musicbrainz_url,
            "musicbrainz__per_second": 100,
        }
        with open_importer(**keys) as importer:
            for group in ((), *groups):
                for title in group:
                    passage = passage_of(importer, title)
                    (named,) = {one.recording for one in passage.candidates if one.title == title}
                    importer.library.set(passage.guid, recording=named)
                assert importer.start([music]).wait(180).ending == "completed"
            return {
                title: (one.link_state, one.title.name, one.album.name, one.track, one.reason, one.confidence)
                for title in TITLES
                for one in [passage_of(importer, title)]
            }

    def passage_of(importer, title):
        (passage,) = importer.library.file(os.fsencode(music / f"{title}.mp3")).passages
        return passage

    return decide


def test_an_album_becomes_the_same_however_its_decisions_are_grouped(become):
    together = become(TITLES)
    assert {title: value[:4] for title, value in together.items()} == {
        title: ("linked", title, "Weather", number) for number, title in enumerate(TITLES, 1)
    }
    assert become(*([title] for title in TITLES)) == together
    assert become(("Fog",), ("Snow", "Rain")) == together
