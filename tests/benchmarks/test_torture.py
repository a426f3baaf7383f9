"""The campaign in its shortest form, and its parts: it must notice what is lost, or its table means nothing."""

import importlib
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LIBRARY, LOG = b"/life/library", b"/life/library-wal"


@pytest.fixture(scope="module")
def parts():
    """Give a function that imports a part of the campaign."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield lambda name: importlib.import_module(f"torture_parts.{name}")


@pytest.fixture
def disk(parts):
    """Give a disk on which a library was made and synced, and a function that lets calls happen on it."""
    made = parts("crashed_disk").Disk.with_files({LIBRARY: b"old"})

    def call(operation, path=LOG, data=b"", offset=0, length=0):
        made.apply(parts("calls").Call(operation, path, data, 1, offset, length))

    return made, call


def survivors(parts, made, data="ALL", names="NOTHING", seed=0):
    loss = parts("crashed_disk").Loss
    return made.survivors(random.Random(seed), loss[data], loss[names])


def test_what_was_synced_survives_every_loss_of_power(parts, disk):
    made, call = disk
    call("C")
    call("W", data=b"frame one")
    call("S")
    call("S", path=b"/life")
    call("W", data=b"frame two", offset=9)
    for data in parts("crashed_disk").Loss:
        for names in parts("crashed_disk").Loss:
            assert survivors(parts, made, data.name, names.name)[LOG].startswith(b"frame one")


def test_what_was_not_synced_may_be_lost_torn_or_there(parts, disk):
    made, call = disk
    call("C")
    call("W", data=bytes(1024))
    call("W", data=b"x" * 2048, offset=1024)
    found = {survivors(parts, made, "TORN", seed=seed)[LOG] for seed in range(100)}
    assert b"" in found
    assert bytes(1024) + b"x" * 2048 in found
    assert bytes(1024) + b"x" * 512 in found
    assert bytes(1024) not in {survivors(parts, made, "NOTHING", seed=seed)[LOG] for seed in range(9)}


def test_a_name_is_certain_when_its_folder_was_synced(parts, disk):
    made, call = disk
    call("C")
    assert LOG not in survivors(parts, made, names="ALL")
    call("S", path=b"/life")
    assert LOG in survivors(parts, made, names="ALL")
    call("U")
    assert LOG in survivors(parts, made, names="ALL")
    assert LOG not in survivors(parts, made, names="NOTHING")


def test_a_rename_that_is_lost_leaves_the_former_file(parts, disk):
    made, call = disk
    call("C", path=b"/life/new")
    call("W", path=b"/life/new", data=b"new")
    call("S", path=b"/life/new")
    call("S", path=b"/life")
    call("N", path=b"/life/new", data=LIBRARY)
    assert survivors(parts, made, names="ALL") == {LIBRARY: b"old", b"/life/new": b"new"}
    assert survivors(parts, made, names="NOTHING") == {LIBRARY: b"new"}


def test_a_truncation_is_lost_like_a_write(parts, disk):
    made, call = disk
    call("T", path=LIBRARY, length=1)
    assert survivors(parts, made, "ALL")[LIBRARY] == b"old"
    assert survivors(parts, made, "NOTHING")[LIBRARY] == b"o"


def test_the_same_case_makes_the_same_mutant(parts):
    case = parts("attack").Case.parsed("hostile-files:7:12")
    assert (str(case), case.number) == ("hostile-files:7:12", 12)
    data = [bytes(range(256)) * 40, b"RIFF\x24\0\0\0WAVEfmt \x04\0\0\0abcddata\x04\0\0\0wxyz"]
    one, other = (parts("mutants.changes").mutant(data[1], data, case.generator()) for _ in range(2))
    assert one == other


def test_a_file_that_is_split_and_joined_without_a_change_is_the_same(parts):
    data = b"RIFF\x28\0\0\0WAVEfmt \x04\0\0\0abcdLIST\x01\0\0\0x\0data\x02\0\0\0wx"
    found = parts("mutants.blocks").split(data)
    assert [block.name for block in found.blocks] == [b"fmt ", b"LIST", b"data"]
    assert found.join([(block, None) for block in found.blocks])[8:] == data[8:]


@pytest.mark.slow
def test_a_history_notices_a_lost_step_and_a_repeated_one(parts, tmp_path):
    history, music = parts("history"), parts("music")
    lived = history.whole_life(music.seeds(tmp_path / "seeds"), tmp_path / "life")

    def library(steps):
        folder = tmp_path / f"{steps} done"
        folder.mkdir()
        store = lived.open(folder / history.NAME)
        for step in lived.steps[:steps]:
            step(store)
        store.close()
        return folder / history.NAME

    assert lived.complaints(library(5), 5) == []
    (lost,) = lived.complaints(library(6), 9)
    assert "lines are missing" in lost
    (ahead,) = lived.complaints(library(7), 3)
    assert "too many" in ahead


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_some_seconds_of_every_attack_that_needs_no_luck_lose_nothing():
    # Races and kills at moments are another case each time: .ci/long tries them for as long as it takes.
    names = [
        *("hostile-services", "hostile-folders", "kills-of-writer", "power-loss", "failing-calls"),
        *("damage", "side-files", "hostile-files", "parsers"),
    ]
    only = [word for name in names for word in ("--only", name)]
    words = ["--minutes", "0.05", "--seed", "1", "--quick", *only]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", BENCHMARKS / "torture.py", *words], capture_output=True, text=True, check=False
    )
    tries = re.findall(r"^([a-z-]+)(?: +[\d,]+){4}$", done.stdout, re.MULTILINE)
    skipped = re.findall(r"^([a-z-]+) +skipped: ", done.stdout, re.MULTILINE)
    assert sorted(tries + skipped) == sorted(names), done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_a_case_can_be_tried_again():
    words = [sys.executable, "-W", "ignore", BENCHMARKS / "torture.py", "--replay", "parsers:1:0"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "held: sniff\n"), done.stderr
