"""What one extension that measures costs: imports of a folder with it and without it, in turn, as JSON lines.

    python extension_cost.py FOLDER [ROUNDS]

The extension is the ``crest`` of examples/extensions, which also tells the CPU seconds and the peak memory of its own
process ("extension", "extension_mb"). "workers" and "main" are CPU seconds, "hours" those of audio. One worker.
"""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from passagework import Importer, Settings

_EXAMPLE: Final = Path(__file__).parents[1] / "examples" / "extensions" / "passagework_example_extensions"
_TICKS_PER_HOUR: Final = 28_224_000 * 3_600
_TELLING: Final = """
import resource, time
from passagework_example_extensions.crest import CrestMeter

class Telling(CrestMeter):
    def values(self, start, end):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {**super().values(start, end), "cpu": time.process_time(), "peak": peak}
"""


def main() -> None:
    """Run both kinds in turn, each in a process of its own."""
    if sys.argv[1] == "once":
        _once(sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
        return
    folder, *rounds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _install(work / "site")
        environment = {**os.environ, "PYTHONPATH": f"{work / 'site'}:{Path(__file__).parents[1]}"}
        for number in range(int(rounds[0]) if rounds else 2):
            for names in ([], ["telling"]):
                library = str(work / f"{number}-{len(names)}.passages")
                command = [sys.executable, __file__, "once", folder, library, *names]
                subprocess.run(command, check=True, env=environment)


def _install(site: Path) -> None:
    shutil.copytree(_EXAMPLE, site / _EXAMPLE.name)
    (site / "telling.py").write_text(_TELLING, encoding="utf-8")
    package = site / "telling-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: telling\nVersion: 1.0\n", encoding="utf-8")
    points = "[passagework.measures.v1]\ntelling = telling:Telling\n"
    (package / "entry_points.txt").write_text(points, encoding="utf-8")


def _once(folder: str, library: Path, names: list[str]) -> None:
    values = {"library": {"path": library}, "analysis": {"workers": 1}, "flavor": {"level": "off"}}
    with Importer(Settings.model_validate({**values, "extensions": {"measures": names}})) as importer:
        report = importer.start([folder]).wait()
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = "SELECT max(value) FROM passage_value WHERE measure = ?"
    with closing(sqlite3.connect(library)) as connection:
        (cpu,), (peak,) = (connection.execute(told, (measure,)).fetchone() for measure in ("cpu", "peak"))
    cost = {
        "extensions": names,
        "hours": report.summary.audio / _TICKS_PER_HOUR,
        "workers": children.ru_utime + children.ru_stime,
        "main": own.ru_utime + own.ru_stime,
        "extension": cpu,
        "extension_mb": peak,
        "worker_mb": children.ru_maxrss / 1024,
    }
    print(json.dumps(cost), flush=True)


if __name__ == "__main__":
    main()
