"""How the service is: alive, ready, in numbers; what it can do; the level of its log."""

from functools import cache
from typing import Final, Literal

from passagework.domain.errors import LibraryUnavailableError, PassageworkError, UnavailableKind
from passagework.json_forms.status import status_json
from passagework.service.answers import Answer, json_answer
from passagework.service.errors import NotActiveError
from passagework.service.metrics import METRICS_TYPE
from passagework.service.operation import Answers, Fields, Nothing, Operation, Where, changing, reading
from passagework.service.stage import Stage


class LevelGiven(Fields, frozen=True):
    """The level of the log."""

    level: Literal["debug", "info", "warning", "error"]


def health(_stage: Stage, _asked: Nothing) -> Answer:
    """Say that the process is alive."""
    return json_answer({"alive": True})


def ready(stage: Stage, _asked: Nothing) -> Answer:
    """Say that the actors answer and that the library takes writes; 503 with the reason otherwise."""
    why = not_ready(stage)
    return json_answer({"ready": why is None, "reason": why}, status=200 if why is None else 503)


def not_ready(stage: Stage) -> str | None:
    """Return why the service cannot import now; None: it can. Waits for the actors."""
    try:
        writer = stage.library.writer()
    except PassageworkError as error:
        return f"{error.code}: {error}"
    if writer is None or writer.accounts is None:
        return "importer-unavailable: nobody writes the library"
    if writer.accounts.unavailable is not None:
        return f"{LibraryUnavailableError('', UnavailableKind.IO).code}: {writer.accounts.unavailable}"
    if stage.watch is not None and stage.watch.done:
        return "watch-failed: the watch has ended"
    return None


def metrics(stage: Stage, _asked: Nothing) -> Answer:
    """Return all numbers."""
    return Answer(stage.metrics.text(stage), content_type=METRICS_TYPE.encode("ascii"))


def openapi(_stage: Stage, _asked: Nothing) -> Answer:
    """Return what the service can do."""
    return Answer(_openapi_text())


@cache
def _openapi_text() -> bytes:
    from passagework.service.openapi import openapi_document  # noqa: PLC0415 - it is about all operations, also this one

    return openapi_document()


def library(stage: Stage, _asked: Nothing) -> Answer:
    """Count what the library holds."""
    held = stage.library
    return json_answer(status_json(held.status(), held.writer()))


def read_level(stage: Stage, _asked: Nothing) -> Answer:
    """Return the level of the log."""
    if stage.log_level is None:
        raise NotActiveError("the log is that of the program that runs the service")
    return json_answer({"level": stage.log_level()})


def set_level(stage: Stage, asked: Nothing, given: LevelGiven) -> Answer:
    """Set the level of the log."""
    if stage.set_log_level is None:
        raise NotActiveError("the log is that of the program that runs the service")
    stage.set_log_level(given.level)
    return read_level(stage, asked)


OPERATIONS: Final[tuple[Operation, ...]] = (
    reading(
        "health",
        "/health",
        "Whether the process is alive.",
        Nothing,
        health,
        Answers("health"),
        where=Where.LOOP,
        is_open=True,
    ),
    reading(
        "ready",
        "/ready",
        "Whether it can import: the library takes writes, its actors answer.",
        Nothing,
        ready,
        Answers("ready"),
        refuses=(503,),
    ),
    reading("metrics", "/metrics", "Numbers for Prometheus.", Nothing, metrics, Answers(content=("text/plain",))),
    reading("openapi", "/openapi.json", "This document.", Nothing, openapi, Answers("any")),
    reading("library", "/api/1/library", "The library in numbers.", Nothing, library, Answers("status")),
    reading(
        "log-level",
        "/api/1/log-level",
        "The level of the log.",
        Nothing,
        read_level,
        Answers("log-level"),
        refuses=(409,),
        where=Where.LOOP,
    ),
    changing(
        "set-log-level",
        "PUT",
        "/api/1/log-level",
        "Set the level of the log, until it is set again or the service ends.",
        Nothing,
        LevelGiven,
        set_level,
        Answers("log-level"),
        refuses=(409,),
        where=Where.LOOP,
    ),
)
