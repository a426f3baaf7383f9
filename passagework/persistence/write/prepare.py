"""Turn a message into rows of the staging tables, before its statements run."""

import itertools
import zlib
from collections.abc import Iterator
from typing import assert_never

from passagework.domain.analysis import FileAnalysis
from passagework.domain.encoded_analysis import EncodedAnalysis, EncodedPassage, EncodedTags
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import FileState
from passagework.persistence.rows.analysis import CUES_OF, stamp_row
from passagework.persistence.rows.columns import Row, Value
from passagework.persistence.rows.encoded import encode_analysis, encode_links, encode_tags, storable_text
from passagework.persistence.write.guids import new_guids
from passagework.persistence.write.prepare_links import add_links
from passagework.persistence.write.staging import StagedRows
from passagework.persistence.write.writes import (
    BeginAttempt,
    DeferIdentification,
    JoinMoved,
    MarkExcluded,
    MarkMissing,
    MarkPresent,
    MoveFiles,
    SeeFolders,
    StampFiles,
    StoreAnalysis,
    StoreAnswers,
    StoreFailure,
    StoreLinks,
    StorePlaces,
    StoreRedone,
    StoreTags,
    StoreTrackList,
    Write,
)


class Preparation:
    """Prepares the messages of one batch; numbers the rows so that children find their parents."""

    def __init__(self) -> None:
        self._guids = new_guids()
        self._passages = itertools.count(1)
        self._links = itertools.count(1)

    def prepare(self, write: Write, number: int) -> StagedRows:
        """Return the rows of one message; ``number`` is its own in the batch."""
        rows = StagedRows()
        match write:
            case BeginAttempt() | StoreAnalysis() | StoreTags() | StoreFailure():
                self._about_file(rows, write, number)
            case StoreLinks(run, links):
                # Of two decisions for one passage the last counts, as if they came one after the other.
                for passage in {passage.passage: passage for passage in links.passages}.values():
                    found_by: Row = {"path": links.path, "revision": links.revision, "guid": passage.passage}
                    decision: Row = {"run_id": run, **found_by, "staged_id": None}
                    add_links(rows, next(self._links), encode_links(passage), decision)
            case StoreTrackList() | DeferIdentification() | StoreAnswers():
                _about_waiting(rows, write)
            case StoreRedone(run, files):
                for file in files:
                    rows.add("staged_redone", {"run_id": run, "path": file.path, "parts": file.provenance.text})
                    for cues in file.cues:
                        rows.add("staged_cues", {"run_id": run, "path": file.path}, CUES_OF.values_of(cues))
            case MarkMissing() | MarkExcluded() | MarkPresent() | SeeFolders():
                _about_presence(rows, write)
            case StampFiles() | MoveFiles() | StorePlaces() | JoinMoved():
                _about_places(rows, write, self._guids)
            case _:
                assert_never(write)
        return rows

    def _about_file(
        self, rows: StagedRows, write: BeginAttempt | StoreAnalysis | StoreTags | StoreFailure, number: int
    ) -> None:
        match write:
            case BeginAttempt(run, path, stamp, alone, attempt):
                row = self._file("attempt", number, run, path, stamp)
                row["number"], row["alone"] = attempt, int(alone)
                rows.add("staged_file", row)
            case StoreAnalysis(run, analysis, parts):
                self._analysis(rows, number, run, encoded(analysis), parts)
            case StoreTags(run, tags):
                tags = tags if isinstance(tags, EncodedTags) else encode_tags(tags)
                rows.add("staged_file", self._file("tags", number, run, tags.path, tags.stamp))
                found: Row = {"seq": number, "content_hash": tags.content_hash, "audio_hash": tags.audio_hash}
                rows.add("staged_tags", {**found, "warnings": tags.warnings, "parts": tags.parts}, tags.tags)
            case StoreFailure(run, path, stamp, failure):
                row = self._file("failure", number, run, path, stamp)
                row["state"] = _failed_state(failure)
                row["failure_code"], row["failure_detail"] = failure.code, storable_text(failure.detail)
                rows.add("staged_file", row)
                if not failure.transient:
                    rows.add("staged_failure", {"seq": number, "of_content": int(failure.of_content)})
            case _:
                assert_never(write)

    def _analysis(self, rows: StagedRows, seq: int, run: int, analysis: EncodedAnalysis, parts: str | None) -> None:
        row = self._file("analysis", seq, run, analysis.path, analysis.stamp)
        row["state"] = FileState.ANALYSED
        rows.add("staged_file", row)
        values = analysis.tags + analysis.audio + analysis.curves
        rows.add("staged_analysis", {"seq": seq, "warnings": analysis.warnings, "parts": parts}, values)
        of_file: Row = {"run_id": run, "path": analysis.path, "revision": None, "guid": None}
        for passage in analysis.passages:
            number = self._passage(rows, seq, passage)
            if passage.links is not None:
                add_links(rows, next(self._links), passage.links, {**of_file, "staged_id": number})

    def _passage(self, rows: StagedRows, seq: Value, passage: EncodedPassage) -> int:
        number = next(self._passages)
        own: Row = {"id": number, "seq": seq, "guid": next(self._guids), "keeps": passage.keeps}
        rows.add("staged_passage", own, passage.measures)
        if passage.fingerprint is not None:
            rows.add("staged_fingerprint", {"staged_id": number}, passage.fingerprint)
        if passage.flavor is not None:
            rows.add("staged_flavor", {"staged_id": number}, passage.flavor)
        for value in passage.values:
            rows.add("staged_value", {"staged_id": number}, value)
        return number

    def _file(self, kind: str, number: int, run: int, path: bytes, stamp: FileStamp) -> dict[str, Value]:
        folder = path.rpartition(b"/")[0]
        return {
            "seq": number,
            "kind": kind,
            "run_id": run,
            "path": path,
            "path_text": display_path(path),
            "folder": folder,
            "folder_text": display_path(folder),
            # Used only if the file is new.
            "guid": next(self._guids),
            **stamp_row(stamp),
            "number": None,
            "alone": None,
            "state": None,
            "failure_code": None,
            "failure_detail": None,
        }


