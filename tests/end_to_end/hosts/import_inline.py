"""Import folders in this very process: LIBRARY FOLDER... An analysis that dies takes this program with it."""

import json
import os
import sys

from passagework import Importer, load_settings
from passagework.workers.inline_executor import InlineExecutor

settings = load_settings(overrides={"library.path": sys.argv[1]})
with Importer(settings, make_executor=lambda: InlineExecutor("lethal_analysis:analyze")) as importer:
    report = importer.start(sys.argv[2:]).wait()
failed = {os.fsdecode(failed.path): failed.failure.code for failed in report.summary.failed}
json.dump({"analysed": report.summary.analysed, "failed": failed}, sys.stdout)
