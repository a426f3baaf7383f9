"""Import folders and die at a chosen point of it: LIBRARY POINT HIT WHO FOLDER...

The process kills itself when it comes to POINT for the HIT-th time; WHO is "importer" or "everybody", its workers, too.
Points are wrapped around functions of the product by name, and around single statements by SQLite's trace hook; one
that no longer exists, or is never reached, ends the program with an ordinary exit code. Writes are cut short by a limit
on the size of files, at which the kernel ends the process in the middle of write(2).

Prints the path of each acknowledged file, in hexadecimal and unbuffered.
"""

import itertools
import os
import resource
import signal
import sys
from pathlib import Path

from killing_analysis import children_of

from passagework import Importer, load_settings
from passagework.actors.linker import identification_round, linker
from passagework.actors.linker.gateway import GatewayActor
from passagework.actors.scanner import folder_planner
from passagework.actors.session.commands import SessionCommands
from passagework.domain.progress import FileFinished
from passagework.persistence.file.connection import LibraryConnection
from passagework.persistence.file.lock import LibraryLock
from passagework.persistence.store import LibraryStore
from passagework.persistence.write.writes import StoreAnswers, StoreLinks
from passagework.workers.processes.process_pool import ProcessExecutor

WORKERS = 2
PAGE = 8192
SEVERAL = 3
"""So many messages are a batch that has begun to fill."""

library, point, hit, who, *folders = sys.argv[1:]
hits = itertools.count(1)


def die():
    """End this process at the chosen hit; nothing of it runs after that."""
    if next(hits) == int(hit):
        if who == "everybody":
            for worker in children_of(os.getpid()):
                os.kill(worker, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)


def die_writing(path, more):
    """Let the file at ``path`` grow by so many bytes, or be written so far, and the process die in that write."""
    if next(hits) == int(hit):
        size = Path(path).stat().st_size if Path(path).exists() else 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + more, resource.RLIM_INFINITY))


def before(owner, name, act):
    """Do something before each call."""
    wrapped = getattr(owner, name)

    def stand_in(*arguments, **more):
        act(*arguments)
        return wrapped(*arguments, **more)

    setattr(owner, name, stand_in)


def after(owner, name, act):
    """Do something after each call."""
    wrapped = getattr(owner, name)

    def stand_in(*arguments, **more):
        result = wrapped(*arguments, **more)
        act(*arguments)
        return result

    setattr(owner, name, stand_in)


def at_statement(beginning, act):
    """Do something when SQLite is about to run a statement that begins so, behind comments."""

    def ran(statement):
        lines = (line for line in statement[:2000].splitlines() if line.strip() and not line.startswith("--"))
        if " ".join(next(lines, "").split()).startswith(beginning):
            act()

    after(LibraryConnection, "__init__", lambda connection, *_: connection.set_trace_callback(ran))


def at_batch(act, kind=object):
    """Do something between the COMMIT of a batch with such messages and the first acknowledgement."""
    after(LibraryStore, "write", lambda _, writes, *__: any(isinstance(w, kind) for w in writes) and act())


def while_collecting(act):
    """Do something when a batch holds several messages and is not yet written."""
    collected = itertools.count(1)

    def begin_anew(*_):
        nonlocal collected
        collected = itertools.count(1)

    before(LibraryStore, "write", begin_anew)
    before(LibraryStore, "size_of", lambda *_: next(collected) == SEVERAL and act())


def commit_of_batch(act):
    """Do something when SQLite is about to run the COMMIT of a batch."""
    writing = False

    def begin(*_):
        nonlocal writing
        writing = True

    before(LibraryStore, "write", begin)
    at_statement("COMMIT", lambda: writing and act())


