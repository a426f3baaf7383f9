"""The nearest thing that beets does: import without lookup, fingerprint, ReplayGain, in a library of its own."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from child_usage import Usage, usage_of

# JSON is YAML. Nothing is copied, and nothing is written to the music.
CONFIG = {
    "plugins": ["chroma", "replaygain"],
    "import": {"copy": False, "move": False, "write": False, "autotag": False, "quiet": True},
    "chroma": {"auto": False},
}


class Beets:
    """One beets. ``result`` says what its last import has found."""

    def __init__(self, program: Path, workers: int) -> None:
        self._program = str(program)
        self._workers = workers
        self.result = ""

    def missing(self) -> str | None:
        """Say why it cannot be measured here; None if it can."""
        try:
            with configured(true_peak=True) as environment:
                subprocess.run(
                    [self._program, "version"], check=True, capture_output=True, env=os.environ | environment
                )
            for tool in ("fpcalc", "ffmpeg"):
                subprocess.run([tool, "-version"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            return str(error)
        return None

    def usage(self, folder: Path, *, true_peak: bool) -> Usage:
        """Import a folder and measure the three commands together."""
        with configured(true_peak=true_peak) as environment:
            commands = (
                ("import", "-A", "-q", str(folder)),
                ("fingerprint",),
                # Tags that are there already would be taken for the result.
                ("replaygain", "-f", "-t", str(self._workers)),
            )
            usage = Usage(0.0, 0.0)
            for command in commands:
                usage += usage_of([self._program, *command], environment=environment)
            self.result = count(Path(environment["BEETSDIR"]) / "library.db")
        return usage


@contextmanager
def configured(*, true_peak: bool) -> Iterator[dict[str, str]]:
    """Give the environment of a fresh beets."""
    with TemporaryDirectory(prefix="beets-") as place:
        replaygain = {"backend": "ffmpeg", "auto": False, "peak": "true" if true_peak else "sample"}
        config = CONFIG | {
            "directory": place,
            "library": os.path.join(place, "library.db"),
            "replaygain": replaygain,
        }
        Path(place, "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        yield {"BEETSDIR": place}


def count(library: Path) -> str:
    """Say what the library holds in the end."""
    with closing(sqlite3.connect(library)) as connection:
        files, gains, fingerprints = connection.execute(
            "SELECT count(*), count(rg_track_gain) + count(r128_track_gain),"
            " count(nullif(acoustid_fingerprint, '')) FROM items"
        ).fetchone()
    return f"{files} files, {gains} gains, {fingerprints} fingerprints"
