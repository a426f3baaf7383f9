"""Import a folder and tell everything that happens, a JSON object a line: LIBRARY FOLDER [FILLER].

FILLER is a file that takes all room of its disk when the run has ended, before the importer is closed.
"""

import json
import os
import sys

from passagework import Importer, PassageworkError, load_settings
from passagework.domain.progress import FileFinished, LibraryPaused, RunFinished


def tell(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def take_all_room(filler):
    with open(filler, "wb", buffering=0) as file:
        for size in (65536, 4096, 512):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def main():
    library, folder, *filler = sys.argv[1:]
    settings = {"library.path": library, "analysis.workers": "1", "batch.max_files": "5", "session.credits": "5"}
    try:
        with Importer(load_settings(overrides=settings)) as importer:
            run = importer.start(folder)
            for event in run.events():
                match event:
                    case FileFinished(path=path, failure=failure):
                        tell(event="FileFinished", path=os.fsdecode(path), failure=failure and str(failure))
                    case LibraryPaused(reason=reason):
                        tell(event="LibraryPaused", reason=reason, paused=run.progress.paused)
                    case RunFinished(report=report):
                        tell(event="RunFinished", state=report.state, analysed=report.summary.analysed)
                    case _:
                        tell(event=type(event).__name__)
            for path in filler:
                take_all_room(path)
    except PassageworkError as error:
        tell(event="Error", code=error.code, kind=getattr(error, "kind", None), message=str(error))


main()
