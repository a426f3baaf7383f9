"""Check everything that an import needs on this machine, without changing anything."""

import os
import platform
import queue
import re
import resource
import sqlite3
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

import av
import av.filter
import numpy as np

from passagework.api.possible_flavor import with_possible_flavor
from passagework.api.rules import executor_rules
from passagework.audio.decoding import second_decoder
from passagework.audio.decoding.demuxers import NEEDED_DECODERS
from passagework.config.sections import FolderSettings
from passagework.config.settings import Settings
from passagework.doctor.extensions import examine_extensions
from passagework.doctor.finding import Finding
from passagework.doctor.library import examine_library
from passagework.doctor.nets import examine_nets
from passagework.doctor.services import examine_services
from passagework.domain.analysis import FailedAnalysis, FileAnalysis
from passagework.domain.analysis_rules import AnalysisRules
from passagework.domain.counted import counted
from passagework.domain.errors import ExecutorError
from passagework.domain.executor_choice import InProcesses, OnDask
from passagework.domain.files import FileStamp
from passagework.domain.jobs import AnalysisJob
from passagework.persistence.file.opening import OLDEST_SQLITE
from passagework.workers.dask.survey import survey
from passagework.workers.executor import Crashed, Finished, JobId, JobOutcome, NotStarted
from passagework.workers.maker import ExecutorMaker
from passagework.workers.processes.confinement import in_words
from passagework.workers.processes.process_pool import ProcessExecutor
from passagework.workers.root_map import RootMap

_FILTERS: Final = ("aformat", "aresample", "asetnsamples", "asplit")
"""FFmpeg's names of the filters that convert formats and measure loudness."""

_FILES_OF_PROCESS: Final = 64
_FILES_PER_WORKER: Final = 8
"""Open files: the library, mailboxes and logs; per worker its pipes and the files open during its start, doubled."""

_SAID_THERE: Final = "passagework doctor there says what confines the processes that read files"

