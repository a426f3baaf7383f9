"""Our own parsers under a fuzzer that is guided by the branches it reaches (atheris, where it is installed)."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from seams.parsers import PARSERS

from torture_parts import music
from torture_parts.attack import Attack, Case, SkippedError, Verdict
from torture_parts.attacks.parsers import inputs

SECONDS, QUICK_SECONDS = 20, 3
LARGEST_INPUT = 8_000
"""The larger the inputs, the fewer of them."""

RUNS = re.compile(r"stat::number_of_executed_units: (\d+)")
BROKEN = re.compile(r"BrokenError: (.*)")
SANITIZER = re.compile(r"ERROR: libFuzzer: (.*)")


class GuidedParsers(Attack):
    """A case fuzzes one parser for some seconds, from what it understands."""

    name: ClassVar[str] = "guided-parsers"
    aim: ClassVar[str] = "the same parsers, guided by the branches that an input reaches (atheris)"
    share: ClassVar[float] = 0.5
    deadline: ClassVar[float] = 180.0

    def prepare(self) -> None:
        if importlib.util.find_spec("atheris") is None:
            raise SkippedError("atheris is not installed: pip install 'passagework[torture]'")
        self._inputs = inputs(music.seeds(self.bench.shared / "seeds"))

    def attempt(self, case: Case, scratch: Path) -> Verdict:
        parser = PARSERS[case.number % len(PARSERS)]
        corpus = scratch / "corpus"
        corpus.mkdir()
        for number, data in enumerate(self._inputs[parser.name]):
            (corpus / str(number)).write_bytes(data[:LARGEST_INPUT])
        seconds = QUICK_SECONDS if self.bench.quick else SECONDS
        # A seed of 0 stands for a random one.
        seed = case.generator().randrange(1, 2**31)
        target = Path(__file__).with_name("guided_target.py")
        words = [sys.executable, str(target), parser.name, str(scratch), str(seconds), str(seed)]
        environment = {**os.environ, "PYTHONPATH": str(target.parents[2]), "LD_PRELOAD": ""}
        done = subprocess.run(
            words, capture_output=True, env=environment, timeout=self.deadline - 10, check=False, cwd=scratch
        )
        said = done.stderr.decode("utf-8", "replace") + done.stdout.decode("utf-8", "replace")
        tries = int(found[1]) if (found := RUNS.search(said)) else 1
        reasons = BROKEN.findall(said)[:1]
        if not reasons and done.returncode:
            reasons = SANITIZER.findall(said)[:1] or [f"ended with {done.returncode}: {said[-300:]}"]
        return Verdict(parser.name, tuple(reasons), tries)
