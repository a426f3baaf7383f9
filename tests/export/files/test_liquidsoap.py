"""What a real liquidsoap makes of an exported playlist, with the script of docs/export-files.md."""

import json
import re
import shutil
import subprocess
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from passagework import Importer, InlineExecutor, Library, load_settings
from passagework.domain.units import seconds

RATE = 44_100
BLOCK = RATE // 100
DOCS = Path(__file__).parents[3] / "docs" / "export-files.md"
SILENT_DB = -60.0
JOIN = 2
"""In hundredths of a second: so far may an overlap be from that of the library."""
LEVEL = 0.5
"""dB."""

MONO = "3.wav"
PANNED_DB = -3.01
"""How much softer a file with one channel is on each of two loudspeakers, so that it is as loud as on one."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("liquidsoap") is None, reason="liquidsoap is not installed"),
]


def quoted(text):
    return '"' + text.replace('"', '\\"') + '"'


def tone(hz, length):
    return 0.2 * np.sin(2 * np.pi * hz * np.arange(int(length * RATE)) / RATE)


def ramp(length):
    return np.linspace(0, 1, int(length * RATE))


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Give pieces of one tone each, by file: a long fade-out, a slow start and a cold end, cold ones, a short fade.

    One has one channel, the others have two.
    """
    folder = tmp_path_factory.mktemp("tones")
    faded = tone(500, 12)
    faded[-8 * RATE :] *= ramp(8)[::-1]
    slow = tone(1_000, 10)
    slow[: 5 * RATE] *= ramp(5)
    cold = tone(2_000, 5)
    short = tone(3_000, 8)
    short[-6 * RATE :] *= ramp(6)[::-1]
    quiet = np.zeros(RATE // 2)
    pieces = {"1.wav": (500, np.concatenate([quiet, faded, quiet])), "2.wav": (1_000, slow), "3.wav": (2_000, cold)}
    pieces |= {"4.wav": (3_000, short), "5.wav": (4_000, tone(4_000, 5))}
    for name, (_, samples) in pieces.items():
        with wave.open(str(folder / name), "wb") as file:
            channels = 1 if name == MONO else 2
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(np.repeat((samples * 32_767).astype("<i2"), channels).tobytes())
    return folder, pieces


@pytest.fixture(scope="module")
def library(music, tmp_path_factory):
    path = tmp_path_factory.mktemp("library") / "tones.passages"
    settings = load_settings(overrides={"library.path": str(path)})
    with Importer(settings, make_executor=InlineExecutor) as importer:
        importer.start([music[0]]).wait(60)
    return path


@pytest.fixture
def render(library, export, tmp_path):
    """Give a function that plays the playlist to a file with the script of the docs, with some of it replaced."""

    def run(replaced=()):
        playlist, script, out = (tmp_path / name for name in ("music.m3u8", "script.liq", "out.wav"))
        export(library, "m3u", playlist, "--target-lufs", "-23")
        gains = [float(gain) for gain in re.findall(r'liq_amplify="(.*?) dB"', playlist.read_text("utf-8"))]
        entries = [line for line in playlist.read_text("utf-8").splitlines() if line.startswith("annotate:")]
        # Each is there before the first is played: faster than time, a playlist may have no next piece at hand.
        pieces = ", ".join(f"once(single({quoted(entry)}))" for entry in entries)
        (text,) = re.findall(r"```liquidsoap\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
        to_file = f'output.file(%wav, fallible=true, on_stop=shutdown, "{out}", music)'
        replaced = (
            *replaced,
            ('playlist(mode="normal", "music.m3u8")', f"sequence([{pieces}])"),
            ("output.ao(fallible=true, music)", f'clock.assign_new(sync="none", [music])\n{to_file}'),
        )
        for old, new in replaced:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        script.write_text('set("init.allow_root", true)\n' + text)
        done = subprocess.run(["liquidsoap", script], capture_output=True, text=True, timeout=120, check=False)
        assert out.exists(), done.stdout + done.stderr
        return samples_of(out), gains

    return run


def samples_of(path):
    # The header of a file that is written while it is played names no length.
    content = path.read_bytes()[44:]
    return np.frombuffer(content[: len(content) // 4 * 4], "<i2").reshape(-1, 2)[:, 0] / 32_768


def levels(samples, hz):
    """Give the level of a tone in each hundredth of a second."""
    blocks = samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK)
    turned = np.exp(-2j * np.pi * hz * np.arange(BLOCK) / RATE)
    return np.maximum(20 * np.log10(2 * np.abs((blocks * turned).mean(axis=1)) + 1e-9), SILENT_DB)


def found_in(rendered, music, library):
    """Give for each passage the passage, where it begins in what was played, and how much its level differs at most."""
    played, gains = rendered
    folder, pieces = music
    with Library.open(library) as opened:
        passages = sorted(opened.passages(), key=lambda passage: passage.path)
    for passage, gain in zip(passages, gains, strict=True):
        name = Path(passage.path.decode()).name
        hz, _ = pieces[name]
        with wave.open(str(folder / name)) as file:
            frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        samples = frames[:, 0] / 32_768 * 10 ** ((gain + (PANNED_DB if name == MONO else 0.0)) / 20)
        own = levels(samples[round(seconds(passage.start) * RATE) : round(seconds(passage.end) * RATE)], hz)
        all_of_it = np.concatenate([levels(played, hz), np.full(own.size, SILENT_DB)])
        differences = [np.abs(all_of_it[at : at + own.size] - own) for at in range(all_of_it.size - own.size)]
        best = min(range(len(differences)), key=lambda at: differences[at].sum())
        yield passage, best, np.sort(differences[best])[: -own.size // 50].max()


def test_every_passage_is_heard_as_it_is_and_overlaps_as_the_library_says(render, music, library):
    found = list(found_in(render(), music, library))
    assert [one.lead_out > 0 for one, *_ in found] == [True, False, False, True, False]
    for (one, begin, difference), (other, next_begin, _) in pairwise(found):
        assert difference < LEVEL
        overlap = min(seconds(one.lead_out), seconds(other.lead_in))
        assert abs(begin + (seconds(one.end) - seconds(one.start) - overlap) * 100 - next_begin) <= JOIN


def test_a_file_with_one_channel_has_the_gain_of_one_with_two_if_the_player_copies_it(export, library, tmp_path):
    def gains(mono):
        export(library, "json", tmp_path / mono, "--set", f"loudness.mono={mono}")
        rows = [json.loads(line) for line in (tmp_path / mono).read_text("utf-8").splitlines()]
        return {Path(row["path"]).name: row["replaygain_track_gain_db"] for row in rows}

    panned, copied = gains("panned"), gains("copied")
    assert {name for name in panned if panned[name] != copied[name]} == {MONO}
    assert copied[MONO] - panned[MONO] == pytest.approx(PANNED_DB, abs=0.001)


def test_a_crossfade_adds_no_fade_either(render, music, library):
    rendered = render([("cross(duration=0., join, music)", "crossfade(music)")])
    assert [difference for *_, difference in found_in(rendered, music, library) if difference >= LEVEL] == []