_RATE: Final = 44_100
_TONE_SAMPLES: Final = 2 * _RATE
_DEADLINE_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 240.0
"""More than the executor's limit for the start of a worker."""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Check everything that an import with these settings needs, within a few seconds.

    A worker process, or the configured executor, analyses a generated tone; every worker of a dask cluster is asked
    for its versions, and whether it has the folders. Each service that is configured gets one question. The library is
    not created, and locked only for a moment, to see whether another process holds the lock. Only temporary files are
    written, and when a request started.
    """
    wants_nets = settings.flavor.level == "full"
    settings, _ = with_possible_flavor(settings)
    settings, extensions = examine_extensions(settings)
    return (
        _python(),
        _packages(),
        _sqlite(),
        _decoders(),
        examine_nets(wanted=wants_nets),
        extensions,
        _executor(settings),
        _open_files(settings.analysis.worker_count),
        *examine_services(settings),
        *examine_library(settings.library.path),
        *_roots(settings.scan.roots),
        *_folders_with_profiles(settings.scan.folders),
    )


def _python() -> Finding:
    detail = f"{platform.python_version()} ({platform.python_implementation()}) on {platform.platform(terse=True)}"
    return Finding("Python", ok=True, detail=f"{detail}, {sys.executable}")


def _packages() -> Finding:
    names = [
        re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requires("passagework") or () if "extra ==" not in line
    ]
    found: list[str] = [f"passagework {version('passagework')}"]
    missing: list[str] = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Finding("packages", ok=False, detail=f"{', '.join(missing)} not installed; install passagework again")
    return Finding("packages", ok=True, detail=", ".join(found))


def _sqlite() -> Finding:
    ok = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    needed = ".".join(map(str, OLDEST_SQLITE))
    return Finding(
        "SQLite", ok, sqlite3.sqlite_version if ok else f"{sqlite3.sqlite_version} is too old, {needed} is needed"
    )


def _decoders() -> Finding:
    missing = [name for name in NEEDED_DECODERS if not _can_decode(name)]
    missing += [name for name in _FILTERS if name not in av.filter.filters_available]
    if missing:
        return Finding("decoders", ok=False, detail=f"this build of FFmpeg lacks {', '.join(missing)}; reinstall av")
    second = second_decoder.version()
    if second is None:
        return Finding("decoders", ok=False, detail="libsndfile cannot be loaded; reinstall soundfile")
    return Finding(
        "decoders",
        ok=True,
        detail=f"all {len(NEEDED_DECODERS)} codecs that are needed, and loudness; libsndfile {second} for the rest",
    )


def _can_decode(codec: str) -> bool:
    try:
        av.Codec(codec, "r")
    except ValueError:
        return False
    return True


def _executor(settings: Settings) -> Finding:
    match settings.analysis.choice:
        case InProcesses():
            return _worker(settings)
        case OnDask() as where:
            return _cluster(settings, where)
        case _:
            what = f"executor {settings.analysis.executor}"
            try:
                ExecutorMaker(executor_rules(settings)).check()
            except ExecutorError as error:
                return Finding(what, ok=False, detail=str(error))
            return _worker(settings, what)


def _cluster(settings: Settings, where: OnDask) -> Finding:
    what = f"executor {settings.analysis.executor}"
    roots = RootMap.of(settings.analysis.roots)
    folders = (
        *(theirs for _, theirs in roots.pairs),
        *(roots.there(os.fsencode(root)) for root in settings.scan.roots),
    )
    try:
        ExecutorMaker(executor_rules(settings)).check()
        accepted, refused = survey(where, tuple(dict.fromkeys(folders)), settings.analysis_rules.extensions)
    except ExecutorError as error:
        return Finding(what, ok=False, detail=str(error))
    runs = "runs" if len(accepted) == 1 else "run"
    jobs = f"{counted(len(accepted), 'worker')} {runs} {counted(sum(accepted.values()), 'job')} at a time"
    if refused:
        reasons = "; ".join(f"worker {address}: {reason}" for address, reason in refused.items())
        return Finding(what, ok=False, detail=f"{jobs}; not used: {reasons}")
    if not accepted:
        detail = f"the scheduler has no worker; start one: dask worker {where.host}:{where.port}"
        return Finding(what, ok=False, detail=detail)
    return Finding(what, ok=True, detail=f"{jobs}; their versions are those of this machine; {_SAID_THERE}")


def _worker(settings: Settings, what: str = "worker process") -> Finding:
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="passagework-doctor-") as folder:
            outcome, confinement = _analysed_tone(Path(folder) / "tone.wav", settings)
    except OSError as error:
        return Finding(what, ok=False, detail=f"no space for temporary files: {error}; set TMPDIR to another folder")
    match outcome:
        case Finished(result=FileAnalysis(samples=samples, passages=(_,))) if samples == _TONE_SAMPLES:
            taken = time.monotonic() - began
            count, priority = settings.analysis.worker_count, settings.analysis.priority
            detail = f"started and analysed a tone within {taken:.1f} s"
            if settings.analysis.choice == InProcesses():
                detail += f"; an import uses {count} at {priority} priority"
            detail += f"; {confinement}"
            return Finding(what, ok=True, detail=detail)
        case Finished(result=FailedAnalysis(failure=failure)):
            reason = str(failure)
        case Finished():
            reason = "it gave a wrong result"
        case NotStarted(detail=detail):
            reason = f"it does not start: {detail}"
        case Crashed(detail=detail):
            reason = f"it died: {detail}"
        case _:
            reason = "it gave no result"
    return Finding(what, ok=False, detail=f"could not analyse a tone; {reason}")


def _analysed_tone(path: Path, settings: Settings) -> tuple[JobOutcome | None, str]:
    """Let a worker analyse two seconds of 1 kHz by the default rules; None without a result. Say what confines it."""
    phases = np.arange(_TONE_SAMPLES) * (2 * np.pi * 1000 / _RATE)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((np.sin(phases) * 3277).astype("<i2").tobytes())
    work = AnalysisJob(os.fsencode(path), FileStamp.of(path.stat()), AnalysisRules())
    outcomes: queue.SimpleQueue[JobOutcome] = queue.SimpleQueue()
    executor = ExecutorMaker(executor_rules(settings)).make()
    try:
        executor.submit(JobId(1), work, _DEADLINE_SECONDS, outcomes.put)
        outcome = outcomes.get(timeout=_PATIENCE_SECONDS)
    except queue.Empty:
        outcome = None
    finally:
        executor.close()
    if isinstance(executor, ProcessExecutor):
        return outcome, in_words(executor.confined_by)
    return outcome, "files are analysed inside programs of the host, which are not confined"


def _open_files(workers: int) -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _FILES_OF_PROCESS + workers * _FILES_PER_WORKER
    if limit == resource.RLIM_INFINITY:
        return Finding("open files", ok=True, detail="no limit")
    if limit < needed:
        detail = f"at most {limit}, but {workers} workers may need {needed}; raise it (ulimit -n {needed})"
        return Finding("open files", ok=False, detail=detail)
    return Finding("open files", ok=True, detail=f"at most {limit}; {workers} workers may need {needed}")


def _roots(roots: tuple[Path, ...]) -> Iterator[Finding]:
    if not roots:
        yield Finding("folders", ok=True, detail="none in the configuration; name them: passagework import FOLDER")
    for root in roots:
        yield _root(root)


def _folders_with_profiles(folders: tuple[FolderSettings, ...]) -> Iterator[Finding]:
    """Find those that are not there: no import says so, since no music is in them."""
    for folder in folders:
        if not folder.path.is_dir():
            detail = f"there is no such folder, so its profile {folder.profile} is in use nowhere; is the path right?"
            yield Finding(f"scan.folders {folder.path}", ok=False, detail=detail)


def _root(root: Path) -> Finding:
    what = f"folder {root}"
    try:
        with os.scandir(root) as entries:
            empty = next(entries, None) is None
    except OSError as error:
        return Finding(what, ok=False, detail=f"{error.strerror}; is the disk mounted, and may this user read it?")
    if empty:
        return Finding(what, ok=False, detail="empty; is the disk that belongs there mounted?")
    if not os.access(root, os.X_OK):
        return Finding(what, ok=False, detail="the files in it cannot be opened; this user may not enter it")
    return Finding(what, ok=True, detail="readable")
