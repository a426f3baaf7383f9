"""docs/api.md has every public name, and its examples run."""

import re
from pathlib import Path

import pytest

import passagework

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCUMENT, flags=re.DOTALL)


def test_every_public_name_is_listed_and_no_other():
    listed = re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCUMENT, flags=re.MULTILINE)
    assert sorted(name for name, _ in listed) == passagework.__all__


def test_every_error_is_listed_with_its_code():
    for name in passagework.__all__:
        code = getattr(getattr(passagework, name), "code", None)
        if isinstance(code, str):
            assert re.search(rf"^\| `{name}` \| .*`{code}`", DOCUMENT, flags=re.MULTILINE), name


@pytest.mark.slow
def test_the_examples_run_one_after_the_other(make_music, tmp_path, capsys):
    make_music("music/One.flac", seconds=2.0, sample_rate=22_050)
    given = {"LIBRARY": str(tmp_path / "music.passages"), "MUSIC": str(tmp_path / "music")}
    assert len(EXAMPLES) == 2
    for example in EXAMPLES:
        exec(compile(example, "docs/api.md", "exec"), dict(given))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "completed 1"
    assert any(line.startswith("not-found ") for line in said)
    assert said[-1].startswith("completed [")
