"""Albums in one file, cut by the track list of their release: real audio, real fingerprints, and the stand-in."""

import os
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from mutagen.flac import FLAC

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import silence
from passagework.demo.tagging import write_tags
from passagework.domain.errors import PassageworkError
from passagework.domain.given_cuts import CutSource
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.domain.track_lists.track_list import NamedBy
from passagework.standin import StandIn, catalogue_of
from passagework.standin.faults import Service
from passagework.standin.server import StandInRules
from tests.support.importing import make_old
from tests.support.standing import difference, standing

RATE = 22_050
ALBUM, ARTIST = "Whole Thing", "Anna"
LENGTHS = (21, 17, 26, 19, 23)
FADE = 1.0
GAP = 3.0
TOLERANCE = 1.5
"""Seconds."""

pytestmark = pytest.mark.slow


def piece(number, seconds):
    """Compose a piece that resembles no other."""
    return compose(seconds * RATE, RATE, number)


def crossfaded(one, other):
    fade = round(FADE * RATE)
    rising = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
    return np.concatenate([one[:-fade], one[-fade:] * (1 - rising) + other[:fade] * rising, other[fade:]])


@pytest.fixture(scope="module")
def pieces():
    return [piece(number, seconds) for number, seconds in enumerate(LENGTHS, 1)]


@pytest.fixture(scope="module")
def catalogue(pieces, tmp_path_factory):
    """Give what the services know: the album, and one with the same tracks in an order that the file does not have."""
    folder = tmp_path_factory.mktemp("originals")
    for number, music in enumerate(pieces, 1):
        path = folder / f"{number}.flac"
        write_audio(path, music, RATE, AudioForm.FLAC)
        tags = Tags(title=f"Song {number}", artist_credit=ARTIST, artists=(ARTIST,), album=ALBUM, track_number=number)
        write_tags(path, tags)
    known = catalogue_of(folder)
    (album,) = known.releases
    other = "99999999-0000-4000-8000-000000000001"
    group = replace(album.group, mbid="99999999-0000-4000-8000-000000000002")
    wrong = [60_000, 5_000, 25_000, 8_000, 8_000]
    tracks = [
        replace(
            track,
            mbid=f"99999999-0000-4000-8000-00000000001{track.position}",
            milliseconds=length,
            recording=replace(
                track.recording, mbid=f"99999999-0000-4000-8000-00000000002{track.position}", milliseconds=length
            ),
        )
        for track, length in zip(album.media[0].tracks, wrong, strict=True)
    ]
    medium = replace(album.media[0], tracks=tuple(tracks))
    others = [replace(album, mbid=other, title="Other Thing", group=group, media=(medium,))]
    tracks = [replace(track, milliseconds=150_000) for track in tracks]
    medium = replace(medium, tracks=tuple(tracks))
    others.append(replace(album, mbid=other.replace("1", "3"), title="Long Thing", group=group, media=(medium,)))
    return replace(known, releases=(album, *others))


@pytest.fixture(scope="module")
def album(catalogue):
    return catalogue.releases[0]


@pytest.fixture(scope="module")
def sound(pieces):
    """Give the album as one piece of sound: a gap behind the first piece, and crossfades between the others."""
    rest = pieces[1]
    for music in pieces[2:]:
        rest = crossfaded(rest, music)
    return np.concatenate([pieces[0], silence(round(GAP * RATE), 2), rest])


@pytest.fixture(scope="module")
def bounds():
    """Give where the pieces are, in seconds; that of a crossfade is its middle."""
    edges = [LENGTHS[0] + GAP]
    for length in LENGTHS[1:]:
        edges.append(edges[-1] + length - FADE)
    inner = [edge + FADE / 2 for edge in edges[1:-1]]
    return list(zip([0, edges[0], *inner], [LENGTHS[0], *inner, edges[-1] + FADE], strict=True))


@pytest.fixture
def make_file(sound, tmp_path):
    """Give a function that writes the album to a file."""

    def make(name="a.flac", tags=None, samples=None, rate=RATE):
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, sound if samples is None else samples, rate, AudioForm.FLAC)
        if tags is not None:
            write_tags(path, tags)
        make_old(path)
        return path

    return make


@pytest.fixture
def standin(catalogue):
    with StandIn(catalogue, StandInRules(key="mine", acoustid_per_second=0, musicbrainz_per_second=0)) as running:
        yield running


@pytest.fixture
def online(importing_with, standin, tmp_path):
    """Give a function that opens an importer which asks the stand-in, or no service."""

    @contextmanager
    def opened(name="library.passages", *, services=True):
        keys = {
            "identification__gate_folder": tmp_path / "gates",
            "acoustid__url": standin.acoustid_url,
            "acoustid__key": "mine",
            "acoustid__per_second": 100,
            "musicbrainz__url": standin.musicbrainz_url,
            "musicbrainz__per_second": 100,
        }
        with importing_with({"library__path": tmp_path / name, **(keys if services else {})}) as made:
            yield made

    return opened


