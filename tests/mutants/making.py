"""The mutants: every small fault that mutmut can put into a function of the three areas.

Only mutmut's operators are used, not its runner: that one has all mutants of all functions in the code at once, and so
changes what is imported, inspected and timed by the tests.
"""

import ast
import difflib
import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

AREAS = {
    "domain": ("domain/**/*.py",),
    "mappings": (
        "persistence/rows/*.py",
        "persistence/read/*.py",
        "persistence/write/*.py",
        "api/rules.py",
        "cli/output/*_json.py",
        "cli/output/view_text.py",
        "export/files/row.py",
        "export/files/reading.py",
        "export/files/playlist.py",
        "export/mysql/tables.py",
        "export/mysql/views.py",
    ),
    "actors": ("actors/**/*.py",),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: the file with it, the function that has it, and the lines of its statement in the file without it."""

    name: str
    area: str
    path: str
    function: str
    statement: tuple[int, int]
    source: str
    diff: str


class File:
    """One source file and the faults that can be put into it. A mutant is made when it is asked for."""

    def __init__(self, root: str, area: str, path: str) -> None:
        self.area = area
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8") as file:
            self._source = file.read()
        wrapper = MetadataWrapper(cst.parse_module(self._source))
        visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
        self._module = wrapper.visit(visitor)
        self._positions = wrapper.resolve(PositionProvider)
        self._functions = dict(_functions(self._module))
        # What is outside of every function runs once, at import. mutmut leaves it alone, and so is it done here.
        self._mutations = [m for m in visitor.mutations if m.contained_by_top_level_function in self._functions]

    def __len__(self) -> int:
        """Count the faults."""
        return len(self._mutations)

    def make(self, number: int, *, fault: bool = True) -> Mutant:
        """Make one of the mutants; without ``fault`` its source is that of the file."""
        mutation = self._mutations[number]
        function = mutation.contained_by_top_level_function
        at = self._positions.get(mutation.original_node) or self._positions[function]
        mutated = self._module.deep_replace(mutation.original_node, mutation.mutated_node)
        source = mutated.code
        name = f"{self.path}:{at.start.line}:{number}"
        return Mutant(
            name,
            self.area,
            self.path,
            self._functions[function],
            self._statement(at.start.line),
            source if fault else self._source,
            "".join(
                difflib.unified_diff(
                    self._source.splitlines(keepends=True), source.splitlines(keepends=True), name, name, n=1
                )
            ),
        )

    def _statement(self, line: int) -> tuple[int, int]:
        """Give the lines of the innermost statement at a line; of one with a body, those before the body."""
        found = [
            (node.lineno, body[0].lineno - 1 if (body := getattr(node, "body", None)) else node.end_lineno)
            for node in ast.walk(ast.parse(self._source))
            if isinstance(node, ast.stmt | ast.ExceptHandler) and not hasattr(node, "cases")
        ]
        around = [(first, max(first, last)) for first, last in found if first <= line <= max(first, last)]
        return min(around, key=lambda lines: lines[1] - lines[0], default=(line, line))


def _functions(module: cst.Module) -> Iterator[tuple[cst.FunctionDef, str]]:
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef):
            yield statement, statement.name.value
        elif isinstance(statement, cst.ClassDef):
            for member in statement.body.body:
                if isinstance(member, cst.FunctionDef):
                    yield member, f"{statement.name.value}.{member.name.value}"


def files_of(root: str, area: str) -> list[File]:
    """Read all files of an area."""
    patterns = [os.path.join("passagework", pattern) for pattern in AREAS[area]]
    paths = {path for pattern in patterns for path in glob.glob(pattern, root_dir=root, recursive=True)}
    return [File(root, area, path) for path in sorted(paths) if not path.endswith("__init__.py")]
