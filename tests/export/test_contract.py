"""What every export says of a passage, with all-distinct values and names of every origin: the same as the library."""

import csv
import io
import json
import re
import sqlite3
from contextlib import closing

import pytest

from passagework.domain.gains import Mono, gain_values
from passagework.export.files.export import export_file
from passagework.export.files.parquet import write_parquet
from passagework.export.files.playlist import PlaylistForm, write_playlist
from passagework.export.files.text_formats import write_csv, write_json
from passagework.persistence.file.opening_to_read import open_readonly
from passagework.persistence.read.queries import GainsOf, ListPassages
from passagework.persistence.read.reader import LibraryReader
from tests.support.named_library import NAMES_OF_VIEWS, make_named_library, mbid

TICKS = 28_224_000

TIMES = ("start", "end", "lead_in", "lead_out", "fade_in", "fade_out")

LEVELS = {
    "loudness_lufs": "integrated",
    "loudness_range_lu": "range",
    "true_peak_dbtp": "true_peak",
    "sample_peak_dbfs": "sample_peak",
}


@pytest.fixture(scope="module")
def named_library(tmp_path_factory):
    path = tmp_path_factory.mktemp("named") / "named.passages"
    make_named_library(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE passage SET gapless_with_next = 1 WHERE id = 2")
        connection.execute("DELETE FROM passage_flavor")
        connection.executemany(
            "INSERT INTO passage_flavor (passage_id, level, version, shares, seconds, tempo, patches, run_id)"
            " VALUES (?, ?, 1, ?, 1, ?, 0, 1)",
            [
                (1, "full", '{"mode":{"major":0.75,"minor":0.25},"key":{"C major":0.4,"A minor":0.6}}', 96.5),
                (2, "basic", '{"voice":{"sung":0.8,"none":0.2}}', None),
                (3, "basic", "{}", None),
            ],
        )
        connection.execute("DELETE FROM passage_value")
        connection.executemany(
            "INSERT INTO passage_value (passage_id, extension, measure, version, value, text, failure, run_id)"
            " VALUES (2, ?, ?, ?, ?, ?, ?, 1)",
            reversed(SAID_BY_EXTENSIONS),
        )
    return path


@pytest.fixture(scope="module")
def shown(named_library):
    """The passages as the library lists them."""
    reader = LibraryReader(named_library)
    found = reader.query(ListPassages(100))
    reader.close()
    assert [passage.gapless_with_next for passage in found].count(True) == 1
    assert len(found) == 4
    return found


def measured(passage):
    """What a machine reads of the measured values of a passage."""
    values = {}
    for name in TIMES:
        values |= {f"{name}_seconds": getattr(passage, name) / TICKS, f"{name}_ticks": getattr(passage, name)}
    return values | {name: getattr(passage.loudness, attribute) for name, attribute in LEVELS.items()}


def exported(passage):
    """What a line of an export says of a passage that the library lists."""
    artists_of_tags = passage.artists and passage.artists[0].mbid is None
    return {
        "guid": passage.guid,
        "path": passage.path.decode("utf-8", "backslashreplace"),
        "path_hex": passage.path.hex() if b"\xff" in passage.path else None,
        **{name: getattr(passage, name) / TICKS for name in TIMES},
        **measured(passage),
        "title": passage.title.name,
        "artists": [artist.name for artist in passage.artists],
        "artist_mbids": [artist.mbid for artist in passage.artists],
        "artists_source": "tags" if artists_of_tags else "song",
        "works": [work.name for work in passage.works],
        "work_mbids": [work.mbid for work in passage.works],
        "album": passage.album.name,
        "album_mbid": passage.album.mbid,
        "medium": passage.medium,
        "track": passage.track,
        "state": passage.link_state,
        "confidence": passage.confidence,
        "doubt": None,
        "album_group": passage.album_group,
        "gapless_with_next": passage.gapless_with_next,
    }


OF_EACH = (
    {"title_source": "user", "song_mbids": [mbid(1, 9), mbid(1, 8)], "album_source": "album", "approval": None},
    {"title_source": "user", "song_mbids": [mbid(1, 7)], "album_source": "user", "approval": "approved"},
    {"title_source": "tags", "song_mbids": [mbid(1, 6)], "album_source": "tags", "approval": None},
    {"title_source": "tags", "song_mbids": [], "album_source": "tags", "approval": None},
)
"""What a list does not say, by path and start."""


OF_TAGS = {
    "tag_replaygain_track_gain_db": -1.5,
    "tag_replaygain_track_peak": 0.25,
    "tag_replaygain_album_gain_db": -2.5,
    "tag_replaygain_album_peak": 0.75,
    "tag_r128_track_gain_db": -6.5,
    "tag_r128_album_gain_db": -7.5,
}


NOT_HEARD = {"flavor_level": None, "tempo_bpm": None, "key": None, "key_share": None, "flavor": None}

HEARD = (
    {
        "flavor_level": "full",
        "tempo_bpm": 96.5,
        "key": "A minor",
        "key_share": 0.6,
        "flavor": {"mode": {"major": 0.75, "minor": 0.25}, "key": {"C major": 0.4, "A minor": 0.6}},
    },
    NOT_HEARD | {"flavor_level": "basic", "flavor": {"voice": {"sung": 0.8, "none": 0.2}}},
    NOT_HEARD | {"flavor_level": "basic", "flavor": {}},
    NOT_HEARD,
)


SAID_BY_EXTENSIONS = [
    ("crest", "crest_db", "1.0", 0.1 + 0.2, None, None),
    ("crest", "dynamics", "1.1", None, "wide", None),
    ("mood", "", "3.1", None, None, "it crashed"),
]
"""The first number needs all of its 17 digits."""


def said_of_each():
    names = ("extension", "measure", "version", "value", "text", "failure")
    said = [dict(zip(names, (one or None for one in row), strict=True)) for row in SAID_BY_EXTENSIONS]
    return None, said, None, None


@pytest.fixture(scope="module")
def lines(named_library, shown):
    reader = LibraryReader(named_library)
    gains = reader.query(GainsOf([passage.guid for passage in shown], Mono.PANNED))
    reader.close()
    return [
        exported(passage) | more | OF_TAGS | gain_values(gains[passage.guid]) | heard | {"extension_values": said}
        for passage, more, heard, said in zip(shown, OF_EACH, HEARD, said_of_each(), strict=True)
    ]


def test_the_values_are_all_distinct(shown):
    values = [value for passage in shown for name, value in measured(passage).items() if not name.endswith("_seconds")]
    assert len(set(values)) == len(values) == 40


def test_names_are_those_of_people_of_songs_and_of_tags_in_this_order(shown):
    medley, alone, untitled, text_only = shown
    assert (medley.title.name, medley.title.mbid) == ("Song 9 / My song", mbid(1, 9))
    assert [artist.name for artist in medley.artists] == ["My artist", "Artist 30", "Artist 31", "Artist 32"]
    assert [work.name for work in medley.works] == ["Work 42", "Work 41", "My work"]
    assert [composer.name for composer in medley.composers] == ["Artist 52", "Artist 51", "My composer"]
    assert (medley.album.name, medley.medium, medley.track) == ("Album 61", 1, 7)
    assert (alone.title.name, alone.title.mbid, alone.title.set_by_user) == ("My passage", mbid(1, 7), True)
    assert (alone.album.name, alone.medium, alone.track) == ("My album", None, None)
    assert (untitled.title.name, untitled.title.mbid, untitled.title.set_by_user) == ("Tag title", mbid(1, 6), False)
    assert [(artist.name, artist.mbid) for artist in text_only.artists] == [("Tag One & Tag Two", None)]
    assert [composer.name for composer in text_only.composers] == ["Tag composer"]
    assert (text_only.album.name, text_only.album.mbid, text_only.medium, text_only.track) == ("Tag album", None, 3, 4)


def test_json_lines_say_what_the_library_says(named_library, lines):
    file = io.BytesIO()
    assert export_file(named_library, file, write_json) == 4
    assert [json.loads(line) for line in file.getvalue().splitlines()] == [{"format": 2, **line} for line in lines]


def text_of(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_csv_says_what_the_library_says(named_library, lines):
    file = io.BytesIO()
    assert export_file(named_library, file, write_csv) == 4
    read = list(csv.DictReader(io.StringIO(file.getvalue().decode(), newline="")))
    lists = {name for name, value in lines[0].items() if isinstance(value, list)}
    cells = [{name: json.loads(cell) if name in lists else cell for name, cell in row.items()} for row in read]
    written = [
        {
            name: value if name in lists else "" if value is None else text_of(value)
            for name, value in line.items()
            if name not in {"flavor", "extension_values"}
        }
        for line in lines
    ]
    assert cells == written


def test_columns_keep_their_places_and_new_ones_come_after_them(named_library):
    """Readers of CSV may count columns: add a new name at the end here, in no other place."""
    file = io.BytesIO()
    export_file(named_library, file, write_csv)
    header, *_ = file.getvalue().decode().splitlines()
    places = """
        guid path path_hex start end lead_in lead_out fade_in fade_out
        loudness_lufs loudness_range_lu true_peak_dbtp sample_peak_dbfs
        title title_source song_mbids artists artist_mbids artists_source works work_mbids
        album album_mbid album_source medium track state confidence doubt approval
        start_seconds start_ticks end_seconds end_ticks lead_in_seconds lead_in_ticks lead_out_seconds lead_out_ticks
        fade_in_seconds fade_in_ticks fade_out_seconds fade_out_ticks album_group gapless_with_next
        tag_replaygain_track_gain_db tag_replaygain_track_peak tag_replaygain_album_gain_db tag_replaygain_album_peak
        tag_r128_track_gain_db tag_r128_album_gain_db
        album_loudness_lufs album_true_peak_dbtp album_sample_peak_dbfs
        disc_loudness_lufs disc_true_peak_dbtp disc_sample_peak_dbfs
        replaygain_track_gain_db replaygain_track_peak replaygain_album_gain_db replaygain_album_peak
        r128_track_gain_q78 r128_album_gain_q78 flavor_level tempo_bpm key key_share
    """
    assert header.split(",") == places.split()


def test_parquet_says_what_the_library_says(named_library, lines, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    assert export_file(named_library, tmp_path / "out.parquet", write_parquet) == 4
    read = parquet.read_table(tmp_path / "out.parquet").to_pylist(maps_as_pydicts="strict")
    assert read == lines


def test_a_playlist_says_what_the_library_says(named_library, shown):
    file = io.BytesIO()
    export_file(named_library, file, lambda rows, target: write_playlist(rows, target, PlaylistForm(target_lufs=1e6)))
    passages = [passage for passage in shown if b"\xff" not in passage.path]
    entries = [dict(re.findall(r'(\w+)="([^"]*)"', line)) for line in file.getvalue().decode().splitlines()[2::2]]

    def annotated(passage):
        times = {
            "liq_cue_in": passage.start,
            "liq_cue_out": passage.end,
            "liq_cross_duration": passage.lead_out,
            "liq_cross_start_duration": passage.lead_in,
            "liq_cross_end_duration": passage.lead_out,
            "liq_fade_in": 0,
            "liq_fade_out": 0,
            "liq_fade_out_delay": passage.lead_out,
        }
        return {
            **{name: f"{ticks / TICKS:.6f}" for name, ticks in times.items()},
            "liq_amplify": f"{-1 - passage.loudness.true_peak:.2f} dB",
            "title": passage.title.name,
            "artist": " & ".join(artist.name for artist in passage.artists),
            "album": passage.album.name,
            "passage": passage.guid,
            **({"gapless_with_next": "true"} if passage.gapless_with_next else {}),
        }

    assert entries == list(map(annotated, passages))


def playable(passage):
    """What the view playable_passage says of a passage that the library lists."""
    return {
        "guid": passage.guid,
        "path": passage.path,
        "path_text": passage.path.decode("utf-8", "backslashreplace"),
        **measured(passage),
        "duration_seconds": (passage.end - passage.start) / TICKS,
        "title": passage.title.name,
        "artists": " & ".join(artist.name for artist in passage.artists),
        "album": passage.album.name,
        "medium": passage.medium,
        "track": passage.track,
        "link_state": passage.link_state,
        "confidence": passage.confidence,
        "approval": "approved" if passage.title.name == "My passage" else None,
        "probability": 0.375 if passage.title.name == "My passage" else None,
    }


def named_rows(columns, rows):
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_views_of_the_library_say_what_lists_say(named_library, shown):
    with closing(open_readonly(named_library)) as library:
        cursor = library.execute("SELECT * FROM playable_passage ORDER BY path, start_ticks")
        found = named_rows([column[0] for column in cursor.description], cursor)
        names = {view: library.execute(f"SELECT {sql}").fetchall() for view, sql in NAMES_OF_VIEWS.items()}
    assert [{**row, "passage_id": None, "file_id": None} for row in found] == [
        {**playable(passage), "passage_id": None, "file_id": None} for passage in shown
    ]
    assert names["passage_song_name"][:2] == [("Song 9", mbid(1, 9), 0), ("My song", mbid(1, 8), 1)]
    assert names["passage_artist_name"] == [
        (artist.name, artist.mbid, artist.set_by_user) for passage in shown for artist in passage.artists if artist.mbid
    ]
    assert names["passage_work_name"] == [
        (work.name, work.mbid, work.set_by_user) for passage in shown for work in passage.works
    ]
    assert names["passage_composer_name"] == [
        (one.name, one.mbid, one.set_by_user) for passage in shown for one in passage.composers if one.mbid
    ]
    assert names["passage_artist"][:2] == [
        (mbid(1, 9), mbid(2, 33), "My artist", 0.75, 0),
        (mbid(1, 9), mbid(2, 30), "Artist 30", 0.25, 1),
    ]
    assert [row[0] for row in names["passage_name"]] == [passage.title.name for passage in shown]
    assert names["passage_name"][1][3] == "Song 7"