def by_mbid(release):
    return Tags(album=release.title, artist_credit=ARTIST, release_id=release.mbid)


def cuts(view):
    return [(one.start / 28_224_000, one.end / 28_224_000) for one in view.passages]


def assert_cut(view, bounds, album):
    """Assert that the pieces are where they are, and are their recordings."""
    assert (view.cut_by, view.warnings) == (CutSource.TRACK_LIST, ())
    assert (view.held.release, view.held.tracks, view.held.matched) == (album.mbid, len(LENGTHS), True)
    found = cuts(view)
    assert len(found) == len(bounds)
    assert max(abs(np.ravel(found) - np.ravel(bounds))) <= TOLERANCE, found
    assert [(one.title.mbid, one.track, one.link_state) for one in view.passages] == [
        (track.recording.mbid, track.position, LinkState.LINKED) for track in album.media[0].tracks
    ]


def test_an_album_that_its_tags_name_is_cut_and_each_piece_is_its_own_track(online, make_file, bounds, album, standin):
    path = make_file(tags=by_mbid(album))
    with online() as importing:
        report = importing.run(path.parent)
        assert (report.ending, report.summary.analysed, report.progress.files_analysed) == ("completed", 1, 1)
        assert importing.decoded == [path.name] * 2
        view = importing.file(path)
        assert_cut(view, bounds, album)
        assert view.held.named_by is NamedBy.TAGS
        asked = len(standin.requests)
        importing.run(path.parent)
        assert (importing.decoded, importing.compared) == ([], [])
        assert importing.file(path) == view
    assert (standin.count(Service.MUSICBRAINZ), len(standin.requests)) == (1, asked)


def test_an_album_that_its_tags_name_by_its_title_is_cut(online, make_file, bounds, album):
    path = make_file(tags=Tags(album=ALBUM, artist_credit=ARTIST))
    with online() as importing:
        importing.run(path.parent)
        assert_cut(importing.file(path), bounds, album)


def test_an_album_that_only_its_file_name_names_is_cut(online, make_file, bounds, album, monkeypatch):
    monkeypatch.setattr("passagework.domain.identification.scoring.held_release.SEARCHED_SECONDS", 60.0)
    path = make_file(f"{ARTIST} - {ALBUM}.flac")
    with online() as importing:
        importing.run(path.parent)
        assert_cut(importing.file(path), bounds, album)
        assert importing.file(path).held.named_by is NamedBy.FILE_NAME


def test_a_file_without_tags_follows_its_name(online, make_file, tmp_path):
    times = np.arange(150 * 8_000) / 8_000
    tones = [
        np.sin(2 * np.pi * pitch * times) + np.sin(3 * np.pi * pitch * times) for pitch in (110, 175, 262, 415, 600)
    ]
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, 5 * 150 * 8_000)
    samples = (0.2 * np.concatenate(tones) + noise).astype(np.float32)[:, None]
    path = make_file("x.flac", samples=samples, rate=8_000)
    named = path.with_name(f"{ARTIST} - Long Thing.flac")
    with online() as importing:
        for at, count in ((path, 1), (named, 5), (path, 1)):
            if not at.exists():
                (path if at is named else named).rename(at)
            importing.run(path.parent)
            assert len(importing.file(at).passages) == count
            with online(f"{count}.passages") as new:
                new.run(path.parent)
            assert difference(standing(tmp_path / f"{count}.passages"), standing(tmp_path / "library.passages")) == []


def test_an_album_is_the_same_whether_the_services_were_asked_at_once_or_later(online, make_file, album, tmp_path):
    path = make_file(tags=by_mbid(album))
    with online("at-once.passages") as importing:
        importing.run(path.parent)
    with online("later.passages", services=False) as importing:
        importing.run(path.parent)
        before = importing.file(path)
        assert (before.cut_by, before.held, len(before.passages)) == (None, None, 2)
    with online("later.passages") as importing:
        report = importing.run(path.parent)
        assert importing.decoded == [path.name]
        assert (report.summary.analysed, report.progress.files_analysed) == (1, 1)
        later = importing.file(path)
        assert later.passages[0].guid == before.passages[0].guid, "the first piece is cut as it was heard"
    assert difference(standing(tmp_path / "at-once.passages"), standing(tmp_path / "later.passages")) == []


def test_a_list_that_does_not_fit_leaves_the_cuts_of_the_sound(online, make_file, catalogue):
    _, other, _ = catalogue.releases
    path = make_file(tags=by_mbid(other))
    with online(services=False) as importing:
        importing.run(path.parent)
        heard = cuts(importing.file(path))
    with online() as importing:
        report = importing.run(path.parent)
        view = importing.file(path)
        assert (view.cut_by, view.held.release, view.held.matched) == (None, other.mbid, False)
        assert dict(report.summary.warnings) == {"list-not-matched": 1}
        assert cuts(view) == heard
        importing.run(path.parent)
        assert importing.decoded == []


