"""One passage as a row and as the lines of a playlist, value by value, without a library."""

import io
from dataclasses import replace

import pytest

from passagework.domain.gains import UNKNOWN, GainOf, PassageGains, Programme, gain_values
from passagework.domain.measured import Loudness
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.export.files.playlist import PlaylistCount, PlaylistForm, annotation, quoted, write_playlist
from passagework.export.files.row import COLUMNS, ExportRow, Kind


def ticks(seconds):
    return Ticks(round(seconds * TICKS_PER_SECOND))


NAMES = {
    "guid": "guid-1",
    "path": "/m/a.flac",
    "path_hex": None,
    "title": "North",
    "title_source": "song",
    "song_mbids": ("s1", "s2"),
    "artists": ("One", None, "Two"),
    "artist_mbids": ("a1", "a2", None),
    "artists_source": "tags",
    "works": ("Work", None),
    "work_mbids": ("w1", "w2"),
    "album": "Compass",
    "album_mbid": "al",
    "album_source": "album",
    "medium": 2,
    "track": 7,
    "state": "linked",
    "confidence": 0.97,
    "doubt": "conflict",
    "approval": "approved",
    "album_group": "g1",
    "gapless_with_next": True,
    "tag_replaygain_track_gain_db": -1.5,
    "tag_replaygain_track_peak": 0.25,
    "tag_replaygain_album_gain_db": -2.5,
    "tag_replaygain_album_peak": 0.75,
    "tag_r128_track_gain_db": -6.5,
    "tag_r128_album_gain_db": -7.5,
    "flavor_level": "full",
    "tempo_bpm": 96.5,
    "key": "A minor",
    "key_share": 0.6,
    "flavor": {"mode": {"minor": 0.7, "major": 0.3}},
    "extension_values": [
        {"extension": "crest", "measure": "db", "version": "1", "value": 0.3, "text": None, "failure": None}
    ],
}
TRACK = Programme(-14.0, -3.0, -4.0)
GAINS = PassageGains(TRACK, Programme(-13.0, -2.0, -2.5), Programme(-12.0, -1.0, -1.5))
ROW = ExportRow(
    names=NAMES,
    start=ticks(1.25),
    end=ticks(61.5),
    lead_in=ticks(0.5),
    lead_out=ticks(2.5),
    fade_in=ticks(3.5),
    fade_out=ticks(4.5),
    loudness=Loudness(-14.0, 6.0, -3.0, -4.0),
    gains=GAINS,
)


def named(**changes):
    return replace(ROW, names={**NAMES, **changes})


def lines(*rows, **form):
    file = io.BytesIO()
    count = write_playlist(rows, file, PlaylistForm(**form))
    first, *rest = file.getvalue().decode().splitlines()
    assert first == "#EXTM3U"
    return rest, count


def test_a_row_has_every_value_under_its_columns_with_times_in_seconds_and_in_ticks():
    times = {
        "start": (1.25, ROW.start),
        "end": (61.5, ROW.end),
        "lead_in": (0.5, ROW.lead_in),
        "lead_out": (2.5, ROW.lead_out),
        "fade_in": (3.5, ROW.fade_in),
        "fade_out": (4.5, ROW.fade_out),
    }
    expected = NAMES | {
        name: value
        for of, (seconds, in_ticks) in times.items()
        for name, value in ((of, seconds), (f"{of}_seconds", seconds), (f"{of}_ticks", in_ticks))
    }
    expected |= {"loudness_lufs": -14.0, "loudness_range_lu": 6.0, "true_peak_dbtp": -3.0, "sample_peak_dbfs": -4.0}
    expected |= gain_values(GAINS)
    assert ROW.values() == expected
    assert list(ROW.values()) == [column.name for column in COLUMNS]


def test_what_json_cannot_say_and_what_was_not_measured_is_none():
    silent = replace(ROW, loudness=Loudness(float("-inf"), float("nan"), None, -4.0), fade_in=None)
    values = silent.values()
    assert [values[name] for name in ("loudness_lufs", "loudness_range_lu", "true_peak_dbtp")] == [None] * 3
    assert values["sample_peak_dbfs"] == -4.0
    assert [values[name] for name in ("fade_in", "fade_in_seconds", "fade_in_ticks")] == [None] * 3


def test_columns_say_what_they_hold_and_whether_they_may_be_empty():
    kinds = {column.name: (column.kind, column.optional) for column in COLUMNS}
    assert kinds["guid"] == (Kind.TEXT, False)
    assert kinds["title"] == (Kind.TEXT, True)
    assert kinds["artists"] == (Kind.TEXTS, False)
    assert kinds["track"] == (Kind.INTEGER, True)
    assert kinds["confidence"] == (Kind.NUMBER, True)
    assert (kinds["start_seconds"], kinds["start_ticks"]) == ((Kind.NUMBER, False), (Kind.INTEGER, False))
    assert (kinds["fade_in"], kinds["fade_in_ticks"]) == ((Kind.NUMBER, True), (Kind.INTEGER, True))


def test_the_bytes_of_a_path_come_from_its_text_or_from_its_digits():
    assert ROW.path_bytes == b"/m/a.flac"
    assert named(path="/m/\\xff", path_hex="2f6d2fff").path_bytes == b"/m/\xff"


