import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.export.files.playlist import quoted

ENTRY = re.compile(r'annotate:((?:\w+="(?:[^"\\\n\r]|\\.)*",?)+):(.*)')
PAIR = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
UNESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def unquoted(text):
    """Read a string as liquidsoap's lexer does."""
    return re.sub(r"\\(.)", lambda found: UNESCAPED.get(found[1], found[1]), text, flags=re.DOTALL)


def annotations(line):
    found = ENTRY.fullmatch(line)
    assert found, line
    return {name: unquoted(value) for name, value in PAIR.findall(found[1])}, found[2]


@given(st.text(st.characters(codec="utf-8")) | st.text('"\\#{}\n\r,:= n'))
def test_every_text_comes_back_from_quotes_on_one_line_but_for_what_would_be_evaluated(text):
    written = quoted(text)
    assert not re.search(r"[\n\r]", written)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', written, re.DOTALL)
    assert unquoted(written[1:-1]) == text.replace("#{", "# {")
    assert "#{" not in unquoted(written[1:-1])


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
