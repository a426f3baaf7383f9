"""Identification through the public doors: real audio, real fingerprints, real HTTP, and the stand-in."""

import os
import shutil
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import noise_floor, silence
from passagework.demo.tagging import write_tags
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.standin import StandIn, catalogue_of
from passagework.standin.faults import FaultOnDemand, Service
from passagework.standin.server import StandInRules
from tests.support.dump import dump
from tests.support.effort import effort

RATE = 22_050
ALBUMS = {"Morning Pieces": "Anna", "Evening Pieces": "Bert"}
TRACKS = 4
pytestmark = pytest.mark.slow
FREE = StandInRules(key="mine", acoustid_per_second=0, musicbrainz_per_second=0)


def music_of(album, track):
    """Compose a track that resembles no other, and not itself some seconds later."""
    first = 1_000 * (1 + list(ALBUMS).index(album)) + 10 * track
    return np.concatenate([compose((3 + part) * RATE, RATE, first + part) for part in range(5)])


def title_of(album, track):
    return f"{album.split()[0]} song {track}"


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Give two complete albums, lossless and tagged, as the world knows them."""
    folder = tmp_path_factory.mktemp("originals")
    for album, artist in ALBUMS.items():
        for track in range(1, TRACKS + 1):
            path = folder / album / f"{track}.flac"
            path.parent.mkdir(exist_ok=True)
            write_audio(path, music_of(album, track), RATE, AudioForm.FLAC)
            tags = Tags(
                title=title_of(album, track), artist_credit=artist, artists=(artist,), album=album, track_number=track
            )
            write_tags(path, tags)
    return folder


@pytest.fixture(scope="module")
def catalogue(originals):
    return catalogue_of(originals)


@pytest.fixture(scope="module")
def untagged(tmp_path_factory):
    """Give copies as somebody ripped them: MP3, cut a little later, numbered and nothing else."""
    folder = tmp_path_factory.mktemp("untagged")
    for number, album in enumerate(ALBUMS):
        for track in range(1, TRACKS + 1):
            path = folder / f"disc {number}" / f"{track:02}.mp3"
            path.parent.mkdir(exist_ok=True)
            write_audio(path, music_of(album, track)[RATE // 2 :], RATE, AudioForm.MP3)
    return folder


@pytest.fixture
def standin(catalogue):
    with StandIn(catalogue, FREE) as running:
        yield running


@pytest.fixture
def online(open_importer, tmp_path, monkeypatch):
    """Give a function that opens an importer which asks a stand-in, and pauses more shortly than it does for people."""
    monkeypatch.setattr("passagework.actors.linker.patience.FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("passagework.lookup.acoustid.transport.LIMIT_PAUSE", 1.0)

    def open_online(standin, **overrides):
        keys = {
            "identification__gate_folder": tmp_path / "gates",
            "acoustid__url": standin.acoustid_url,
            "acoustid__key": "mine",
            "acoustid__per_second": 100,
            # Long enough for an answer on a busy machine: a service that fails thrice in a row is put off.
            "acoustid__timeout_seconds": 3,
            "musicbrainz__url": standin.musicbrainz_url,
            "musicbrainz__per_second": 100,
            "musicbrainz__timeout_seconds": 3,
            **overrides,
        }
        return open_importer(**keys)

    return open_online


def found(importer, folder):
    """Give album, title, position and state of every passage below a folder, in order."""
    return {
        path: [
            (view.album.name, view.title.name, view.track, view.link_state)
            for view in importer.library.file(os.fsencode(path)).passages
        ]
        for path in sorted(folder.rglob("*.*"))
    }


def expected(number):
    album = list(ALBUMS)[number]
    return [(album, title_of(album, track), track, LinkState.LINKED) for track in range(1, TRACKS + 1)]


def assert_all_is_linked(importer, folder):
    linked = found(importer, folder)
    for number in range(len(ALBUMS)):
        of_album = [passages for path, passages in linked.items() if path.parent.name == f"disc {number}"]
        assert [passage for passages in of_album for passage in passages] == expected(number)


def rows(importer):
    return {name: count for name, count in importer.library.status().rows if name not in {"run", "run_root"}}


def test_albums_without_tags_are_found_by_their_sound_and_cost_two_requests_each(online, standin, untagged):
    with online(standin) as importer:
        report = importer.start([untagged]).wait(120)
        assert (report.ending, report.put_off) == ("completed", ())
        assert_all_is_linked(importer, untagged)
        before = rows(importer)
    assert standin.count(Service.ACOUSTID) == 1
    assert standin.count(Service.MUSICBRAINZ) == len(ALBUMS)
    with online(standin) as importer:
        again = importer.start([untagged]).wait(120)
        assert (again.ending, again.summary.analysed) == ("completed", 0)
        assert rows(importer) == before
    assert len(standin.requests) == 1 + len(ALBUMS)


def test_what_is_analysed_anew_is_identified_by_the_answers_at_hand(online, standin, untagged):
    with online(standin) as importer:
        importer.start([untagged]).wait(120)
        asked = len(standin.requests)
        confident = [view.confidence for path in found(importer, untagged) for view in views(importer, path)]
        importer.start([untagged], reanalyze=True).wait(120)
        assert_all_is_linked(importer, untagged)
        assert confident == [view.confidence for path in found(importer, untagged) for view in views(importer, path)]
    assert len(standin.requests) == asked


def views(importer, path):
    return importer.library.file(os.fsencode(path)).passages


def test_a_track_that_comes_later_finds_its_album_by_the_kept_answers_about_the_others(
    online, standin, untagged, tmp_path
):
    folder = tmp_path / "disc 0"
    shutil.copytree(untagged / "disc 0", folder)
    late = folder.rename(tmp_path / "whole") / "04.mp3"
    folder.mkdir()
    for path in (tmp_path / "whole").glob("0[123].mp3"):
        shutil.copy(path, folder)
    with online(standin) as importer:
        importer.start([folder]).wait(180)
        before = standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)
        shutil.copy(late, folder)
        importer.start([folder]).wait(180)
        assert [one for _, (one,) in sorted(found(importer, folder).items())] == expected(0)
    assert (standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)) == (before[0] + 1, before[1])


def test_an_album_in_one_file_is_cut_and_each_passage_is_its_own_track(online, standin, tmp_path):
    album = next(iter(ALBUMS))
    gap = silence(4 * RATE, 2)
    parts = [part for track in range(1, TRACKS + 1) for part in (music_of(album, track), gap)]
    folder = tmp_path / "side"
    folder.mkdir()
    write_audio(folder / "side.mp3", np.concatenate(parts[:-1]), RATE, AudioForm.MP3)
    with online(standin) as importer:
        assert importer.start([folder]).wait(120).ending == "completed"
        assert found(importer, folder)[folder / "side.mp3"] == expected(0)
    assert (standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)) == (1, 1)


def test_an_album_whose_tags_name_the_release_costs_one_request(online, standin, originals, catalogue, tmp_path):
    release = next(one for one in catalogue.releases if one.title == "Morning Pieces")
    folder = tmp_path / "disc 0"
    shutil.copytree(originals / "Morning Pieces", folder)
    for path, track in zip(sorted(folder.iterdir()), release.media[0].tracks, strict=True):
        tags = Tags(title=track.title, album=release.title, track_number=track.position, release_id=release.mbid)
        write_tags(path, Tags(**{**_fields(tags), "recording_ids": (track.recording.mbid,)}))
    with online(standin) as importer:
        importer.start([folder]).wait(120)
        assert_all_is_linked_to_morning(importer, folder)
    assert Counter(request.service for request in standin.requests) == {Service.MUSICBRAINZ: 1}


def _fields(tags):
    return {name: getattr(tags, name) for name in ("title", "album", "track_number", "release_id")}


def assert_all_is_linked_to_morning(importer, folder):
    assert [passage for passages in found(importer, folder).values() for passage in passages] == expected(0)


def test_music_that_nobody_knows_stays_unidentified_and_is_not_asked_about_again(online, standin, tmp_path):
    folder = tmp_path / "unknown"
    folder.mkdir()
    write_audio(folder / "unknown.flac", compose(30 * RATE, RATE, 77), RATE, AudioForm.FLAC)
    for _ in range(2):
        with online(standin) as importer:
            assert importer.start([folder]).wait(180).ending == "completed"
            ((_, _, _, state),) = found(importer, folder)[folder / "unknown.flac"]
            assert state is LinkState.UNIDENTIFIED
        # Once as it is, and once for what is longer or shorter than its passage.
        assert len(standin.requests) == 2


def test_a_loose_track_that_sounds_like_nothing_known_is_found_by_its_text_and_marked(online, standin, tmp_path):
    folder = tmp_path / "loose"
    folder.mkdir()
    write_audio(folder / "loose.flac", compose(25 * RATE, RATE, 78), RATE, AudioForm.FLAC)
    write_tags(folder / "loose.flac", Tags(title="Morning song 2", artists=("Anna",)))
    for _ in range(2):
        with online(standin) as importer:
            assert importer.start([folder]).wait(180).ending == "completed"
            assert found(importer, folder)[folder / "loose.flac"] == [
                ("Morning Pieces", "Morning song 2", 2, LinkState.LIKELY)
            ]
        assert (standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)) == (2, 1)


def test_what_was_imported_without_services_is_identified_once_they_can_be_asked(
    open_importer, online, standin, untagged
):
    with open_importer() as importer:
        importer.start([untagged]).wait(120)
        before = rows(importer)
        importer.start([untagged]).wait(120)
        assert rows(importer) == before
    with online(standin) as importer:
        assert importer.start([untagged]).wait(120).summary.analysed == 0
        assert_all_is_linked(importer, untagged)


@pytest.mark.parametrize("first", Service)
def test_what_was_identified_by_one_service_is_looked_at_again_once_the_other_can_be_asked(
    online, standin, untagged, analysed, tmp_path, first
):
    shutil.copyfile(analysed, tmp_path / "library.passages")
    other = next(service for service in Service if service != first)
    with online(standin, **{f"{other}__enabled": "false"}) as importer:
        importer.start([untagged]).wait(120)
        importer.start([untagged]).wait(120)
        assert standin.count(other) == 0
        asked = standin.count(first)
    with online(standin) as importer:
        assert importer.start([untagged]).wait(120).ending == "completed"
        assert_all_is_linked(importer, untagged)
        settled = rows(importer)
        requests = len(standin.requests)
        importer.start([untagged]).wait(120)
        assert (rows(importer), len(standin.requests)) == (settled, requests)
    assert standin.count(first) == (asked or 2)


ONCE = [
    *(FaultOnDemand.TRICKLE, FaultOnDemand.HANG, FaultOnDemand.LIMITED, FaultOnDemand.UNAVAILABLE_FOR),
    *(FaultOnDemand.UNAVAILABLE, FaultOnDemand.RESET, FaultOnDemand.TRUNCATED, FaultOnDemand.HTML),
    *(FaultOnDemand.EMPTY, FaultOnDemand.REDIRECT_CHAIN, FaultOnDemand.REDIRECT_LOOP),
]
"""Those that take longest first."""


@pytest.fixture(scope="module")
def analysed(untagged, tmp_path_factory, make_command_line):
    """Give a library in which everything is analysed and nothing is linked: copy it."""
    folder = tmp_path_factory.mktemp("analysed")
    make_command_line(folder).run("import", "--quiet", "--set", "link.enabled=false", untagged)
    return folder / "library.passages"


def test_a_fault_of_each_service_that_passes_is_waited_for_and_everything_is_linked(
    online, catalogue, untagged, analysed, tmp_path
):
    """Some at a time, since they wait most of it."""

    def survive(fault):
        folder = tmp_path / fault
        folder.mkdir()
        shutil.copyfile(analysed, folder / "library.passages")
        own = {"library__path": folder / "library.passages", "identification__gate_folder": folder / "gates"}
        with StandIn(catalogue, FREE) as standin, online(standin, **own) as importer:
            for service in Service:
                standin.faults.add(service, fault)
            assert importer.start([untagged]).wait(120).ending == "completed", fault
            assert_all_is_linked(importer, untagged)
            return standin.count(Service.ACOUSTID), standin.count(Service.MUSICBRAINZ)

    with ThreadPoolExecutor(4) as pool:
        asked = dict(zip(ONCE, pool.map(survive, ONCE), strict=True))
    # Each was in the way: at least one request of each service was sent again, but where the answer came in the end.
    assert {fault for fault, counts in asked.items() if counts == (1, 2)} <= {FaultOnDemand.REDIRECT_CHAIN}


LASTING = [
    (Service.ACOUSTID, FaultOnDemand.UNAVAILABLE, "acoustid-unavailable"),
    (Service.ACOUSTID, FaultOnDemand.INVALID_KEY, "acoustid-key"),
    (Service.MUSICBRAINZ, FaultOnDemand.HTML, "musicbrainz-unreadable"),
    (Service.MUSICBRAINZ, FaultOnDemand.REDIRECT_LOOP, "musicbrainz-unreadable"),
]


@pytest.mark.parametrize(("service", "fault", "code"), LASTING)
def test_while_a_fault_lasts_items_wait_by_name_nothing_is_linked_and_the_next_import_goes_on(
    online, standin, untagged, analysed, tmp_path, service, fault, code
):
    shutil.copyfile(analysed, tmp_path / "library.passages")
    standin.faults.add(service, fault, None)
    with online(standin) as importer:
        report = importer.start([untagged]).wait(120)
        assert report.ending == "completed-with-items-waiting"
        assert sum(items.passages for items in report.put_off) == len(ALBUMS) * TRACKS
        assert {items.reason.partition(":")[0] for items in report.put_off} == {code}
        states = {state for passages in found(importer, untagged).values() for *_, state in passages}
        assert states == {LinkState.WAITING}
    standin.faults.clear(service)
    with online(standin) as importer:
        report = importer.start([untagged]).wait(120)
        assert (report.ending, report.put_off) == ("completed", ())
        assert_all_is_linked(importer, untagged)


def test_a_long_pause_is_put_off_and_said_with_its_moment_also_by_an_import_that_only_finds_the_gate(
    online, catalogue, untagged, analysed, tmp_path
):
    libraries = [tmp_path / "one.passages", tmp_path / "other.passages"]
    with StandIn(catalogue, replace(FREE, retry_after=86_400)) as standin:
        standin.faults.add(Service.ACOUSTID, FaultOnDemand.UNAVAILABLE_FOR, None)
        for library in libraries:
            shutil.copyfile(analysed, library)
            began = time.time_ns()
            with online(standin, library__path=library) as importer:
                report = importer.start([untagged]).wait(180)
                assert importer.library.status().put_off == report.put_off
            assert report.ending == "completed-with-items-waiting"
            (waiting,) = report.put_off
            assert waiting.passages == len(ALBUMS) * TRACKS
            assert began + 3_500 * 10**9 < waiting.until_ns <= time.time_ns() + 3_600 * 10**9
            standin.faults.clear(Service.ACOUSTID)  # for the second import the service would be well
        assert standin.count(Service.ACOUSTID) == 1


def test_a_wrong_key_is_sent_once_however_much_waits(online, standin, untagged, analysed, tmp_path):
    shutil.copyfile(analysed, tmp_path / "library.passages")
    with online(standin, acoustid__key="wrong", acoustid__batch=1) as importer:
        report = importer.start([untagged]).wait(120)
    assert {items.reason.partition(":")[0] for items in report.put_off} == {"acoustid-key"}
    assert standin.count(Service.ACOUSTID) == 1


KILLS = [
    ("groups pulled", 1),
    *((point, hit) for point in ("request chosen", "request answered", "answers told") for hit in range(1, 5)),
    *(("answers committed", hit) for hit in range(1, 4)),
    *(("group decided", hit) for hit in (1, 2)),
    *(("links committed", hit) for hit in range(1, 8, 2)),
]
KILLS_OF_THE_SUITE = [
    *(("request chosen", 2), ("request answered", 3), ("answers told", 1)),
    *(("answers committed", 2), ("group decided", 1), ("links committed", 3)),
]
"""Each point once, apart from the first pull: before and behind what is sent, and what is stored."""


@pytest.fixture
def identify(catalogue, untagged, analysed, make_command_line, tmp_path):
    """Give a function that identifies in a fresh copy of the library, and gives its content and what was asked.

    With a kill, in two imports: the first dies at the so many-th pass of a point. Batches of one message let it fall
    between any two of them; with four fingerprints in a request AcoustID is asked twice.
    """

    def go(kill=None):
        folder = tmp_path / ("-".join(map(str, kill)) if kill else "undisturbed")
        folder.mkdir()
        command_line = make_command_line(folder)
        shutil.copyfile(analysed, command_line.library)
        with StandIn(catalogue, FREE) as standin:
            services = {
                "IDENTIFICATION__GATE_FOLDER": folder / "gates",
                "ACOUSTID__URL": standin.acoustid_url,
                "ACOUSTID__KEY": "mine",
                "ACOUSTID__PER_SECOND": 100,
                "ACOUSTID__BATCH": 4,
                "MUSICBRAINZ__URL": standin.musicbrainz_url,
                "MUSICBRAINZ__PER_SECOND": 100,
                "BATCH__MAX_FILES": 1,
            }
            told = {f"PASSAGEWORK_{name}": str(value) for name, value in services.items()}
            if kill:
                environment = {**command_line.environment, **told}
                process = command_line.host("killed_host.py", *kill, "importer", untagged, env=environment)
                _, errors = process.communicate(timeout=180)
                assert process.returncode == -signal.SIGKILL, f"{kill}: {process.returncode}\n{errors}"
                command_line.wait_until_nobody_is_left()
            report = command_line.report(untagged, env_more=told)
            assert (report["analysed"], report["failed"]) == (0, [])
        return dump(command_line.library), Counter(request.service for request in standin.requests)

    return go


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_kill_while_identifying_costs_the_requests_in_hand_at_most_and_changes_nothing_in_the_end(identify):
    content, requests = identify()
    assert requests == {Service.ACOUSTID: 2, Service.MUSICBRAINZ: 2}
    with ThreadPoolExecutor(2) as pool:
        kills = effort(KILLS_OF_THE_SUITE, KILLS)
        outcomes = list(pool.map(identify, kills))
    for kill, (got, asked) in zip(kills, outcomes, strict=True):
        assert all(asked[service] <= requests[service] + 1 for service in Service), kill
        assert got == content, kill


@pytest.mark.parametrize("fault", [FaultOnDemand.NO_METADATA, FaultOnDemand.POLLUTED])
def test_poor_answers_link_nothing_wrongly(online, standin, untagged, analysed, tmp_path, fault):
    shutil.copyfile(analysed, tmp_path / "library.passages")
    standin.faults.add(Service.ACOUSTID, fault, None)
    with online(standin) as importer:
        assert importer.start([untagged]).wait(120).ending == "completed"
        for number in range(len(ALBUMS)):
            right = {track: title for _, title, track, _ in expected(number)}
            for path in sorted((untagged / f"disc {number}").iterdir()):
                for view in views(importer, path):
                    if view.link_state in {LinkState.LINKED, LinkState.LIKELY}:
                        assert view.title.name == right[int(path.stem)]


def test_a_cut_that_is_12_seconds_off_identifies_nothing(online, standin, tmp_path):
    folder = tmp_path / "cut"
    folder.mkdir()
    album = next(iter(ALBUMS))
    write_audio(folder / "cut.mp3", music_of(album, 1)[12 * RATE :], RATE, AudioForm.MP3)
    with online(standin) as importer:
        importer.start([folder]).wait(180)
        ((_, _, _, state),) = found(importer, folder)[folder / "cut.mp3"]
    assert state is LinkState.UNIDENTIFIED


def test_a_passage_that_begins_with_14_seconds_of_noise_is_found_by_other_bounds(online, standin, tmp_path):
    folder = tmp_path / "concert"
    folder.mkdir()
    first, second = (music_of("Morning Pieces", track) for track in (1, 2))
    applause = noise_floor(14 * RATE, 2, -30.0, 5)
    write_audio(
        folder / "concert.flac", np.concatenate([first, silence(4 * RATE, 2), applause, second]), RATE, AudioForm.FLAC
    )
    with online(standin) as importer:
        importer.start([folder]).wait(180)
        names = [view.title and view.title.name for view in views(importer, folder / "concert.flac")]
    assert names == ["Morning song 1", "Morning song 2"]
    assert standin.count(Service.ACOUSTID) == 2


def test_a_track_that_is_known_with_much_silence_at_its_start_is_found_in_the_whole_file(online, tmp_path):
    originals, copies = tmp_path / "originals", tmp_path / "copies"
    for folder in (originals, copies):
        folder.mkdir()
        late = np.concatenate([silence(12 * RATE, 2), music_of("Morning Pieces", 1)])
        write_audio(folder / "1.flac", late, RATE, AudioForm.FLAC)
    write_tags(originals / "1.flac", Tags(title="Late song", artists=("Anna",), album="Late"))
    with StandIn(catalogue_of(originals), FREE) as standin, online(standin) as importer:
        importer.start([copies]).wait(180)
        ((_, title, _, _),) = found(importer, copies)[copies / "1.flac"]
    assert title == "Late song"


def test_the_command_line_says_what_waits_and_leaves_with_its_own_exit_code(command_line, standin, untagged):
    standin.faults.add(Service.MUSICBRAINZ, FaultOnDemand.UNAVAILABLE, None)
    options = ("--set", f"acoustid.url={standin.acoustid_url}", "--set", f"musicbrainz.url={standin.musicbrainz_url}")
    gates = ("--set", f"identification.gate_folder={command_line.library.parent / 'gates'}")
    key = {"PASSAGEWORK_ACOUSTID__KEY": "mine"}
    done = command_line.run("import", "--quiet", *options, *gates, untagged, expect=5, env_more=key)
    assert "done, with items waiting for identification" in done.stdout
    assert "waiting: 8 passages (musicbrainz-unavailable" in done.stdout
    standin.faults.clear(Service.MUSICBRAINZ)
    command_line.run("import", "--quiet", *options, *gates, untagged, env_more=key)
    shown = command_line.run("show", min(untagged.rglob("*.mp3"))).stdout
    assert "Morning song 1" in shown
