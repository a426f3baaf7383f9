"""Try mutants, one after the other, in a copy of the project.

As a program: ``python trying.py``, in the copy. Reads trials from stdin and writes their outcomes to stdout, one JSON
object a line. It collects all quick tests once, then forks for each mutant. There are three cases:

- The child puts the code of the mutated function into the place of the function's own, and runs the tests as they were
  collected. Whoever imported the function has the fault, and nothing is imported again.
- Where an import runs the line, or a default of a parameter is mutated, the child first forgets all modules of the
  copy, and collects its tests again.
- A module that was not imported yet, and processes that tests start, read the file, which has the fault for that time.
"""

import ast
import contextlib
import gc
import importlib.util
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import CodeType, FunctionType

import pytest
from hypothesis import settings
from seeing import LEFT_OUT, QUICK

SURVIVED = "survived"
KILLED = "killed"
TIMED_OUT = "timed out"
BROKEN = "broken"
"""The trial itself went wrong: no test ran, or pytest did not understand."""


class FirstFailure:
    """A plugin of pytest that remembers the test that failed."""

    test = ""

    def pytest_runtest_logreport(self, report):
        if report.failed and not self.test:
            self.test = report.nodeid


class Trials(FirstFailure):
    """A plugin of pytest that tries mutants in the place of running the tests that were collected."""

    def __init__(self, asked, answers):
        self._asked = asked
        self._answers = answers
        self._collected = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        self._collected = {item.nodeid: item for item in session.items}
        # What is there now is shared with all children, as long as no collection writes to it.
        gc.collect()
        gc.freeze()
        for line in self._asked:
            os.write(self._answers, (json.dumps(self.try_out(json.loads(line))) + "\n").encode())
        return True

    def try_out(self, trial: dict) -> dict:
        """Run the tests of one trial on its mutant, in a child process; leave the copy as it was."""
        path = trial["path"]
        with open(path, encoding="utf-8") as file:
            original = file.read()
        cached = importlib.util.cache_from_source(os.path.abspath(path))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(cached)
        began = time.monotonic()
        _write(path, trial["source"])
        try:
            outcome, test = _in_child(trial, lambda: self._run_tests(trial, original))
        finally:
            _write(path, original)
        return {"name": trial["name"], "outcome": outcome, "by": test, "seconds": round(time.monotonic() - began, 2)}

    def _run_tests(self, trial: dict, original: str) -> tuple[int, str]:
        if trial["at_import"] or not _replace_code(trial, original):
            return _run_anew(trial["tests"])
        items = [self._collected[test] for test in trial["tests"] if test in self._collected]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.test:
                return 1, self.test
        return (0, "") if items else (5, "")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _in_child(trial: dict, run_tests: Callable[[], tuple[int, str]]) -> tuple[str, str]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setsid()
        os.close(reading)
        _silence()
        code, test = run_tests()
        os.write(writing, f"{int(code)} {test}".encode())
        os._exit(0)
    os.close(writing)
    ended, _, _ = select.select([reading], [], [], trial["limit"])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = os.read(reading, 4096).decode() if ended else ""
    os.close(reading)
    if not ended:
        return TIMED_OUT, ""
    # A child without last words was taken down by the fault. At an import of a conftest.py pytest gives up with 4.
    code, _, test = said.partition(" ")
    outcomes = {"0": SURVIVED, "1": KILLED, "2": KILLED, "": KILLED}
    if trial["at_import"]:
        outcomes["4"] = KILLED
    return outcomes.get(code, BROKEN), test or f"exit {code}"


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def _run_anew(tests: Sequence[str]) -> tuple[int, str]:
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(os.getcwd() + os.sep):
            del sys.modules[name]
    failure = FirstFailure()
    with open("tests.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(tests))
    code = pytest.main([*QUICK, "-x", f"--basetemp={os.getcwd()}.tmp", "@tests.txt"], plugins=[failure])
    return code, failure.test


def _replace_code(trial: dict, original: str) -> bool:
    """Put the mutated code into the function that is there; say whether that could be done."""
    module = sys.modules.get(trial["path"].removesuffix(".py").replace("/", "."))
    if module is None:
        return True
    try:
        member = module
        for name in trial["function"].split("."):
            member = vars(member)[name]
        function = getattr(member, "__func__", member)
        if not isinstance(function, FunctionType):
            return False
        if _signature(trial["source"], function) != _signature(original, function):
            return False
        function.__code__ = _code_of(compile(trial["source"], trial["path"], "exec"), function)
    except (LookupError, ValueError, SyntaxError):
        return False
    return True


def _code_of(module: CodeType, function: FunctionType) -> CodeType:
    code = module
    for name in function.__qualname__.split("."):
        (code,) = [
            inner
            for inner in code.co_consts
            if isinstance(inner, CodeType)
            and inner.co_name == name
            and (name != function.__name__ or inner.co_firstlineno == function.__code__.co_firstlineno)
        ]
    return code.replace(co_filename=function.__code__.co_filename)


def _signature(source: str, function: FunctionType) -> list[str]:
    """Give the parameters with their defaults: those are kept in the function, not in its code."""
    return [
        ast.dump(node.args)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == function.__name__
        and node.lineno == function.__code__.co_firstlineno
    ]


def main() -> None:
    """Collect everything, then try what is asked for."""
    asked, answers = os.fdopen(os.dup(0)), os.dup(1)
    os.dup2(2, 1)
    # The deadlines of tests are for quiet machines, and the same examples make the same outcome.
    settings.register_profile("mutants", deadline=None, derandomize=True, database=None)
    settings.load_profile("mutants")
    left_out = [f"--ignore=tests/{folder}" for folder in LEFT_OUT]
    # Nothing is captured here: the run of a child that collects anew captures by itself.
    quick = [*QUICK, "-s", f"--basetemp={os.getcwd()}.tmp", *left_out, "tests"]
    pytest.main(quick, plugins=[Trials(asked, answers)])


if __name__ == "__main__":
    main()
