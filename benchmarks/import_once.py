"""Import a folder into a fresh library through the embedding API.

    python import_once.py FOLDER LIBRARY WORKERS yes|no

The last argument says whether true peak is measured. Fails where a file does.
"""

import sys
from pathlib import Path

from passagework import Importer, Settings
from passagework.domain.views import RunState


def main() -> int:
    folder, library, workers, true_peak = sys.argv[1:]
    settings = Settings.model_validate(
        {
            "library": {"path": Path(library)},
            "analysis": {"workers": int(workers), "true_peak": true_peak == "yes"},
        }
    )
    with Importer(settings) as importer:
        report = importer.start([folder]).wait()
    for failed in report.summary.failed:
        print(failed.path, failed.failure)
    return 0 if report.state is RunState.COMPLETED and not report.summary.failed else 1


if __name__ == "__main__":
    sys.exit(main())
