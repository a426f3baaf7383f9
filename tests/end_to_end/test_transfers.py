"""Transfers of five excerpts of real music are cut into five passages, with default settings."""

import json
import random
from pathlib import Path

import pytest

TRANSFERS = {
    "hiss": ({"hiss": -66}, -66),
    "pink": ({"pink": -50, "clicks": 0.5}, -50),
    "hum": ({"hum": -52, "hiss": -55, "constant": 0.004}, -50),
    "rumble": ({"rumble": -38, "pink": -56}, -56),
}
GAPS = (2.0, 2.8, 3.6, 4.5)

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture
def cuts(monkeypatch):
    """Give the benchmark of cuts, which makes sides from real music."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    import cuts  # noqa: PLC0415 - it lies in no package

    return cuts


@pytest.mark.parametrize("name", TRANSFERS)
def test_each_of_five_real_excerpts_is_a_passage_within_three_tenths_of_a_second(
    command_line, real_music, cuts, tmp_path, name
):
    noise, level = TRANSFERS[name]
    rate = cuts.RATE
    chance = random.Random(name)
    pieces = []
    for entry in json.loads((real_music / "wesnoth" / "truth.json").read_text("utf-8")):
        if len(pieces) == len(GAPS) + 1:
            break
        track = cuts.decoded(real_music / "wesnoth" / entry["file"])
        length = min(25.0, len(track) / rate - 2)
        if length > 10 and (cut := cuts.stretch(track, length, level, chance)) is not None:
            pieces.append(cut)
    if len(pieces) <= len(GAPS):
        pytest.skip("this music has no five tracks that are long enough for an excerpt")
    made = cuts.side(name, pieces, GAPS, cuts.Noise(**noise), seed=7)
    cuts.write(tmp_path / "Side.wav", made.samples, 2)
    assert command_line.report(tmp_path, "--set", "analysis.workers=1")["failed"] == []
    shown = json.loads(command_line.run_here("show", "--json", tmp_path / "Side.wav").stdout)
    found = [(one["start_seconds"], one["end_seconds"]) for one in shown["passages"]]
    assert len(found) == len(made.pieces)
    for (start, end), truth in zip(found, made.pieces, strict=True):
        assert (start, end) == pytest.approx([edge / rate for edge in truth], abs=0.3)
