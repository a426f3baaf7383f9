"""Imports: what was done, what goes on, and what is to be done or stopped."""

import os
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from passagework.domain.errors import NoRootsError
from passagework.domain.files import display_path
from passagework.json_forms.runs import finding_json, run_json
from passagework.service.answers import Answer, json_answer, page_answer
from passagework.service.errors import NotActiveError, OutsideRootsError, RequestInvalidError
from passagework.service.fields import Limit, RunNumber, Whole
from passagework.service.operation import Answers, Fields, Nothing, Operation, Where, changing, reading
from passagework.service.stage import Stage

NUMBER_SECONDS: Final = 5.0
"""How long the answer waits for the number of a run, which it gets when it is opened in the library."""


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Folder = Annotated[str, Field(min_length=1, max_length=4_096)]


class StartGiven(Fields, frozen=True):
    """A run to start."""

    roots: Annotated[tuple[Folder, ...], BeforeValidator(_frozen), Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="folders at or below those of scan.roots; null: these"
    )
    retry_failed: bool = Field(default=False, description="analyse again what failed earlier and has not changed")
    reanalyze: bool = Field(default=False, description="analyse again also what has not changed")
    subfolders: bool = Field(default=True, description="false: the files of the folders alone")


class RunAsked(Fields, frozen=True):
    """A run."""

    run: RunNumber


class RunsAsked(Fields, frozen=True):
    """Some runs, the newest first."""

    limit: Limit = 20
    after: RunNumber | None = Field(default=None, description="the runs before this one")


class FindingsAsked(Fields, frozen=True):
    """Some of what a run found."""

    run: RunNumber
    limit: Limit = 100
    after: Annotated[Whole, Field(ge=0, le=2**53)] = Field(default=0, description="`next` of the page before")


def start(stage: Stage, _asked: Nothing, given: StartGiven) -> Answer:
    """Start a run, and return its number."""
    roots = None if given.roots is None else below_roots(stage, given.roots)
    run = stage.importer.start(
        roots, retry_failed=given.retry_failed, reanalyze=given.reanalyze, subfolders=given.subfolders
    )
    return json_answer({"run": run.number_within(NUMBER_SECONDS)}, status=202)


def retry_failures(stage: Stage, _asked: Nothing, _given: Nothing) -> Answer:
    """Start a run over all roots that analyses again what failed."""
    run = stage.importer.start(None, retry_failed=True)
    return json_answer({"run": run.number_within(NUMBER_SECONDS)}, status=202)


def below_roots(stage: Stage, folders: Iterable[str]) -> list[bytes]:
    """Return folders that are at or below the roots of the configuration; OutsideRootsError for another one."""
    if not stage.roots:
        raise NoRootsError
    found = []
    for folder in folders:
        try:
            path = os.fsencode(folder)
        except UnicodeEncodeError as error:
            raise RequestInvalidError("a folder is named in Unicode, without halves of surrogate pairs") from error
        if b"\0" in path or not path.startswith(b"/"):
            raise RequestInvalidError("a folder is named by its absolute path")
        path = os.path.normpath(path)
        real = os.path.realpath(path)
        if not any(is_below(path, root) and is_below(real, os.path.realpath(root)) for root in stage.roots):
            raise OutsideRootsError(f"{display_path(path)} is not below scan.roots")
        found.append(path)
    return found


def is_below(path: bytes, root: bytes) -> bool:
    """Tell whether a path is a root or below it. Both are absolute and normal."""
    return path == root or path.startswith(root.rstrip(b"/") + b"/")


def runs(stage: Stage, asked: RunsAsked) -> Answer:
    """List runs."""
    found = stage.library.runs(asked.limit, before=asked.after)
    return page_answer(map(run_json, found), str(found[-1].id) if len(found) == asked.limit else None)


def run(stage: Stage, asked: RunAsked) -> Answer:
    """Show a run."""
    return json_answer(run_json(stage.library.run(asked.run)))


def findings(stage: Stage, asked: FindingsAsked) -> Answer:
    """List what a run found."""
    found = list(islice(stage.library.findings(asked.run), asked.after, asked.after + asked.limit + 1))
    more = str(asked.after + asked.limit) if len(found) > asked.limit else None
    return page_answer(map(finding_json, found[: asked.limit]), more)


