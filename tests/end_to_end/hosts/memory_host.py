"""Import folders and print the resident memory of this process after every file: LIBRARY WORKERS FOLDER... JSON."""

import json
import resource
import sys
from array import array
from pathlib import Path

from passagework import Importer, load_settings
from passagework.domain.progress import FileFinished
from passagework.persistence.write import opening

# SQLite's own cache fills up once. With a smaller one that is over before what is measured begins.
opening.CACHE_KIB = 2 * 1024

memory = array("q")
library, workers, *folders = sys.argv[1:]
with Importer(load_settings(overrides={"library.path": library, "analysis.workers": workers})) as importer:
    for event in importer.start(folders).events():
        if isinstance(event, FileFinished):
            pages = Path("/proc/self/statm").read_text("ascii").split()[1]
            memory.append(int(pages) * resource.getpagesize())
json.dump(memory.tolist(), sys.stdout)
