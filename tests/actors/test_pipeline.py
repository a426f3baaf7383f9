"""The table of stages in code, in its module's docstring and in docs/architecture.md is one and the same."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from passagework.actors import pipeline
from passagework.actors.pipeline import PIPELINE, AfterCrash, FileInHand, Stage
from passagework.actors.runtime.names import ActorName
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.ids import RunId, WriteId
from passagework.domain.units import Ticks

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
WORDS = {
    AfterCrash.NOTHING: "the run ends",
    AfterCrash.SEND_AGAIN: "sent again",
    AfterCrash.ANALYSE_AGAIN: "analysed again",
    AfterCrash.SEND_FAILURE_OR_ANALYSE_AGAIN: "a failure is sent again",
}
ROWS = [(stage.name, step.holder.value, WORDS[step.after_crash]) for stage, step in PIPELINE.items()]


def test_every_stage_has_a_row():
    assert list(PIPELINE) == list(Stage)


def test_the_page_about_the_architecture_has_the_table_of_the_code():
    lines = re.findall(r"^\| ([A-Z_]+) \|(.*)\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    cells = [(stage, *(cell.strip() for cell in rest.split("|"))) for stage, rest in lines]
    assert [
        (stage, holder, crash[: len(words)])
        for (stage, _, holder, _, crash), (*_, words) in zip(cells, ROWS, strict=True)
    ] == ROWS


def test_the_docstring_has_it_too():
    rows = [line for line in pipeline.__doc__.splitlines() if re.match(r"[A-Z_]+  ", line)]
    assert [(row.split()[0], [name for name in ActorName if f"  {name} " in row]) for row in rows] == [
        (stage, [holder]) for stage, holder, _ in ROWS
    ]


@pytest.mark.parametrize("stage", Stage)
def test_what_the_session_alone_has_needs_nothing_after_a_crash(stage):
    step = PIPELINE[stage]
    assert (step.holder is ActorName.SESSION) == (step.after_crash is AfterCrash.NOTHING)


FILE = FileInHand(
    run=RunId(1),
    path=b"/music/a.flac",
    stamp=FileStamp(2, 3),
    earlier_attempts=4,
    suspect=True,
    stage=Stage.READY,
    alone=True,
    strikes=5,
    write_id=WriteId(6),
    worker_tries=7,
    failure=Failure(FailureCode.EMPTY_FILE, "8"),
    passages=9,
    audio=Ticks(10),
)


def test_a_file_in_another_stage_keeps_everything_else():
    assert FILE.at(Stage.IN_WORK) == replace(FILE, stage=Stage.IN_WORK)


@pytest.mark.parametrize("news", [{"write_id": WriteId(0)}, {"passages": 0}, {"audio": Ticks(0)}])
def test_a_file_takes_what_is_new_into_another_stage(news):
    assert FILE.at(Stage.STORING, **news) == replace(FILE, stage=Stage.STORING, **news)
