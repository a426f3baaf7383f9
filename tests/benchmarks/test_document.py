"""The page of figures is made of what the benchmarks print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PAGE = BENCHMARKS.parent / "docs" / "benchmarks.md"
FIRST = "<!-- python benchmarks/torture.py --help -->\nold figures\n<!-- end -->"
SECOND = "<!-- python benchmarks/accuracy.py RECORDING -->\nfigures of a recording\n<!-- end -->"


def document(page, *arguments):
    command = [sys.executable, str(BENCHMARKS / "document.py"), "--page", str(page), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"# Figures\n\nbefore\n\n{FIRST}\n\nbetween\n\n{SECOND}\n\nbehind\n", "utf-8")
    return path


def test_a_block_gets_what_its_command_prints_and_all_else_stays(page):
    done = document(page, "--only", "torture.py")
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert "old figures" not in text
    assert re.search(r"--help -->\n```\n.*Python 3.*\n\nusage: torture.py (.|\n)*\n```\n<!-- end -->\n\nbetween", text)
    assert text.startswith("# Figures\n\nbefore\n")
    assert text.endswith(f"between\n\n{SECOND}\n\nbehind\n")


def test_a_block_whose_material_is_not_given_stays_and_is_named(page):
    done = document(page)
    assert done.returncode == 0, done.stderr
    assert "without RECORDING: benchmarks/accuracy.py RECORDING" in done.stderr
    assert SECOND in page.read_text("utf-8")


@pytest.mark.slow
def test_a_command_that_fails_leaves_its_figures(page):
    done = document(page, "--only", "accuracy.py", "--recording", str(page.with_name("missing")))
    assert done.returncode != 0
    assert SECOND in page.read_text("utf-8")


def test_a_program_without_a_block_is_refused(page):
    assert "no block of page.md runs nothing.py" in document(page, "--only", "nothing.py").stderr


def test_every_block_of_the_page_names_a_program_that_is_there():
    programs = re.findall(r"<!-- python (benchmarks/\S+)", PAGE.read_text("utf-8"))
    assert programs
    assert [name for name in programs if not (BENCHMARKS.parent / name).is_file()] == []
    assert PAGE.read_text("utf-8").count("<!-- end -->") == len(programs)
