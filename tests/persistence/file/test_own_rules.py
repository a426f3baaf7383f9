"""The rules of a library that SQLite does not know: each is noticed when it is broken, and named."""

import shutil
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from passagework.domain.analysis import Fingerprint
from passagework.domain.fingerprint_text import encode
from passagework.domain.links import CandidateRow
from passagework.domain.stored_answers import StoredAnswer
from passagework.persistence.file.damage_mark import is_marked, leave_mark
from passagework.persistence.file.full_check import check_library
from passagework.persistence.file.own_rules import RULES
from passagework.persistence.write.writes import StoreAnswers

A, B = b"/music/a.flac", b"/music/b.flac"
FINGERPRINT = encode(np.arange(40, dtype=np.uint32) * 77)


@pytest.fixture(scope="module")
def whole(tmp_path_factory, open_at, make):
    opened = open_at(tmp_path_factory.mktemp("rules") / "whole.passages", "normal")
    opened.new_run()
    first = make.passage(0, 20, fingerprint=Fingerprint(FINGERPRINT, 20 * make.second))
    opened.write(
        make.store(opened.run, A, passages=(first, make.passage(20, 60))), make.store(opened.run, B, [(0, 60)])
    )
    guids = [passage.guid for passage in opened.passages(A)]
    linked = make.links(guids[1], (make.song(1, (1, 2)),), make.album(1))
    (span,) = linked.songs
    candidates = tuple(CandidateRow(make.mbid(1, number), "Song", ("A",), 0.5, 0.0, ()) for number in (1, 2))
    opened.write(
        make.store_links(
            opened.run, A, replace(linked, songs=(replace(span, end=40 * make.second),), candidates=candidates)
        ),
        StoreAnswers(opened.run, (StoredAnswer("acoustid", "key", b"{}", 1, 0, 9, found=True),)),
    )
    opened.close()
    return opened.path


@pytest.fixture
def copied(whole, tmp_path):
    path = tmp_path / "music.passages"
    shutil.copyfile(whole, path)

    def change(sql, *values):
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.create_function("packed_away", 0, lambda: zlib.compress(b"?")[:5])
            connection.execute(sql, values)
        return path

    return change


