"""Import a folder into a fresh library through the embedding API, and print what it cost as JSON.

    python import_once.py FOLDER LIBRARY WORKERS yes|no [off|basic|full]

The last arguments say whether true peak is measured, and the level of flavor, off if it is not given. Fails where a
file does. "main" and "workers" are CPU seconds of this process and of the worker processes; "hours" are those of audio;
"holds" are the seconds in which a transaction was open, "written" its rows.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

from passagework import Importer, Settings

TICKS_PER_HOUR = 28_224_000 * 3_600


def main() -> int:
    folder, library, workers, true_peak, *level = sys.argv[1:]
    began = time.monotonic()
    analysis = {"workers": int(workers), "true_peak": true_peak == "yes"}
    flavor = {"level": level[0] if level else "off"}
    settings = Settings.model_validate({"library": {"path": Path(library)}, "analysis": analysis, "flavor": flavor})
    with Importer(settings) as importer:
        report = importer.start([folder]).wait()
        rows = sum(count for _, count in importer.library.status().rows)
        spent = importer.library.runs(1)[0].accounts
    seconds = time.monotonic() - began
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cost = {
        "files": report.summary.analysed,
        "hours": report.summary.audio / TICKS_PER_HOUR,
        "seconds": seconds,
        "main": own.ru_utime + own.ru_stime,
        "workers": children.ru_utime + children.ru_stime,
        "rows": rows,
        "bytes": os.path.getsize(library),
        "transactions": spent.transactions,
        "holds": spent.holds.total,
        "written": spent.rows,
    }
    print(json.dumps(cost))
    for failed in report.summary.failed:
        print(failed.path, failed.failure, file=sys.stderr)
    return 0 if report.state == "completed" and not report.summary.failed else 1


if __name__ == "__main__":
    sys.exit(main())
