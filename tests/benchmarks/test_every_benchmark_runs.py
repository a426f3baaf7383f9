"""Every benchmark runs for a few seconds and prints what it is for. A figure of so short a run means nothing."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from passagework.audio.joins.net import Weights, shipped
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RATE, SECONDS = 44_100, 6

PROGRAMS = {
    "accuracy.py LOOKUPS": r"leave one album out \| \d+/\d+ = ",
    "album_loudness.py MUSIC --quick": r"by distribution +\| +2 \| +0\.\d+ \| +0\.\d",
    "albums.py MUSIC --quick": r"share of the bounds within 1 s: [\d.]+, at least 0.95 wanted",
    "ceiling.py RECORDING --quick": r"of the ceiling at batches of 1000 with links: [\d.]+, at least 0.6 wanted",
    "cuts.py MUSIC --quick": r"share of the cuts that are true: [\d.]+, at least 0.99 wanted",
    "day.py --daemon watch --quick": r"passages that are otherwise in a new library: 0",
    "executors.py --quick": r"dask +[\d.]+ ms +[\d.]+ x",
    "export_mysql.py RECORDING --quick": r"sending / LOAD DATA, in rows/s: [\d.]+, at least",
    "fingerprint.py --quick": r"ours : C library = [\d.]+ : 1 in time",
    "flavor.py MUSIC --quick": r"tempo of generated drums, but for the octave: [\d.]+, at least",
    "extension_cost.py MUSIC 1": r"\"extension\": [\d.]+, \"extension_mb\": [\d.]+",
    "flavor_cost.py MUSIC --quick": r"CPU of an import with basic / with off: [\d.]+, at most",
    "gapless.py MUSIC --quick": r"pairs of tracks that are only neighbours: [\d.]+, at most",
    "growth.py RECORDING --quick": r"CPU a file of the large library / of an empty one, by turns: [\d.]+, at most 1.25",
    "import.py MUSIC --quick": r"CPU of an import without true peak / CPU of \(a\): [\d.]+, at most",
    "interference.py RECORDING MUSIC --quick": r"throughput under load / idle: [\d.]+, at least",
    "leads.py MUSIC --quick": r"share of the synthetic endings with a true lead: [\d.]+, at least",
    "lock_table.py RECORDING --quick": r"files/s of \(c\) / \(e\) batching thread: [\d.]+, at least 1 wanted",
    "loudness.py --quick": r"Passagework +\| +[\d.]+ \| -[\d.]+ \|",
    "many_files.py --quick": r"import, nothing new \| +[\d.]+ \| +[\d.]+ \|",
    "next.py --quick": r"next, import: CPU p99 \(ms\): [\d.]+, at most 20 wanted",
    "queries.py --quick": r"show PASSAGE: [\d.]+, at most 1 wanted",
    "rescan.py --quick": r"microseconds a file in the largest tree / in the smallest: [\d.]+, at most",
    "runs.py --quick": r"bytes in the second half: 0, 0 wanted",
    "serve.py MUSIC --quick": r"CPU-ms of an event for a client: [\d.]+, at most 0.1 wanted",
    "size.py RECORDING --quick": r"file_curves +\| +[\d,]+ \| +[\d.]+% \|",
    "similar.py --quick": r"warm, full \(CPU ms\): [\d.]+, at most 100 wanted",
    "simulation.py --quick": r"predicted [\d.]+ s, measured [\d.]+ s: [+-][\d.]+%",
    "update.py --quick": r"\d kills; library \d+ MB, of these \d+ MB free\nthe evidence is what it was",
    "watch.py --quick": r"met +files that the watch has missed: 0, at most 0",
    "undo_journal.py RECORDING --quick": r"first import, beside others +\| +[\d.]+ / [\d.]+ s = [\d.]+",
}
"""What each prints at least. ``real_music.py`` is no benchmark: it makes music, and has tests of its own."""

NEEDS = {"export_mysql.py": "mariadbd", "fingerprint.py": "fpcalc"}
"""Programs that want something of the system. ``fpcalc`` comes with the C library of Chromaprint."""

NO_BENCHMARKS = {
    *("real_music.py", "recorded_messages.py", "import_once.py", "kernels.py"),
    *("torture.py", "gate.py", "document.py", "albums_fit.py", "flavor_scores.py"),
}
"""Programs that benchmarks start, or that make what they take; and those that have tests of their own."""


def run(program, *arguments):
    command = [sys.executable, str(BENCHMARKS / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Give the words that stand for files in PROGRAMS: music, a recording of it, and two lookups."""
    folder = tmp_path_factory.mktemp("benchmarks")
    music, recording, lookups = folder / "music", folder / "recording", folder / "lookups.jsonl"
    music.mkdir()
    for number in range(3):
        path = music / f"{number}.flac"
        write_audio(path, compose(SECONDS * RATE, RATE, number), RATE, AudioForm.FLAC)
        write_tags(path, Tags(title=f"Track {number}", artists=("Ann",), album="Album", track_number=number + 1))
    run("recorded_messages.py", str(music), str(recording))
    lookups.write_text("\n".join(map(json.dumps, recorded_lookups())), "utf-8")
    return {"MUSIC": str(music), "RECORDING": str(recording), "LOOKUPS": str(lookups)}


