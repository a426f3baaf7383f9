"""Real albums, from Debian's singularity-music: found again by their sound, cut or not.

In the suite one of the two, of each track the beginning; in ``.ci/long`` both as they are.
"""

import os
import shutil
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest

from passagework.demo.encoding import AudioForm, encode_blocks
from passagework.domain.links import LinkState
from passagework.standin import StandIn, catalogue_of
from passagework.standin.catalogue import tracks_of
from passagework.standin.fingerprints import maker
from passagework.standin.server import Service, StandInRules
from tests.support.effort import effort
from tests.support.folders import ALBUMS, needed

RATE = 44_100
SECONDS_OF_FIRST, SECONDS_OF_OTHERS = 125, 60
"""What is left of a track in the suite: of the first one more than is fingerprinted."""

NUMBERS = effort((1, 6, 1, 1), (2, 16, 3, 3))
"""Releases and tracks; requests to AcoustID and to MusicBrainz for all of them with their tags."""

COPIES = effort(AudioForm.AAC, AudioForm.MP3)
"""In the suite with the lossy encoder that takes the least time."""

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def albums(tmp_path_factory):
    folder = needed(ALBUMS)
    if "library" not in maker():
        pytest.skip("Chromaprint's own library is not installed, which is to make the references")
    return effort(lambda: smaller_album(folder, tmp_path_factory.mktemp("album")), lambda: folder)()


def smaller_album(albums, folder):
    """Copy the beginnings of the tracks of the album that has fewer, packet by packet."""
    of_album = defaultdict(list)
    for path in sorted(albums.rglob("*.ogg")):
        of_album[mutagen.File(path)["album"][0]].append(path)
    for number, path in enumerate(min(of_album.values(), key=len)):
        seconds = SECONDS_OF_OTHERS if number else SECONDS_OF_FIRST
        copy = folder / path.name
        with av.open(str(path)) as source, av.open(str(copy), "w") as target:
            stream = source.streams.audio[0]
            written = target.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.pts is None or packet.pts * packet.time_base > seconds:
                    break
                packet.stream = written
                target.mux(packet)
        tags, original = mutagen.File(copy), mutagen.File(path)
        tags.clear()
        tags.update(original.tags)
        tags.save()
    return folder


@pytest.fixture(scope="module")
def catalogue(albums):
    """Give what the stand-in knows: fingerprints by the C library, of the original files."""
    found = catalogue_of(albums)
    assert (len(found.releases), len(found.references)) == NUMBERS[:2]
    return found


@pytest.fixture
def standin(catalogue):
    with StandIn(catalogue, StandInRules(acoustid_per_second=0, musicbrainz_per_second=0)) as running:
        yield running


@pytest.fixture
def online(open_importer, standin, tmp_path):
    return open_importer(
        acoustid__key="any",
        acoustid__url=standin.acoustid_url,
        acoustid__per_second=100,
        musicbrainz__url=standin.musicbrainz_url,
        musicbrainz__per_second=100,
        identification__gate_folder=tmp_path / "gates",
        analysis__workers="2",
    )


def blocks_of(path):
    """Decode to blocks of stereo samples."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "stereo", RATE)
        for frame in container.decode(audio=0):
            for block in resampler.resample(frame):
                yield block.to_ndarray().T.astype(np.float32)


def encode(path, blocks, form):
    encode_blocks(path, blocks, RATE, 2, form)


def names_of(importer, path):
    views = importer.library.file(os.fsencode(path)).passages
    return [
        (view.title.name, view.album.name) for view in views if view.link_state in {LinkState.LINKED, LinkState.LIKELY}
    ], len(views)


def test_with_their_tags_every_track_is_linked_to_itself(online, albums, standin):
    with online as importer:
        report = importer.start([albums]).wait(600)
        assert report.ending == "completed"
        for view in importer.library.passages():
            assert view.link_state in {LinkState.LINKED, LinkState.LIKELY}
            assert (view.title.name, view.title.mbid is not None) == (Path(os.fsdecode(view.path)).stem, True)
    # Of both: 16 fingerprints are two batches; one track ends in seven seconds of silence and is asked about again.
    # Two releases, and the recording of the one track that is alone in its folder.
    assert (standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)) == NUMBERS[2:]


def test_without_tags_copies_in_another_format_are_found(online, albums, catalogue, standin, tmp_path):
    folder = tmp_path / "copies"
    names, jobs = {}, []
    for number, path in enumerate(sorted(albums.rglob("*.ogg"))):
        release = next(r for r in catalogue.releases if path.stem in {t.title for t in tracks_of(r)})
        copy = folder / str(catalogue.releases.index(release)) / f"{number:02}{COPIES.suffix}"
        copy.parent.mkdir(parents=True, exist_ok=True)
        names[copy] = (path.stem, release.title)
        jobs.append((path, copy))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: encode(job[1], blocks_of(job[0]), COPIES), jobs))
    with online as importer:
        assert importer.start([folder]).wait(600).ending == "completed"
        assert {path: names_of(importer, path) for path in names} == {path: ([name], 1) for path, name in names.items()}
    assert standin.count(Service.ACOUSTID) == NUMBERS[2]
    assert standin.count(Service.MUSICBRAINZ) == NUMBERS[0]
    shutil.rmtree(folder)


def test_one_long_file_with_silence_between_the_tracks_is_cut_into_the_album(online, catalogue, albums, tmp_path):
    release = min(catalogue.releases, key=lambda release: len(tracks_of(release)))
    paths = {path.stem: path for path in albums.rglob("*.ogg")}
    folder = tmp_path / "long"
    folder.mkdir()
    silence = np.zeros((5 * RATE, 2), np.float32)

    def side():
        for track in tracks_of(release):
            yield from blocks_of(paths[track.title])
            yield silence

    # In the suite without the encoder that takes most of the time: copies in a lossy format are tried above.
    form = effort(AudioForm.FLAC, AudioForm.MP3)
    path = folder / f"album{form.suffix}"
    encode(path, side(), form)
    with online as importer:
        assert importer.start([folder]).wait(600).ending == "completed"
        names, count = names_of(importer, path)
    wanted = [(track.title, release.title) for track in tracks_of(release)]
    # A pause inside a piece may cut it, too; whatever is linked is linked to the right track, in order.
    assert [name for at, name in enumerate(names) if not at or names[at - 1] != name] == wanted
    assert count >= len(wanted)