def test_other_tags_take_a_list_back(online, make_file, album, tmp_path):
    path = make_file(tags=by_mbid(album))
    with online() as importing:
        importing.run(path.parent)
        FLAC(path).delete()
        write_tags(path, Tags(title="A song", track_number=1, artist_credit="Nobody", album="Unknown"))
        importing.run(path.parent)
        view = importing.file(path)
        assert (view.cut_by, view.held, len(view.passages)) == (None, None, 2)
    with online("new.passages") as importing:
        importing.run(path.parent)
    assert difference(standing(tmp_path / "new.passages"), standing(tmp_path / "library.passages")) == []


def test_what_a_person_cuts_stays_so_and_the_list_comes_back_when_they_take_that_back(online, make_file, bounds, album):
    path = make_file(tags=by_mbid(album))
    with online() as importing:
        importing.run(path.parent)
        importing.library.cut(os.fsencode(path), join=[importing.file(path).passages[1].end / 28_224_000])
        importing.run(path.parent)
        view = importing.file(path)
        assert (view.cut_by, view.held, len(view.passages)) == (CutSource.PERSON, None, len(LENGTHS) - 1)
        importing.library.cut(os.fsencode(path), clear=True)
        importing.run(path.parent)
        assert_cut(importing.file(path), bounds, album)


@pytest.mark.parametrize("value", [{"title": "Mine"}, {"approval": "rejected"}, {"lead_out": 1.5}])
def test_a_file_on_whose_passage_a_person_has_set_something_stays_as_it_is_cut(online, make_file, album, value):
    path = make_file(tags=by_mbid(album))
    with online(services=False) as importing:
        importing.run(path.parent)
        guid = importing.file(path).passages[1].guid
        importing.library.set(guid, **value)
    with online() as importing:
        importing.run(path.parent)
        view = importing.file(path)
        assert (view.cut_by, view.held, view.passages[1].guid) == (None, None, guid)


def test_one_long_song_of_the_album_is_not_cut(online, make_file, pieces, album):
    path = make_file(tags=by_mbid(album), samples=pieces[2])
    with online() as importing:
        importing.run(path.parent)
        view = importing.file(path)
        assert (view.cut_by, view.held, len(view.passages)) == (None, None, 1)
        assert view.passages[0].title.mbid == album.media[0].tracks[2].recording.mbid


def test_what_is_analysed_again_keeps_its_list_with_services_and_without(online, make_file, album):
    path = make_file(tags=by_mbid(album))
    with online() as importing:
        importing.run(path.parent)
        guids = [one.guid for one in importing.file(path).passages]
        importing.library.set(guids[0], title="Mine")
        importing.run(path.parent, reanalyze=True)
        assert importing.decoded == [path.name]
        assert [one.guid for one in importing.file(path).passages] == guids
    with online(services=False) as importing:
        importing.run(path.parent, reanalyze=True)
        view = importing.file(path)
        assert (view.cut_by, [one.guid for one in view.passages]) == (CutSource.TRACK_LIST, guids)
        assert view.passages[0].title.name == "Mine"


def test_what_was_decided_before_a_run_broke_off_is_done_by_the_next_import(
    online, make_file, album, tmp_path, monkeypatch
):
    path = make_file(tags=by_mbid(album))
    with online() as importing, monkeypatch.context() as broken:
        broken.setattr("passagework.actors.session.files.SessionFiles.cut_again", _fail)
        with pytest.raises(PassageworkError):
            importing.run(path.parent)
    with online(services=False) as importing:
        importing.run(path.parent)
        assert (importing.decoded, importing.file(path).cut_by) == ([path.name], CutSource.TRACK_LIST)
    with online() as importing:
        importing.run(path.parent)
        assert importing.decoded == []
    with online("new.passages") as importing:
        importing.run(path.parent)
    assert difference(standing(tmp_path / "new.passages"), standing(tmp_path / "library.passages")) == []


def _fail(*_):
    raise RuntimeError("the session breaks off")


def test_an_import_that_cut_by_a_list_can_be_undone(online, make_file, bounds, album, tmp_path):
    path = make_file(tags=by_mbid(album))
    with online(services=False) as importing:
        importing.run(path.parent)
    before = standing(tmp_path / "library.passages")
    with online() as importing:
        run = importing.run(path.parent).summary.run.id
        importing.undo(run)
    assert difference(before, standing(tmp_path / "library.passages")) == []
    with online() as importing:
        importing.run(path.parent)
        assert_cut(importing.file(path), bounds, album)


def test_a_file_that_is_away_when_it_is_decided_about_is_cut_when_it_is_back(online, make_file, bounds, album):
    path = make_file(tags=by_mbid(album))
    other = make_file("other/short.flac", samples=silence(RATE, 2))
    with online(services=False) as importing:
        importing.run(path.parent)
    away = path.rename(path.parents[1] / "away.flac")
    with online() as importing:
        report = importing.run(other.parent)
        assert (report.ending, report.summary.failed) == ("completed", ())
        assert importing.file(path).failure is None
    away.rename(path)
    with online() as importing:
        importing.run(path.parent)
        assert_cut(importing.file(path), bounds, album)