def _about_places(
    rows: StagedRows, write: StampFiles | MoveFiles | StorePlaces | JoinMoved, guids: Iterator[str]
) -> None:
    match write:
        case JoinMoved(run, second_roots):
            rows.add("staged_join", {"run_id": run})
            for first, second in second_roots:
                rows.add("staged_root", {"run_id": run, "first": first, "second": second})
        case StampFiles(run, files):
            for path, stamp in dict(files).items():
                rows.add("staged_stamp", {"run_id": run, "path": path, **stamp_row(stamp)})
        case MoveFiles(run, moves):
            for move in moves:
                folder = (move.source if move.lost else move.target).rpartition(b"/")[0]
                of_folder: Row = {"folder": folder, "folder_text": display_path(folder)}
                place: Row = {"target": move.target, "target_text": display_path(move.target), **of_folder}
                of_file: Row = {"run_id": run, "guid": move.guid, "source": move.source, "lost": int(move.lost)}
                rows.add("staged_move", {**of_file, **place, **stamp_row(move.stamp)})
        case StorePlaces(run, places):
            for other in {other.path: other for other in places}.values():
                # The guid is used only if the file is new.
                named = {**_named("", other.path), **_named("of_", other.of), "guid": next(guids)}
                rows.add("staged_place", {"run_id": run, **named, **stamp_row(other.stamp)})
        case _:
            assert_never(write)


def _named(which: str, path: bytes | None) -> Row:
    """Name a path and its folder."""
    folder = None if path is None else path.rpartition(b"/")[0]
    return {
        f"{which}path": path,
        f"{which}path_text": None if path is None else display_path(path),
        f"{which}folder": folder,
        f"{which}folder_text": None if folder is None else display_path(folder),
    }


def _about_presence(rows: StagedRows, write: MarkMissing | MarkExcluded | MarkPresent | SeeFolders) -> None:
    match write:
        case MarkMissing():
            presence = "missing"
        case MarkExcluded():
            presence = "excluded"
        case MarkPresent():
            presence = "present"
        case SeeFolders(folders=folders):
            for path, device, inode, mounted in folders:
                at: Row = {"path": path, "device": device, "inode": inode, "mounted": int(mounted)}
                rows.add("staged_folder", at)
            return
        case _:
            assert_never(write)
    for path in dict.fromkeys(write.paths):
        rows.add("staged_presence", {"run_id": write.run, "path": path, "presence": presence})


def _about_waiting(rows: StagedRows, write: StoreTrackList | DeferIdentification | StoreAnswers) -> None:
    match write:
        case StoreTrackList(path=path, track_list=track_list, revision=revision):
            rows.add("staged_list", {"path": path, "track_list": track_list, "revision": revision})
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


def encoded(analysis: EncodedAnalysis | FileAnalysis) -> EncodedAnalysis:
    """Return the analysis as the library stores it."""
    return analysis if isinstance(analysis, EncodedAnalysis) else encode_analysis(analysis)
