"""Which quick test runs which line, and how long it takes: one run of the quick tests under coverage.

As a program: ``python seeing.py DATA TESTS [PATH ...]``, in a copy of the project. Writes coverage's data, with a
context for each test, to DATA, and the tests that passed with their seconds to TESTS.
"""

import json
import os
import sys
from collections import defaultdict
from functools import cache
from itertools import chain

import coverage
import pytest

# In this process: what is collected and what is covered is asked of it.
QUICK = (
    "-q",
    "-n0",
    "-p",
    "no:cacheprovider",
    "-m",
    "not slow",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)

LEFT_OUT = ("audio", "benchmarks", "demo", "doctor", "drawing", "lookup", "mutants", "project", "standin", "workers")
"""Folders of tests about code that is in none of the areas."""

MOST_TESTS = 150


class Contexts:
    """A plugin of pytest that tells coverage which test runs, and notes which of them passed in what time."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self._measured = measured
        self.seconds: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        self._measured.switch_context(item.nodeid)
        yield
        self._measured.switch_context("")

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if not report.passed:
            self._failed.add(report.nodeid)

    def passed(self) -> dict[str, float]:
        return {test: seconds for test, seconds in self.seconds.items() if test not in self._failed}


class Sight:
    """What the run under coverage has seen."""

    def __init__(self, root: str, data: str, tests: str) -> None:
        self._root = root
        self._data = coverage.CoverageData(data)
        self._data.read()
        with open(tests, encoding="utf-8") as file:
            self.seconds: dict[str, float] = json.load(file)
        self._by_module: dict[str, list[str]] = defaultdict(list)
        for test in self.seconds:
            self._by_module[test.partition("::")[0]].append(test)

    @cache  # noqa: B019 - one object for the whole program
    def _contexts(self, path: str) -> dict[int, list[str]]:
        return self._data.contexts_by_lineno(os.path.join(self._root, path))

    def tests_of(self, path: str, lines: tuple[int, int], budget: float) -> tuple[list[str], bool]:
        """Give the tests to try on a fault in these lines, best first, and whether an import runs the lines, too.

        Best are those of the folder of the code, then the quick ones; together they take no longer than ``budget``
        seconds. The rest of a module comes last: what a fixture of it computed is checked by all of its tests. Lines
        that only an import runs have the tests of their file, or all.
        """
        by_line = self._contexts(path)
        seen = {context for line in range(lines[0], lines[1] + 1) for context in by_line.get(line, ())}
        at_import = "" in seen
        direct = [test for test in seen if test in self.seconds]
        if at_import and not direct:
            direct = [test for test in {*chain.from_iterable(by_line.values())} if test in self.seconds]
            direct = direct or list(self.seconds)
        modules = {test.partition("::")[0] for test in direct}
        beside = [test for module in modules for test in self._by_module[module] if test not in seen]
        home = path.removeprefix("passagework/").removesuffix(".py").split("/")

        def order(test: str) -> tuple[int, float, str]:
            there = test.partition("::")[0].removeprefix("tests/").removesuffix(".py").split("/")
            return -_common(home, there), self.seconds[test], test

        chosen: list[str] = []
        left = budget
        for test in [*sorted(direct, key=order), *sorted(beside, key=order)]:
            if chosen and (self.seconds[test] > left or len(chosen) >= MOST_TESTS):
                continue
            chosen.append(test)
            left -= self.seconds[test]
        return chosen, at_import


def _common(one: list[str], other: list[str]) -> int:
    folders = 0
    for left, right in zip(one, other, strict=False):
        if left not in right:
            break
        folders += 1
    return folders


def main(data: str, tests: str, *chosen: str) -> None:
    """Run the quick tests of the copy that is the current folder, or those that were chosen."""
    measured = coverage.Coverage(data_file=data, source=[os.path.join(os.getcwd(), "passagework")], config_file=False)
    measured.start()
    contexts = Contexts(measured)
    left_out = [f"--ignore=tests/{folder}" for folder in LEFT_OUT]
    pytest.main([*QUICK, *left_out, *(chosen or ["tests"])], plugins=[contexts])
    measured.stop()
    measured.save()
    with open(tests, "w", encoding="utf-8") as file:
        json.dump(contexts.passed(), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
