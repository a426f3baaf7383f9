"""Import folders and print the memory that this process has in use after every file: LIBRARY WORKERS FOLDER... JSON.

Start it with the environment of ``tests/support/heap.py``.
"""

import json
import sys
from array import array

from passagework import Importer, load_settings
from passagework.domain.progress import FileFinished
from passagework.persistence.write import opening
from tests.support.heap import in_use

# SQLite's own cache fills up once. With a smaller one that is over before what is measured begins.
opening.CACHE_KIB = 2 * 1024

memory = array("q")
library, workers, *folders = sys.argv[1:]
with Importer(load_settings(overrides={"library.path": library, "analysis.workers": workers})) as importer:
    for event in importer.start(folders).events():
        if isinstance(event, FileFinished):
            memory.append(in_use())
json.dump(memory.tolist(), sys.stdout)
