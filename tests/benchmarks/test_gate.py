"""The gate refuses what is too slow, and nothing that only looks so for some rounds."""

import subprocess
import sys
from itertools import chain, repeat
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def gate(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import gate  # noqa: PLC0415 - it lies beside the benchmarks, in no package

    return gate


def check(gate, ours, reference=None):
    taken = iter(ours), iter(repeat(1.0) if reference is None else reference)
    return gate.Check("a check", "ours beside the least", 2.0, *(lambda one=one: next(one) for one in taken))


def test_what_holds_is_measured_some_rounds_and_passes(gate, capsys):
    assert gate.judge([check(gate, repeat(1.9))])
    assert f"| {gate.LEAST_ROUNDS} | holds |" in " ".join(capsys.readouterr().out.split())


def test_what_is_slower_than_its_limit_fails_after_all_rounds(gate, capsys):
    assert not gate.judge([check(gate, repeat(1.0)), check(gate, repeat(2.1))])
    assert f"| 2.10 | 2 | {gate.MOST_ROUNDS} | TOO SLOW |" in " ".join(capsys.readouterr().out.split())


def test_rounds_that_others_on_the_machine_made_slow_do_not_count(gate):
    assert gate.judge([check(gate, chain(repeat(9.0, gate.MOST_ROUNDS - 1), [1.9]))])


def test_a_slow_reference_excuses_nothing_once_it_was_quick(gate):
    assert not gate.judge([check(gate, repeat(3.0), chain([1.0], repeat(9.0)))])


@pytest.mark.slow
def test_an_unknown_check_is_refused():
    command = [sys.executable, str(BENCHMARKS / "gate.py"), "--only", "nothing"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