BREAKS = {
    "passages that run on in the next one and are not said to, or the reverse": (
        "UPDATE passage SET gapless_with_next = 1 WHERE id = 1",
        "passage",
    ),
    "files whose level curve or waveform cannot be read": (
        "UPDATE file_curves SET envelope = x'00ff' WHERE file_id = 2",
        "/music/b.flac",
    ),
    "passages whose fingerprint cannot be read": (
        "UPDATE passage_fingerprint SET packed = substr(packed, 1, 5) WHERE packed IS NOT NULL",
        "passage",
    ),
    "passages whose flavor cannot be read": (
        """UPDATE passage_flavor SET shares = '{"mood":{"sad":0.5}}' WHERE passage_id = 1""",
        "passage",
    ),
    "passages whose distribution of loudness cannot be read": (
        "UPDATE passage SET loudness_distribution = x'00ff' WHERE id = 1",
        "passage",
    ),
    "answers of services that cannot be read": ("UPDATE answer SET body = packed_away()", "acoustid key"),
    "columns with a text that is no JSON": ("UPDATE file_tags SET raw = '[' WHERE file_id = 1", "file_tags.raw"),
    "analysed files without tags or curves": ("DELETE FROM file_curves WHERE file_id = 2", "/music/b.flac"),
    "files whose length is not that of their samples": (
        "UPDATE file SET samples = samples + 1 WHERE id = 2",
        "/music/b.flac",
    ),
    "files that are in another folder than their path says": (
        "UPDATE folder SET path = CAST('/musik' AS BLOB), path_text = '/musik'",
        "/music/a.flac",
    ),
    "places of a file that are the path of another one": (
        (
            "INSERT INTO file_place SELECT a.path, a.path_text, b.id, a.folder_id, 1 FROM file AS a, file AS b "
            "WHERE a.id = 1 AND b.id = 2"
        ),
        "/music/a.flac",
    ),
    "files with another title, artist or album than their tags and paths say": (
        "UPDATE file_tags SET artist = 'Nobody' WHERE file_id = 2",
        "/music/b.flac",
    ),
    "songs, artists, works and albums with other names than are stated": (
        "UPDATE song SET title = 'Sung'",
        "song 0000",
    ),
    "paths that are shown as other ones": ("UPDATE file SET path_text = '/x' WHERE id = 2", "/x"),
    "passages that end behind their file": (
        "UPDATE file SET samples = samples / 2, duration_ticks = duration_ticks / 2 WHERE id = 2",
        "passage",
    ),
    "passages that overlap the one before them": (
        "UPDATE passage SET end_ticks = end_ticks + 1 WHERE file_id = 1 AND start_ticks = 0",
        "passage",
    ),
    "passages with a song outside of them": ("UPDATE passage_song SET end_ticks = end_ticks + 1", "passage"),
    "passages that are linked, to nothing": (
        "UPDATE passage SET link_state = 'likely' WHERE file_id = 2",
        "passage",
    ),
    "passages whose candidates are not numbered from 1 on": ("UPDATE candidate SET rank = 3 WHERE rank = 2", "passage"),
    "songs whose artists have weights that do not add up to 1": ("UPDATE song_artist SET weight = 0.4", "song 0000"),
    "plays with a higher number than the library has given": (
        "INSERT INTO play (id, passage_id, at_ns) VALUES (77, 1, 123)",
        "play 77",
    ),
    "MBIDs that were merged in a circle": (
        (
            "INSERT INTO merged_mbid WITH both (s, a) AS (SELECT s.mbid, a.mbid FROM song AS s, album AS a) "
            "SELECT s, a, 1 FROM both UNION SELECT a, s, 1 FROM both"
        ),
        "0000",
    ),
    "tables that are only in the journal for undo": (
        "INSERT INTO before_image (run_id, of_table) VALUES (1, 'attic')",
        "attic",
    ),
}


COUNTS = {"files that are in another folder than their path says": 2, "MBIDs that were merged in a circle": 2}
"""How many rows break a rule, where it is not one."""


def test_a_library_that_keeps_all_rules_is_whole(whole):
    assert check_library(whole).is_whole
    assert BREAKS.keys() == {rule.what for rule in RULES}


@pytest.mark.parametrize("what", BREAKS)
def test_a_rule_that_is_broken_is_named_with_the_first_row_that_breaks_it(copied, what):
    sql, example = BREAKS[what]
    path = copied(sql)
    found = check_library(path)
    (broken,) = found.broken
    assert broken.what == what
    assert broken.example.startswith(example)
    assert broken.count == COUNTS.get(what, 1)
    assert (found.damage, found.is_whole) == ((), False)
    # An import may be what mends it.
    assert not is_marked(path)


@pytest.mark.parametrize(
    "harm",
    [
        "shares = 'no JSON'",
        "shares = replace(hex(zeroblob(10000)), '00', '[')",
        "timbre = zeroblob(10)",
        "timbre = x''",
        "rhythm = zeroblob(length(rhythm))",
        "embedding = zeroblob(2)",
        "embedding = zeroblob(801)",
    ],
)
def test_a_flavor_with_other_shares_or_vectors_than_were_packed_is_named(copied, harm):
    path = copied(f"UPDATE passage_flavor SET {harm} WHERE passage_id = 1")
    assert "passages whose flavor cannot be read" in [broken.what for broken in check_library(path).broken]


def test_vectors_of_a_newer_version_are_not_judged(copied):
    path = copied("UPDATE passage_flavor SET version = 1000000, timbre = zeroblob(10) WHERE passage_id = 1")
    assert check_library(path).is_whole