def half_of_the_backup(_, __):
    die_writing(library + ".v1.backup.partial", Path(library).stat().st_size // 2 + PAGE // 2)


def torn_log():
    die_writing(library + "-wal", PAGE + PAGE // 2)


def nothing_renamed(path, _):
    if path.name.endswith(".partial"):
        die()


POINTS = {
    # opening a new library
    "lock taken": lambda: before(LibraryConnection, "__init__", lambda *_: die()),
    "tables made": lambda: at_statement('CREATE TABLE "passage"', die),
    "schema half committed": lambda: at_statement("COMMIT", torn_log),
    # upgrading one of an older version
    "backup half written": lambda: before(LibraryConnection, "backup", half_of_the_backup),
    "backup not renamed": lambda: before(Path, "replace", nothing_renamed),
    "columns added": lambda: at_statement("ALTER TABLE", die),
    "upgrade half committed": lambda: at_statement("COMMIT", torn_log),
    # a run
    "run half opened": lambda: at_statement("INSERT INTO run_root", die),
    "run opened": lambda: after(LibraryStore, "open_run", lambda *_: die()),
    "folder listed": lambda: after(folder_planner, "plan_files", lambda *_: die()),
    "attempt told": lambda: after(SessionCommands, "begin", lambda *_: die()),
    "attempt durable": lambda: before(SessionCommands, "analyze", lambda *_: die()),
    "worker at work": lambda: None,
    "batch collecting": lambda: while_collecting(die),
    "batch before its transaction": lambda: before(LibraryStore, "write", lambda *_: die()),
    "passages inserted": lambda: at_statement("INSERT INTO passage_fingerprint", die),
    "passages retired": lambda: at_statement("UPDATE passage SET retired_ns", die),
    "files missing": lambda: at_statement("UPDATE file SET missing_run", die),
    "batch before its COMMIT": lambda: commit_of_batch(die),
    "batch half committed": lambda: commit_of_batch(torn_log),
    "batch committed": lambda: at_batch(die),
    "file decided": lambda: after(identification_round, "identify", lambda *_: die()),
    "songs inserted": lambda: at_statement("INSERT INTO song_artist", die),
    "links committed": lambda: at_batch(die, StoreLinks),
    # identification by services, which the environment names
    "groups pulled": lambda: after(linker, "IdentificationRound", lambda *_: die()),
    "request chosen": lambda: after(GatewayActor, "_pick", lambda *_: die()),
    "request answered": lambda: before(GatewayActor, "_answered", lambda *_: die()),
    "answers told": lambda: after(GatewayActor, "_answered", lambda *_: die()),
    "answers committed": lambda: at_batch(die, StoreAnswers),
    "group decided": lambda: after(identification_round, "identify", lambda *_: die()),
    "run half closed": lambda: at_statement("UPDATE attempt SET open = 0, attempts = attempts - 1", die),
    "run closed": lambda: after(LibraryStore, "close_run", lambda *_: die()),
    # the end
    "drained": lambda: before(LibraryStore, "checkpoint", lambda *_: die()),
    "half checkpointed": lambda: at_statement("PRAGMA wal_checkpoint", lambda: die_writing(library, 5 * PAGE + 100)),
    "checkpointed": lambda: after(LibraryStore, "checkpoint", lambda *_: die()),
    "connection closed": lambda: before(LibraryLock, "release", lambda *_: die()),
}


def executor():
    if point != "worker at work":
        return ProcessExecutor(WORKERS, "normal", 0)
    os.environ.update(KILL_AT=f"/{int(hit):05}", KILL_WHO=who)
    return ProcessExecutor(WORKERS, "normal", 0, "killing_analysis:analyze", confined=False)


signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
POINTS[point]()
overrides = {"library.path": library, "session.credits": "12"}
if "PASSAGEWORK_BATCH__MAX_FILES" not in os.environ:
    overrides["batch.max_files"] = "6"
with Importer(load_settings(overrides=overrides), make_executor=executor) as importer:
    for event in importer.start(folders).events():
        if isinstance(event, FileFinished):
            os.write(1, event.path.hex().encode() + b"\n")
sys.exit(f"{point} was not reached {hit} times")
