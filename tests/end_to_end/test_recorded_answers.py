"""Recorded answers, given again: a classical album with works, composers, a hidden track and a data track; a sound.

The album is made up, its form is that of the service.
"""

import json
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.links import LinkState
from passagework.domain.tags import Tags
from passagework.standin import StandIn, StandInCatalogue, read_recorded
from passagework.standin.catalogue import CatalogueError
from passagework.standin.faults import Service
from passagework.standin.server import StandInRules

RATE = 22_050
SECONDS = (12, 15, 18)
NAMES = ("hidden fanfare", "Quartet in C: I. Allegro", "Quartet in C: II. Adagio")


def mbid(kind, number):
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


RELEASE = mbid(1, 1)


def artist(number, name, joined=""):
    join = f' joinphrase="{joined}"' if joined else ""
    return f'<name-credit{join}><artist id="{mbid(4, number)}"><name>{name}</name></artist></name-credit>'


def recording(number, title, seconds, work=None):
    related = ""
    if work is not None:
        composer = f'<artist id="{mbid(4, 9)}"><name>Clara Composer</name></artist>'
        related = f"""<relation-list target-type="work"><relation type="performance"><target>{mbid(5, work)}</target>
            <work id="{mbid(5, work)}"><title>{title}</title><relation-list target-type="artist">
            <relation type="composer"><target>{mbid(4, 9)}</target>{composer}</relation></relation-list></work>
            </relation></relation-list>"""
    credit = artist(1, "Anna Violin", " &amp; ") + artist(2, "Bert Cello")
    return f"""<recording id="{mbid(2, number)}"><title>{title}</title><length>{seconds * 1000}</length>
        <artist-credit>{credit}</artist-credit>{related}</recording>"""


def track(kind, number, title, seconds, work=None):
    return f"""<{kind} id="{mbid(3, number)}"><position>{number}</position><number>{number}</number>
        <length>{seconds * 1000}</length>{recording(number, title, seconds, work)}</{kind}>"""


def release():
    tracks = [track("track", number, NAMES[number], SECONDS[number], number) for number in (1, 2)]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://musicbrainz.org/ns/mmd-2.0#"><release id="{RELEASE}"><title>Quartets</title>
<status>Official</status><date>1999-05</date><country>AT</country>
<artist-credit>{artist(1, "Anna Violin")}</artist-credit>
<release-group type="Album" id="{mbid(6, 1)}"><title>Quartets</title></release-group>
<medium-list count="1"><medium><position>1</position><format>CD</format>
{track("pregap", 0, NAMES[0], SECONDS[0])}<track-list count="2">{"".join(tracks)}</track-list>
<data-track-list count="1">{track("track", 3, "booklet", 18)}</data-track-list></medium></medium-list>
</release></metadata>"""


@pytest.fixture
def recorded(tmp_path):
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "release.xml").write_text(release())
    return folder


def album(folder):
    """The three pieces that sound, as somebody ripped and tagged them."""
    folder.mkdir()
    for number, (name, seconds) in enumerate(zip(NAMES, SECONDS, strict=True)):
        path = folder / f"{number}.flac"
        write_audio(path, compose(seconds * RATE, RATE, 40 + number), RATE, AudioForm.FLAC)
        own = (mbid(2, number),)
        tags = Tags(title=name, album="Quartets", track_number=number, release_id=RELEASE, recording_ids=own)
        write_tags(path, tags)
    return folder


@pytest.fixture
def open_online(open_importer, tmp_path):
    def open_at(standin):
        return open_importer(
            identification__gate_folder=tmp_path / "gates",
            identification__works="true",
            acoustid__url=standin.acoustid_url,
            acoustid__key="any",
            musicbrainz__url=standin.musicbrainz_url,
            musicbrainz__per_second=100,
        )

    return open_at


@pytest.mark.slow
def test_movements_are_linked_with_their_works_composers_and_players_and_the_hidden_track_is_track_0(
    open_online, recorded, tmp_path
):
    music = album(tmp_path / "music")
    rules = StandInRules(acoustid_per_second=0, musicbrainz_per_second=0)
    with StandIn(StandInCatalogue(), rules, recorded=read_recorded(recorded)) as standin:
        with open_online(standin) as importer:
            assert importer.start([music]).wait(180).ending == "completed"
            views = sorted(importer.library.passages(), key=lambda view: view.path)
        assert Counter(request.service for request in standin.requests) == {Service.MUSICBRAINZ: 1}
    assert [(view.title.name, view.track, view.link_state) for view in views] == [
        (name, number, LinkState.LINKED) for number, name in enumerate(NAMES)
    ]
    assert {tuple(one.name for one in view.artists) for view in views} == {("Anna Violin", "Bert Cello")}
    with closing(sqlite3.connect(tmp_path / "library.passages")) as library:
        works = library.execute("""
            SELECT w.title, a.name FROM song_work AS s JOIN work AS w ON w.id = s.work_id
            JOIN work_artist AS c ON c.work_id = w.id JOIN artist AS a ON a.id = c.artist_id ORDER BY w.title
        """).fetchall()
        sums = library.execute("SELECT total(weight) FROM song_artist GROUP BY song_id").fetchall()
    assert works == [(name, "Clara Composer") for name in NAMES[1:]]
    assert sums == [(1.0,)] * 3


@pytest.mark.slow
def test_a_fingerprint_that_was_recorded_is_answered_word_for_word(open_importer, open_online, tmp_path):
    music = tmp_path / "music"
    music.mkdir()
    write_audio(music / "a.flac", compose(20 * RATE, RATE, 50), RATE, AudioForm.FLAC)
    with open_importer() as importer:
        importer.start([music]).wait(180)
        (view,) = importer.library.passages()
    heard = {"id": mbid(2, 1), "title": "As recorded", "duration": 20, "artists": [{"id": mbid(4, 1), "name": "Anna"}]}
    results = [{"id": mbid(7, 1), "score": 0.97, "recordings": [heard]}]
    row = {"fingerprint": view.fingerprint, "response": {"status": "ok", "results": results}}
    (tmp_path / "lookups.jsonl").write_text(json.dumps(row) + "\n")
    rules = StandInRules(acoustid_per_second=0, musicbrainz_per_second=0)
    with (
        StandIn(StandInCatalogue(), rules, recorded=read_recorded(tmp_path)) as standin,
        open_online(standin) as online,
    ):
        online.start([music]).wait(180)
        (view,) = online.library.passages()
    assert (view.title.name, view.title.mbid) == ("As recorded", mbid(2, 1))


@pytest.mark.parametrize("content", ["", "no JSON", '{"fingerprint": "A"}'])
def test_a_folder_without_recorded_answers_is_refused(tmp_path, content):
    (tmp_path / "lookups.jsonl").write_text(content)
    with pytest.raises(CatalogueError):
        read_recorded(tmp_path)
