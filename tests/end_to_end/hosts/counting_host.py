"""Import folders and count what happens at the connection and in the workers: LIBRARY WORKERS FOLDER...

Prints one JSON object to stdout, and what the importer logs, one JSON object a line, to stderr. Every statement that
SQLite runs on the one connection is seen by its trace hook (sqlite3_trace_v2).
"""

import json
import logging
import resource
import sys
from collections import Counter

from passagework import Importer, load_settings
from passagework.persistence.file.connection import LibraryConnection

NO_TRANSACTION = ("COMMIT", "ROLLBACK", "END", "PRAGMA", "SAVEPOINT", "RELEASE", "--")


class Counting:
    """Counts transactions by what opened them: BEGIN IMMEDIATE, BEGIN, or a lone statement."""

    def __init__(self):
        self.transactions = Counter()
        self.connections = 0

    def watch(self, connection):
        self.connections += 1
        connection.set_trace_callback(lambda statement: self._ran(connection, statement.lstrip()))

    def _ran(self, connection, statement):
        if statement.startswith("BEGIN"):
            self.transactions[statement] += 1
        elif not connection.in_transaction and not statement.startswith(NO_TRANSACTION):
            self.transactions[statement.split(None, 1)[0]] += 1


class JsonLines(logging.StreamHandler):
    """Writes the structured event of each record."""

    def format(self, record):
        return json.dumps(record.passagework, default=str)


def main():
    library, workers, *folders = sys.argv[1:]
    counting = Counting()
    opened = LibraryConnection.__init__

    def open_and_watch(connection, *arguments, **more):
        opened(connection, *arguments, **more)
        counting.watch(connection)

    LibraryConnection.__init__ = open_and_watch
    logging.getLogger("passagework").addHandler(JsonLines())
    logging.getLogger("passagework").setLevel(logging.INFO)
    settings = load_settings(overrides={"library.path": library, "analysis.workers": workers})
    with Importer(settings) as importer:
        run = importer.start(folders)
        report = run.wait()
        transactions = dict(counting.transactions)
        status = importer.library.status()
    json.dump(
        {
            "transactions": transactions,
            "connections": counting.connections,
            "workers_most": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
            "analysed": report.summary.analysed,
            "failed": len(report.summary.failed),
            "passages": report.summary.passages,
            "links": dict(report.summary.link_states),
            "audio": report.summary.audio,
            "elapsed": report.progress.elapsed_seconds,
            "progress": [report.progress.files_analysed, report.progress.files_linked, report.progress.passages],
            "library": {
                "files": dict(status.file_states),
                "passages": status.passages,
                "links": dict(status.link_states),
                "audio": status.audio,
                "rows": dict(status.rows),
            },
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
