"""Import in a host that may not start processes: one thread analyses, the host gives up protection for that.

python examples/without_child_processes.py LIBRARY FOLDER
"""

import sys

from passagework import Importer, InlineExecutor, Settings


def main(library: str, folder: str) -> None:
    """Import one folder in this process alone."""
    with Importer(Settings.model_validate({"library": {"path": library}}), make_executor=InlineExecutor) as importer:
        report = importer.start([folder]).wait()
    print(f"files: {report.summary.analysed}, passages: {report.summary.passages}")


if __name__ == "__main__":
    main(*sys.argv[1:])
