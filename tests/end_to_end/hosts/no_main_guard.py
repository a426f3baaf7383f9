"""A host as people write their first one: no main guard, so that a worker that imported it would start all over."""

import sys

from passagework import Importer, load_settings

with Importer(load_settings(overrides={"library.path": sys.argv[1]})) as importer:
    report = importer.start(sys.argv[2:]).wait()
sys.exit(0 if (report.summary.analysed, report.new_failures) == (8, 0) else 1)
