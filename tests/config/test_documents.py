"""What docs/configuration.md shows is true."""

import re
from pathlib import Path

import pytest

from passagework.config.settings import load_settings
from passagework.domain.errors import ConfigError

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")

MISTAKEN = (
    ("analysis.worker = 2", 4),
    ("segmentation.silence_drop = -45", 7),
    ('analysis.priority = "idel"', 9),
    ("batch.max_files = 300", 12),
)


def test_the_example_file_is_well(tmp_path):
    path = tmp_path / "sides.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    settings = load_settings(path, environ={})
    assert settings.profile == "vinyl"
    assert settings.library.path == tmp_path / "archive.passages"
    assert settings.analysis.priority == "low"


def test_the_mistakes_are_reported_in_the_words_that_are_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [""] * max(number for _, number in MISTAKEN)
    for text, number in MISTAKEN:
        lines[number - 1] = text
    Path("sides.toml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(Path("sides.toml"), environ={"PASSAGEWORK_BATCH__LINGER_MS": "soon"})
    said = str(caught.value).splitlines()
    assert len(said) == len(MISTAKEN) + 1
    assert not [line for line in said if line not in PAGE.splitlines()]