def test_weighted_levels_that_cannot_be_read_are_named_too(copied):
    path = copied("UPDATE file_curves SET weighted = x'00ff' WHERE file_id = 2")
    assert [broken.example for broken in check_library(path).broken] == ["/music/b.flac"]


@pytest.mark.parametrize(
    ("sql", "example"),
    [
        ("UPDATE file_tags SET title = 'Other' WHERE file_id = 1", A.decode()),
        ("UPDATE file_tags SET path_title = 'Other' WHERE file_id = 2", B.decode()),
        ("UPDATE artist SET name = 'Other' WHERE id = 2", "artist 0000"),
        ("UPDATE artist SET name_source = 'musicbrainz' WHERE id = 2", "artist 0000"),
        ("UPDATE song SET rival_title = 'Other'", "song 0000"),
        ("UPDATE album SET date = '1066'", "album 0000"),
        ("DELETE FROM album_artist", "album 0000"),
        ("UPDATE song_artist SET position = position + 5", "song 0000"),
        ("UPDATE passage_song SET stated_title = 'Other'", "song 0000"),
        ("UPDATE artist_statement SET stated_at_ns = 7 WHERE artist_id = 1", "artist 0000"),
    ],
)
def test_a_name_that_nothing_states_is_found(copied, sql, example):
    (broken,) = check_library(copied(sql)).broken
    assert (broken.count, broken.example[: len(example)]) == (1, example)


def test_a_place_in_another_folder_than_its_path_says_is_found(copied):
    path = copied("INSERT INTO file_place VALUES (CAST('/other/c.flac' AS BLOB), '/other/c.flac', 1, 1, 1)")
    (broken,) = check_library(path).broken
    assert (broken.what, broken.example) == ("files that are in another folder than their path says", "/other/c.flac")


def test_a_passage_that_is_in_use_no_more_may_overlap_others(copied):
    path = copied(
        "UPDATE passage SET retired_ns = 1, retired_run = 1, end_ticks = end_ticks + 1 "
        "WHERE file_id = 1 AND start_ticks = 0"
    )
    assert check_library(path).broken == ()


def test_what_is_stated_of_a_song_counts_when_all_its_passages_are_decided(copied):
    """Undo may have put back what was linked before statements were kept."""
    link = "INSERT INTO passage_song (passage_id, song_id, start_ticks, end_ticks, run_id, stated_title) "
    copied(f"{link} SELECT 3, song_id, start_ticks, end_ticks, 1, 'Other title' FROM passage_song")
    assert len(check_library(copied("UPDATE passage SET link_state = 'linked' WHERE id = 3")).broken) == 1
    assert check_library(copied("UPDATE passage SET link_state = 'waiting' WHERE id = 3")).broken == ()


def test_what_a_person_set_is_no_other_name(copied):
    copied("UPDATE song SET user_title = 'Mine'")
    path = copied("UPDATE song_artist SET weight = position, weight_source = 'user', position = position + 5")
    assert check_library(path).broken == ()


def test_a_waveform_of_half_a_point_cannot_be_read(copied):
    path = copied(
        "UPDATE file_curves SET waveform = x'01', packing = NULL, envelope = ? WHERE file_id = 1", zlib.compress(b"")
    )
    assert [broken.example for broken in check_library(path).broken] == ["/music/a.flac"]
    path = copied("UPDATE file_curves SET packing = 99 WHERE file_id = 1")
    assert [broken.example for broken in check_library(path).broken] == ["/music/a.flac"]


def test_a_mark_stays_where_a_rule_is_broken_and_goes_when_all_hold(copied):
    path = copied("UPDATE passage_song SET end_ticks = end_ticks + 1")
    leave_mark(path, "a test")
    found = check_library(path)
    assert (found.is_marked, found.mark_removed) == (True, False)
    copied("UPDATE passage_song SET end_ticks = end_ticks - 1")
    found = check_library(path)
    assert (found.is_marked, found.mark_removed, found.is_whole) == (False, True, True)
