"""Turn a message into rows, before the transaction: all encoding, new guids and case folding happen here."""

import itertools
import os
import zlib
from typing import assert_never

from passagework.domain.analysis import FileAnalysis, PassageAnalysis
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.domain.json_text import write_spaced_json
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import FileState
from passagework.persistence.rows.analysis import ANALYSIS, MEASURES, stamp_row
from passagework.persistence.rows.columns import Row, Value
from passagework.persistence.rows.json_texts import encode_shifted, tag_row
from passagework.persistence.write.prepare_links import add_links, storable_text
from passagework.persistence.write.staging import StagedRows
from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    MarkMissing,
    MarkPresent,
    StoreAnalysis,
    StoreAnswers,
    StoreFailure,
    StoreLinks,
    Write,
)


class Preparation:
    """Prepares the messages of one batch; numbers the rows so that children find their parents."""

    def __init__(self) -> None:
        self._files = itertools.count(1)
        self._passages = itertools.count(1)
        self._links = itertools.count(1)

    def prepare(self, write: Write) -> StagedRows:
        """Return the rows of one message."""
        rows = StagedRows()
        match write:
            case BeginAttempt() | StoreAnalysis() | StoreFailure():
                self._about_file(rows, write)
            case StoreLinks(run, links):
                # Of two decisions for one passage the last counts, as if they came one after the other.
                for passage in {passage.passage: passage for passage in links.passages}.values():
                    add_links(rows, next(self._links), run, links, passage)
            case DeferIdentification() | StoreAnswers():
                _about_waiting(rows, write)
            case MarkMissing(run, paths) | MarkPresent(run, paths):
                missing = int(isinstance(write, MarkMissing))
                for path in dict.fromkeys(paths):
                    rows.add("staged_presence", {"run_id": run, "path": path, "missing": missing})
            case _:
                assert_never(write)
        return rows

    def _about_file(self, rows: StagedRows, write: BeginAttempt | StoreAnalysis | StoreFailure) -> None:
        match write:
            case BeginAttempt(run, path, stamp, alone, number):
                row = self._file("attempt", run, path, stamp)
                row["number"], row["alone"] = number, int(alone)
                rows.add("staged_file", row)
            case StoreAnalysis(run, analysis):
                self._analysis(rows, run, analysis)
            case StoreFailure(run, path, stamp, failure):
                row = self._file("failure", run, path, stamp)
                row["state"] = _failed_state(failure)
                row["failure_code"], row["failure_detail"] = failure.code, storable_text(failure.detail)
                rows.add("staged_file", row)
            case _:
                assert_never(write)

    def _file(self, kind: str, run: int, path: bytes, stamp: FileStamp) -> dict[str, Value]:
        folder = path.rpartition(b"/")[0]
        return {
            "seq": next(self._files),
            "kind": kind,
            "run_id": run,
            "path": path,
            "path_text": display_path(path),
            "folder": folder,
            "folder_text": display_path(folder),
            # Used only if the file is new.
            "guid": _new_guid(),
            **stamp_row(stamp),
            "number": None,
            "alone": None,
            "state": None,
            "failure_code": None,
            "failure_detail": None,
        }

    def _analysis(self, rows: StagedRows, run: int, analysis: FileAnalysis) -> None:
        row = self._file("analysis", run, analysis.path, analysis.stamp)
        row["state"] = FileState.ANALYSED
        rows.add("staged_file", row)
        seq = row["seq"]
        rows.add(
            "staged_analysis",
            {
                "seq": seq,
                "warnings": write_spaced_json(analysis.warnings) if analysis.warnings else None,
                **tag_row(analysis.tags, display_path(analysis.path)),
            },
            ANALYSIS.values_of(analysis),
        )
        for passage in analysis.passages:
            self._passage(rows, seq, passage)

    def _passage(self, rows: StagedRows, seq: Value, passage: PassageAnalysis) -> None:
        number = next(self._passages)
        fingerprint, flavor = passage.fingerprint, passage.flavor
        rows.add(
            "staged_passage",
            {"id": number, "seq": seq, "guid": _new_guid(), "flavor_source": flavor.source if flavor else None},
            MEASURES.values_of(passage),
        )
        if fingerprint:
            rows.add(
                "staged_fingerprint",
                {
                    "staged_id": number,
                    "fingerprint": fingerprint.encoded,
                    "fingerprint_ticks": fingerprint.duration,
                    "shifted": encode_shifted(fingerprint.shifted),
                },
            )
        if flavor:
            for characteristic, members in flavor.groups:
                for name, value in members:
                    of: Row = {"staged_id": number, "source": flavor.source, "characteristic": characteristic}
                    rows.add("staged_flavor", {**of, "name": name, "value": value})


def _about_waiting(rows: StagedRows, write: DeferIdentification | StoreAnswers) -> None:
    match write:
        case DeferIdentification(run, path, passages, until_ns, reason, revision):
            of: Row = {"run_id": run, "path": path, "revision": revision, "until_ns": until_ns}
            for guid in dict.fromkeys(passages):
                rows.add("staged_delay", {**of, "guid": guid, "reason": storable_text(reason)})
        case StoreAnswers(run, answers):
            for answer in answers:
                rows.add("staged_answer", _answer(answer, run))
        case _:
            assert_never(write)


def _answer(answer: StoredAnswer, run: int) -> dict[str, Value]:
    return {
        "key": answer.key,
        "service": answer.service,
        "found": int(answer.found),
        "merged_into": answer.merged_into,
        "body": zlib.compress(answer.body),
        "schema_version": answer.schema_version,
        "fetched_ns": answer.fetched_ns,
        "expires_ns": answer.expires_ns,
        "run_id": run,
    }


def _failed_state(failure: Failure) -> FileState:
    return FileState.QUARANTINED if failure.code is FailureCode.QUARANTINED else FileState.FAILED


def _new_guid() -> str:
    """Make a random UUID (version 4, RFC 9562) in a third of the time of the ``uuid`` module."""
    bits = os.urandom(16).hex()
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{'89ab'[int(bits[16], 16) & 3]}{bits[17:20]}-{bits[20:]}"
