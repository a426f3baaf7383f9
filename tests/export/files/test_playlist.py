import json
import re
from io import BytesIO
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passagework.domain.gains import UNKNOWN, PassageGains
from passagework.domain.plain_text import steers
from passagework.export.files.playlist import PlaylistForm, quoted, write_playlist

ENTRY = re.compile(r'annotate:((?:\w+="(?:[^"\\\n\r]|\\.)*",?)+):(.*)')
PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
STEERING = "\x00\x07\n\r\t\x1b\x7f\x9b\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\U000e0001"


def unquoted(text):
    """Read a string as liquidsoap's lexer does, if it has no escapes of control characters."""
    return re.sub(r"\\(.)", r"\1", text)


def annotations(line):
    found = ENTRY.fullmatch(line)
    assert found, line
    return {name: unquoted(value) for name, value in PAIR.findall(found[1])}, found[2]


@given(st.text(st.characters(codec="utf-8")) | st.text('"\\#{},:= n' + STEERING))
def test_every_text_comes_back_from_quotes_but_for_what_steers_or_would_be_evaluated(text):
    written = quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', written)
    seen = "".join(" " if steers(each) else each for each in text)
    assert unquoted(written[1:-1]) == " ".join(seen.split()).replace("#{", "# {")
    assert "#{" not in unquoted(written[1:-1])
    assert not set(written) & set(STEERING)


@example(path=b"/music/#{now}.flac", plain=False)
@example(path=b"/music/#{now}.flac", plain=True)
@given(
    st.lists(st.text(STEERING + "#{}a /").map(str.encode) | st.binary(max_size=3), min_size=1, max_size=4).map(
        b"/".join
    ),
    st.booleans(),
)
def test_no_path_steers_or_is_evaluated_in_a_playlist_and_each_is_written_as_it_is_or_counted(path, plain):
    row = SimpleNamespace(
        path_bytes=path,
        start=0,
        end=5,
        lead_in=1,
        lead_out=2,
        fade_in=None,
        fade_out=None,
        names={"title": STEERING + "#{", "artists": ["#", "{"], "album": None, "guid": "g", "gapless_with_next": False},
        gains=PassageGains(UNKNOWN),
    )
    file = BytesIO()
    count = write_playlist([row], file, PlaylistForm(plain=plain))
    text = file.getvalue().decode()
    assert "#{" not in text
    assert not set(text) & (set(STEERING) - {"\n", "\u200b", "\ufeff", "\U000e0001"})
    assert (count.written, count.left_out) in ((1, 0), (0, 1))
    assert text.endswith(path.decode() + "\n" if count.written else "#EXTM3U\n")


def test_a_playlist_has_cue_points_and_names_and_says_what_it_leaves_out(exported_library, export):
    library, music = exported_library
    result = export(library, "m3u", "-", "--root", f"{music}=/radio/music")
    first, info, entry = result.stdout.splitlines()
    assert first == "#EXTM3U"
    assert info.startswith("#EXTINF:2,Somebody - A ")
    values, path = annotations(entry)
    assert path == "/radio/music/#One.flac"
    assert values["title"].startswith('A "quoted" \\ back, # {slash}: and =')
    assert float(values["liq_cue_in"]) < float(values["liq_cue_out"]) <= 2
    assert re.fullmatch(r"-?\d+\.\d\d dB", values["liq_amplify"])
    assert "2 left out" in result.stderr


def test_a_plain_playlist_has_every_file_once(exported_library, export):
    library, music = exported_library
    assert export(library, "m3u", "-", "--plain").stdout.splitlines()[2:] == [f"{music}/#One.flac"]


def test_gains_stop_below_the_ceiling_and_the_longest_root_counts(exported_library, export):
    library, music = exported_library
    roots = ("--root", f"{music.parent}=/no", "--root", f"{music}=/yes", "--root", f"{str(music)[:-1]}=/part")
    values, path = annotations(export(library, "m3u", "-", *roots, "--target-lufs", "40").stdout.splitlines()[2])
    row = next(
        row for row in map(json.loads, export(library, "json", "-").stdout.splitlines()) if "#One" in row["path"]
    )
    assert path == "/yes/#One.flac"
    assert float(values["liq_amplify"].removesuffix(" dB")) == pytest.approx(-1 - row["true_peak_dbtp"], abs=0.01)
