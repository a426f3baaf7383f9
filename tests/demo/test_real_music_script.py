import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "real_music.py"


def run(*arguments, path):
    environment = {**os.environ, "PATH": str(path), "PYTHONPATH": str(SCRIPT.parents[1])}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
def test_without_apt_the_script_says_what_to_do_and_leaves_nothing(tmp_path):
    (tmp_path / "bin").mkdir()
    done = run(tmp_path / "music", "--packages", tmp_path / "packages", path=tmp_path / "bin")
    assert done.returncode == 1
    assert done.stderr.startswith("real_music: apt-get is not there")
    assert "--packages" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "music").exists()


@pytest.mark.slow
def test_without_a_network_the_script_passes_on_what_apt_says(tmp_path):
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho 'E: Unable to fetch some archives' >&2\nexit 100\n")
    apt.chmod(0o755)
    done = run(tmp_path / "music", "--packages", tmp_path / "packages", path=apt.parent)
    assert done.returncode == 1
    assert "E: Unable to fetch some archives" in done.stderr
    assert "Traceback" not in done.stderr
