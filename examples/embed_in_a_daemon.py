"""Embed the importer in a long-running service: events, pause at busy hours, cancel at shutdown.

    python examples/embed_in_a_daemon.py LIBRARY FOLDER [FOLDER ...]

Nothing here prints but this file: an embedded importer is silent.
"""

import sys
from pathlib import Path

from passagework import Importer, Settings
from passagework.domain.files import display_path
from passagework.domain.progress import FileFinished, LibraryPaused, RunStarted


def main(library: str, *folders: str) -> int:
    """Import the folders and print what happens, as a service would hand it on."""
    settings = Settings.model_validate({"library": {"path": library}, "analysis": {"workers": 2, "priority": "idle"}})
    with Importer(settings) as importer:
        run = importer.start(folders)
        for event in run.events():
            match event:
                case RunStarted(number):
                    print(f"run {number} started")
                    run.pause()  # a station would do this while it is on air with a live show
                    run.resume()
                case FileFinished(path=path, failure=None, passages=passages):
                    print(f"{display_path(path)}: passages: {passages}")
                case FileFinished(path=path, failure=failure):
                    print(f"{display_path(path)}: {failure}")
                case LibraryPaused(reason=reason):
                    print(f"waiting: {reason}")
        report = run.wait()
        for passage in importer.library.passages():
            print(passage.guid, passage.title.name, passage.loudness.integrated)
    return 1 if report.new_failures else 0


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1])), *sys.argv[2:]))
