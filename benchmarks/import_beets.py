"""The nearest thing that beets does: import without lookup, fingerprint, ReplayGain, in a library of its own."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Usage, usage_of

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
            for command in ([self._program, "version"], ["fpcalc", "-version"], ["ffmpeg", "-version"]):
                subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            return str(error)
        return None

    def usage(self, folder: Path, *, true_peak: bool) -> Usage:
        """Import a folder and measure the three commands together."""
        # Tags that are there already would be taken for the result.
        gains = ("replaygain", "-f", "-t", str(self._workers))
        with TemporaryDirectory(prefix="beets-") as place:
            library = os.path.join(place, "library.db")
            replaygain = {"backend": "ffmpeg", "auto": False, "peak": "true" if true_peak else "sample"}
            config = {**CONFIG, "directory": place, "library": library, "replaygain": replaygain}
            Path(place, "config.yaml").write_text(json.dumps(config), encoding="utf-8")
            usage = Usage()
            for command in (("import", "-A", "-q", str(folder)), ("fingerprint",), gains):
                usage += usage_of([self._program, *command], environment={"BEETSDIR": place})
            with closing(sqlite3.connect(library)) as connection:
                found = connection.execute(
                    "SELECT count(*), count(rg_track_gain) + count(r128_track_gain),"
                    " count(nullif(acoustid_fingerprint, '')) FROM items"
                ).fetchone()
        self.result = "{} files, {} gains, {} fingerprints".format(*found)
        return usage