def recorded_lookups():
    for number, title in enumerate(("Dawn", "Noon", "Dusk", "Night"), 1):
        mbid = f"{number}0000000-0000-4000-8000-000000000000"
        recording = {"id": mbid, "title": title, "duration": 200, "artists": [{"id": mbid, "name": "Ann"}]}
        yield {
            "source": f"folder {(number - 1) // 2}/0{number}_{title}.mp3",
            "duration": 200,
            "fingerprint": f"AQ{number}",
            "response": {"status": "ok", "results": [{"id": mbid, "score": 0.95, "recordings": [recording]}]},
        }


def printed_by(command, material):
    program, *arguments = command.split()
    return run(program, *(material.get(argument, argument) for argument in arguments))


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(900)
def test_every_benchmark_runs_and_prints_its_figure(material):
    """Two at a time, since nobody looks at the figures."""
    commands = [command for command in PROGRAMS if command.split()[0] not in NEEDS]
    with ThreadPoolExecutor(2) as pool:
        printed = dict(zip(commands, pool.map(lambda command: printed_by(command, material), commands), strict=True))
    assert {command: text for command, text in printed.items() if not re.search(PROGRAMS[command], text)} == {}


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("program", NEEDS)
def test_a_benchmark_beside_another_program_runs_and_prints_its_figure(material, program):
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    if shutil.which(NEEDS[program], path=path) is None:
        pytest.skip(f"{NEEDS[program]} is missing")
    (command,) = (command for command in PROGRAMS if command.startswith(program))
    assert re.search(PROGRAMS[command], printed_by(command, material))


@pytest.mark.slow
@pytest.mark.once
def test_the_weights_of_joins_can_be_fitted(tmp_path):
    for number in range(3):
        write_audio(tmp_path / f"{number}.wav", compose(46 * 8_000, 8_000, number), 8_000, AudioForm.WAV)
    weights = tmp_path / "weights.npz"
    printed = run("albums_fit.py", str(tmp_path), "--quick", "--weights", str(weights))
    assert re.search(r"fitted +\| +[\d.]+ \| +[\d.]+ \|", printed)
    with np.load(weights) as made:
        shapes = {name: made[name].shape for name in made.files}
    assert shapes == {one.name: getattr(shipped(), one.name).shape for one in fields(Weights)}


def test_every_benchmark_is_among_those_that_are_run():
    programs = {path.name for path in BENCHMARKS.glob("*.py") if '__name__ == "__main__"' in path.read_text("utf-8")}
    assert programs - NO_BENCHMARKS == {command.split()[0] for command in PROGRAMS}


def imported_from_inside(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name for name in names if name.startswith("passagework."))


@pytest.mark.slow
def test_only_the_seams_take_names_from_inside_the_package():
    others = (path for path in BENCHMARKS.rglob("*.py") if path.parent.name != "seams")
    assert {path.name: names for path in others if (names := list(imported_from_inside(path)))} == {}


@cache
def names_in(module):
    """Give the names at the top of a module, without importing it."""
    return set(_names_in(module))


def _names_in(module):
    path = BENCHMARKS.parent.joinpath(*module.split("."))
    if path.is_dir():
        yield from (inside.stem for inside in path.iterdir())
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            # What a package imports only when it is asked for.
            yield from (one.name for inside in node.body for one in inside.names)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (one.asname or one.name for one in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))


def test_the_seams_name_what_is_in_the_package():
    missing = [
        f"{seam.name}: {node.module}.{one.name}"
        for seam in (BENCHMARKS / "seams").glob("*.py")
        for node in ast.walk(ast.parse(seam.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("passagework.")
        for one in node.names
        if one.name not in names_in(node.module)
    ]
    assert missing == []


def test_only_one_seam_knows_actors():
    seams = (BENCHMARKS / "seams").glob("*.py")
    knowing = {path.name for path in seams for name in imported_from_inside(path) if "passagework.actors" in name}
    assert knowing == {"actors.py"}