def test_an_entry_names_length_artists_and_title_and_the_passage_to_play():
    assert annotation(ROW, -18.0) == (
        'annotate:liq_cue_in="1.250000",liq_cue_out="61.500000",liq_cross_duration="2.500000",'
        'liq_cross_start_duration="0.500000",liq_cross_end_duration="2.500000",liq_fade_in="0.000000",'
        'liq_fade_out="0.000000",liq_fade_out_delay="2.500000",liq_amplify="-4.00 dB",title="North",'
        'artist="One & Two",album="Compass",passage="guid-1",gapless_with_next="true"'
    )
    assert lines(ROW) == (
        ["#EXTINF:61,One & Two - North", f"{annotation(ROW, -18.0)}:/m/a.flac"],
        PlaylistCount(1, 0),
    )


def test_what_is_not_known_is_left_out_of_an_entry():
    row = named(title=None, artists=(None,), album=None)
    row = replace(row, gains=PassageGains(UNKNOWN))
    assert annotation(row, -18.0) == (
        'annotate:liq_cue_in="1.250000",liq_cue_out="61.500000",liq_cross_duration="2.500000",'
        'liq_cross_start_duration="0.500000",liq_cross_end_duration="2.500000",liq_fade_in="0.000000",'
        'liq_fade_out="0.000000",liq_fade_out_delay="2.500000",passage="guid-1",gapless_with_next="true"'
    )
    assert lines(row)[0][0] == "#EXTINF:61,"


@pytest.mark.parametrize(
    ("loudness", "target", "gain"),
    [
        (Programme(-20.0, -6.0, -9.0), -18.0, "2.00 dB"),
        (Programme(-30.0, -6.0, -9.0), -18.0, "5.00 dB"),
        (Programme(-30.0, None, -9.0), -18.0, "8.00 dB"),
        (Programme(-30.0, float("-inf"), -9.0), -18.0, "8.00 dB"),
        (Programme(-30.0, None, None), -18.0, "12.00 dB"),
        (Programme(-14.0, 0.5, 0.0), -10.5, "-1.50 dB"),
        (Programme(None, 2.5, 0.0), -18.0, "-3.50 dB"),
        (Programme(None, -6.0, -6.5), -18.0, "0.00 dB"),
    ],
)
def test_a_gain_leads_to_the_target_as_far_as_the_peaks_stay_below_the_ceiling(loudness, target, gain):
    assert f'liq_amplify="{gain}"' in annotation(replace(ROW, gains=PassageGains(loudness)), target)


@pytest.mark.parametrize(
    ("gain_of", "gain"), [(GainOf.TRACK, "-4.00 dB"), (GainOf.DISC, "-5.00 dB"), (GainOf.ALBUM, "-6.00 dB")]
)
def test_the_passages_of_a_disc_or_an_album_have_one_gain_if_it_is_known(gain_of, gain):
    assert f'liq_amplify="{gain}"' in annotation(ROW, -18.0, gain_of)
    alone = replace(ROW, gains=PassageGains(TRACK))
    assert 'liq_amplify="-4.00 dB"' in annotation(alone, -18.0, gain_of)


def test_a_plain_playlist_has_each_file_once_with_a_length_that_is_not_known():
    found, count = lines(ROW, replace(ROW, start=ticks(70)), named(path="/m/b.flac"), ROW, plain=True)
    shown = "#EXTINF:-1,One & Two - North"
    assert found == [shown, "/m/a.flac", shown, "/m/b.flac", shown, "/m/a.flac"]
    assert count == PlaylistCount(3, 0)


def test_paths_that_are_no_line_are_left_out_and_counted():
    bad = [named(path=path) for path in ("/m/a\nb", "/m/a\rb")]
    assert lines(*bad, named(path="?", path_hex="ff"), ROW, plain=True)[1] == PlaylistCount(1, 3)


def test_a_path_that_looks_like_a_comment_is_no_comment_and_names_are_one_line():
    found, _ = lines(named(path="#1.flac", title=" A\n  B ", artists=()), plain=True)
    assert found == ["#EXTINF:-1,A B", "./#1.flac"]


@pytest.mark.parametrize(
    ("roots", "path"),
    [
        ([(b"/m", b"/n")], "/n/x/a.flac"),
        ([(b"/m/", b"/n/")], "/n/x/a.flac"),
        ([(b"/m", b"/n"), (b"/m/x", b"/o")], "/o/a.flac"),
        ([(b"/m/x", b"/o"), (b"/m", b"/n")], "/o/a.flac"),
        ([(b"/m/x/a.flac", b"/b.flac")], "/b.flac"),
        ([(b"/m/x/a", b"/o"), (b"/", b"/all")], "/all/m/x/a.flac"),
        ([(b"/q", b"/n")], "/m/x/a.flac"),
        ([(b"/m", b"")], "/x/a.flac"),
    ],
)
def test_the_longest_folder_that_holds_a_path_is_replaced(roots, path):
    found, _ = lines(named(path="/m/x/a.flac"), plain=True, roots=tuple(roots))
    assert found[1] == path


def test_quotes_are_escaped_breaks_are_spaces_and_nothing_is_evaluated():
    assert quoted('a\\b"c\nd\re\tf#{g}') == r'"a\\b\"c d e f# {g}"'
