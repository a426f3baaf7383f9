"""What the command line makes of transfers, rhythms and speech whose truth is known: benchmarks/cuts_sides.py."""

import importlib
import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from passagework.demo.encoding import AudioForm, write_audio

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RATE = 16_000
GAPS = (2.5, 4.0, 3.0, 2.2)
GAINS = (0, -10, -20, -35)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sides():
    """The module that makes sides, at a lower rate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        module = importlib.import_module("cuts_sides")
        patch.setattr(module, "RATE", RATE)
        yield module


@pytest.fixture(scope="module")
def truths(sides):
    """Give what there is to import: a name, samples, and where pieces begin and end in seconds."""
    pieces = [sides.music(12, seed=seed) for seed in range(5)]
    noises = {
        "a constant": sides.Noise(constant=0.003),
        "rumble": sides.Noise(rumble=-40),
        "hiss": sides.Noise(hiss=-66),
        "pink and clicks": sides.Noise(pink=-50, clicks=0.7),
        "hum": sides.Noise(hum=-52, hiss=-55, constant=0.002),
        "rumble and pink": sides.Noise(rumble=-38, pink=-56),
    }
    made = {name: sides.side(name, pieces, GAPS, noise, seed=7) for name, noise in noises.items()}
    clean = sides.side("clean", pieces[:3], GAPS[:2], sides.Noise(), seed=7)
    of = {name: (side.samples, side.pieces) for name, side in made.items()}
    of |= {f"gain {gain}": (clean.samples * sides.amplitude(gain), clean.pieces) for gain in GAINS}
    one_channel = clean.samples + np.array([0.003, 0.0], np.float32)
    of["a constant in one channel"] = (one_channel, clean.pieces)
    return {name: (samples, [(a / RATE, b / RATE) for a, b in bounds]) for name, (samples, bounds) in of.items()}


def strokes(sides, seconds, every, *, length, level, seed=1):
    return sides.strokes(seconds, np.arange(0, seconds - 0.01, every), length=length, level=level, seed=seed)


@pytest.fixture(scope="module")
def rhythms(sides):
    """Give what has no long sound, with its truth; digital silence is between the pieces."""
    random = np.random.default_rng(3)
    song, other = sides.music(14, seed=1), sides.music(14, seed=2)
    silence = np.zeros((4 * RATE, 2), np.float32)
    clap_times = np.cumsum(random.uniform(0.3, 0.7, 40))
    claps = sides.strokes(clap_times[-1] + 0.5, clap_times - clap_times[0], length=0.4, level=-14)
    count_in = strokes(sides, 2.0, 0.5, length=0.05, level=-20)
    clock = strokes(sides, 8.0, 1.0, length=0.03, level=-30)
    hats = strokes(sides, 4.0, 0.25, length=0.08, level=-24)
    solo_times = np.cumsum(random.choice([0.125, 0.25, 0.375], 80))
    solo = sides.strokes(solo_times[-1] + 0.5, solo_times - solo_times[0], length=0.3, level=-10)
    hits = sides.strokes(3.5, (1.5, 3.0), length=0.3, level=-8)
    return {
        "count-in": ([silence, count_in, song], [(4, 20)]),
        "clock": ([silence, clock, song], [(4, 26)]),
        "hats": ([silence, hats, song], [(4, 22)]),
        "final hits": ([song, hits, silence], [(0, 17.1)]),
        "solo": ([song, silence, solo, silence, other], [(0, 14), (18, 18 + len(solo) / RATE - 0.4), None]),
        "claps": ([song, silence, claps, silence, other], [(0, 14), (18, 18 + len(claps) / RATE - 0.4), None]),
    }


def imported(make_command_line, tmp_path_factory, files, *extra):
    """Import files, by their names, and give their passages in seconds and the report."""
    folder = tmp_path_factory.mktemp("cuts")
    (folder / "music").mkdir()
    for name, samples in files.items():
        write_audio(folder / "music" / f"{name}.wav", samples, RATE, AudioForm.WAV_24)
    command_line = make_command_line(folder)
    report = command_line.report(folder / "music", *extra)
    found = {name: [] for name in files}
    exported = command_line.run_words("export", "json", "-", "--library", str(command_line.library)).stdout
    for line in exported.splitlines():
        passage = json.loads(line)
        found[Path(passage["path"]).stem].append((passage["start"], passage["end"]))
    return {name: sorted(passages) for name, passages in found.items()}, report


@pytest.fixture(scope="module")
def passages(make_command_line, tmp_path_factory, truths, rhythms):
    files = {name: samples for name, (samples, _) in truths.items()}
    files |= {name: np.concatenate(parts) for name, (parts, _) in rhythms.items()}
    return imported(make_command_line, tmp_path_factory, files)[0]


def test_all_pieces_of_transfers_are_found_over_any_noise(passages, truths):
    for name, (_, truth) in truths.items():
        assert passages[name] == [pytest.approx(piece, abs=0.1) for piece in truth], name


def test_bounds_do_not_depend_on_gain(passages):
    for gain in GAINS:
        assert passages[f"gain {gain}"] == [pytest.approx(piece, abs=0.02) for piece in passages["gain 0"]], gain


def test_rhythms_and_hits_are_music(passages, rhythms):
    for name, (_, truth) in rhythms.items():
        found = passages[name]
        assert len(found) == len(truth), (name, found)
        for passage, piece in zip(found, truth, strict=True):
            assert piece is None or passage == pytest.approx(piece, abs=0.3), name


@pytest.fixture(scope="module")
def talk(sides):
    """Give a talk with pauses of 3 to 5 s, which begins after 4 s and ends 6 s before its end."""
    parts = [np.zeros((4 * RATE, 2), np.float32)]
    for seed, pause in enumerate((3.2, 5.0, 4.1, 6.0)):
        parts += [sides.speech(30, seed=seed), np.zeros((round(pause * RATE), 2), np.float32)]
    return np.concatenate(parts)


def test_a_talk_is_one_passage_with_the_profile_that_the_report_suggests(make_command_line, tmp_path_factory, talk):
    end = len(talk) / RATE - 6.0
    found, report = imported(make_command_line, tmp_path_factory, {"talk": talk})
    assert (len(found["talk"]), report["warnings"]) == (4, {"speech-cut": 1})
    found, report = imported(make_command_line, tmp_path_factory, {"talk": talk}, "--profile", "speech")
    assert (found["talk"], report["warnings"]) == ([pytest.approx((4.0, end), abs=0.5)], {})


@pytest.fixture(scope="module")
def running_on(sides, make_command_line, tmp_path_factory):
    """Give the passages of an album that runs on, cut inside beats, applause and a held tone, and of its neighbour."""
    applause = sides.strokes(6, np.arange(0, 6, 0.004), length=0.05, level=-34)
    times = np.arange(6 * RATE) / RATE
    held = sides.both((0.02 * np.sin(2 * np.pi * 440 * times)).astype(np.float32))
    album = np.concatenate([sides.music(16, seed=1), applause, sides.music(16, seed=2), held, sides.music(16, seed=3)])
    bounds = [0, 10.3, 18.0, 40.5, len(album) / RATE]
    folder = tmp_path_factory.mktemp("album")
    (folder / "music").mkdir()
    for number, (start, end) in enumerate(itertools.pairwise(bounds), 1):
        piece = album[round(start * RATE) : round(end * RATE)]
        write_audio(folder / "music" / f"{number:02}.flac", piece, RATE, AudioForm.FLAC)
    stranger = sides.strokes(12, np.arange(0, 12, 0.25), length=0.4, level=-14)
    write_audio(folder / "music" / "05.flac", stranger, RATE, AudioForm.FLAC)
    command_line = make_command_line(folder)
    command_line.report(folder / "music")
    exported = command_line.run_words("export", "json", "-", "--library", str(command_line.library)).stdout
    return [json.loads(line) for line in exported.splitlines()], [
        end - start for start, end in itertools.pairwise(bounds)
    ]


def test_an_album_that_runs_on_is_cut_nowhere_else_has_no_leads_at_its_cuts_and_is_known_as_such(running_on):
    passages, lengths = running_on
    assert [passage["end_seconds"] - passage["start_seconds"] for passage in passages[:4]] == [
        pytest.approx(length, abs=0.02) for length in lengths
    ]
    assert [passage["lead_out_seconds"] for passage in passages[:3]] == [0, 0, 0]
    assert [passage["lead_in_seconds"] for passage in passages[1:4]] == [0, 0, 0]
    assert [passage["gapless_with_next"] for passage in passages] == [True, True, True, False, False]