def pause(stage: Stage, asked: RunAsked, _given: Nothing) -> Answer:
    """Have a run hand out no more work."""
    stage.board.run_named(asked.run).pause()
    return json_answer({"run": asked.run}, status=202)


def resume(stage: Stage, asked: RunAsked, _given: Nothing) -> Answer:
    """Have a paused run continue."""
    stage.board.run_named(asked.run).resume()
    return json_answer({"run": asked.run}, status=202)


def cancel(stage: Stage, asked: RunAsked, _given: Nothing) -> Answer:
    """End a run soon."""
    stage.board.run_named(asked.run).cancel()
    return json_answer({"run": asked.run}, status=202)


def undo(stage: Stage, asked: RunAsked, _given: Nothing) -> Answer:
    """Take a run back."""
    return json_answer(asdict(stage.importer.undo(asked.run)))


def pause_all(stage: Stage, _asked: Nothing, _given: Nothing) -> Answer:
    """Have the whole importer rest, worker processes in the middle of a file."""
    stage.importer.pause()
    return json_answer({"paused": True}, status=202)


def resume_all(stage: Stage, _asked: Nothing, _given: Nothing) -> Answer:
    """Have the importer go on."""
    stage.importer.resume()
    return json_answer({"paused": False}, status=202)


def rescan(stage: Stage, _asked: Nothing, _given: Nothing) -> Answer:
    """Have the watch look through everything."""
    if stage.watch is None or stage.watch.done:
        raise NotActiveError("no folders are followed")
    stage.watch.rescan()
    return json_answer({"rescan": True}, status=202)


_STARTED: Final = Answers("run-number", status=202)
_RUN: Final = "/api/1/runs/{run}"

OPERATIONS: Final[tuple[Operation, ...]] = (
    reading("runs", "/api/1/runs", "The runs, newest first.", RunsAsked, runs, Answers("run", page=True)),
    changing(
        "start-run", "POST", "/api/1/runs", "Import folders.", Nothing, StartGiven, start, _STARTED, refuses=(403, 409)
    ),
    reading("run", _RUN, "A run.", RunAsked, run, Answers("run"), refuses=(404,)),
    reading(
        "findings",
        f"{_RUN}/findings",
        "What a run found, file by file.",
        FindingsAsked,
        findings,
        Answers("finding", page=True),
        refuses=(404,),
    ),
    changing(
        "pause-run",
        "POST",
        f"{_RUN}/pause",
        "Hand out no more work.",
        RunAsked,
        Nothing,
        pause,
        _STARTED,
        refuses=(409,),
        where=Where.LOOP,
    ),
    changing(
        "resume-run",
        "POST",
        f"{_RUN}/resume",
        "Continue after a pause.",
        RunAsked,
        Nothing,
        resume,
        _STARTED,
        refuses=(409,),
        where=Where.LOOP,
    ),
    changing(
        "cancel-run",
        "POST",
        f"{_RUN}/cancel",
        "End it soon; what is stored stays.",
        RunAsked,
        Nothing,
        cancel,
        _STARTED,
        refuses=(409,),
        where=Where.LOOP,
    ),
    changing(
        "undo-run",
        "POST",
        f"{_RUN}/undo",
        "Take back the newest run that changed anything.",
        RunAsked,
        Nothing,
        undo,
        Answers("undo"),
        refuses=(404, 409),
    ),
    changing(
        "pause",
        "POST",
        "/api/1/pause",
        "Have the whole importer rest, as for a live show.",
        Nothing,
        Nothing,
        pause_all,
        Answers("any", status=202),
    ),
    changing("resume", "POST", "/api/1/resume", "Go on.", Nothing, Nothing, resume_all, Answers("any", status=202)),
    changing(
        "rescan",
        "POST",
        "/api/1/watch/rescan",
        "Look through all roots as soon as possible.",
        Nothing,
        Nothing,
        rescan,
        Answers("any", status=202),
        refuses=(409,),
        where=Where.LOOP,
    ),
    changing(
        "retry-failures",
        "POST",
        "/api/1/failures/retry",
        "Import all roots, and analyse again what failed.",
        Nothing,
        Nothing,
        retry_failures,
        _STARTED,
        refuses=(409,),
    ),
)
