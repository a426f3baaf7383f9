"""Turn a message into rows, before any transaction: all encoding, hashing of names and folding of text happens here."""

import itertools
import json
import os
import zlib

from passagework.domain.analysis import FileAnalysis, PassageAnalysis
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.domain.stored_answers import StoredAnswer
from passagework.domain.views import FileState
from passagework.persistence.rows.fingerprints import encode_shifted
from passagework.persistence.rows.stamps import stamp_columns
from passagework.persistence.rows.tags import encode_fields, encode_raw, search_text
from passagework.persistence.write.prepare_links import add_links, storable_text
from passagework.persistence.write.staging import Row, StagedRows
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
        """Give the rows of one message."""
        rows = StagedRows()
        match write:
            case BeginAttempt() | StoreAnalysis() | StoreFailure():
                self._about_file(rows, write)
            case StoreLinks(run, links):
                for passage in {passage.passage: passage for passage in links.passages}.values():
                    add_links(rows, next(self._links), run, links, passage)
            case DeferIdentification() | StoreAnswers():
                _about_waiting(rows, write)
            case MarkMissing(run, paths) | MarkPresent(run, paths):
                for path in dict.fromkeys(paths):
                    rows.add("staged_presence", (run, path, int(isinstance(write, MarkMissing))))
        return rows

    def _about_file(self, rows: StagedRows, write: BeginAttempt | StoreAnalysis | StoreFailure) -> None:
        match write:
            case BeginAttempt(run, path, stamp, alone, number):
                rows.add("staged_file", (*self._file("attempt", run, path, stamp), number, int(alone)))
            case StoreAnalysis(run, analysis):
                self._analysis(rows, run, analysis)
            case StoreFailure(run, path, stamp, failure):
                row = self._file("failure", run, path, stamp)
                about = (_failed_state(failure), failure.code, storable_text(failure.detail))
                rows.add("staged_file", (*row, None, None, *about))

    def _file(self, kind: str, run: int, path: bytes, stamp: FileStamp) -> Row:
        folder = path.rpartition(b"/")[0]
        names = (path, display_path(path), folder, display_path(folder), _new_guid())
        return (next(self._files), kind, run, *names, *stamp_columns(stamp))

    def _analysis(self, rows: StagedRows, run: int, analysis: FileAnalysis) -> None:
        row = self._file("analysis", run, analysis.path, analysis.stamp)
        seq = row[0]
        rows.add("staged_file", (*row, None, None, FileState.ANALYSED))
        audio, tags = analysis.format, analysis.tags
        rows.add(
            "staged_analysis",
            (
                seq,
                *(audio.container, audio.codec, audio.sample_rate, audio.channels, audio.bit_rate),
                *(analysis.content_hash, analysis.audio_hash, analysis.samples, analysis.duration),
                *_loudness(analysis),
                *(analysis.damage.bad_packets, analysis.damage.missing_samples),
                json.dumps(analysis.warnings) if analysis.warnings else None,
                analysis.analysis_version,
                *(tags.title, tags.artist_credit, tags.album, tags.disc_number, tags.track_number),
                *(search_text(tags, display_path(analysis.path)), encode_fields(tags), encode_raw(tags)),
                *(analysis.envelope.hop, analysis.envelope.levels),
                *(analysis.waveform.samples_per_point, analysis.waveform.extrema),
            ),
        )
        for passage in analysis.passages:
            self._passage(rows, seq, passage)

    def _passage(self, rows: StagedRows, seq: object, passage: PassageAnalysis) -> None:
        number = next(self._passages)
        fingerprint, flavor = passage.fingerprint, passage.flavor
        rows.add(
            "staged_passage",
            (
                *(number, seq, _new_guid(), passage.start, passage.end, passage.lead_in, passage.lead_out),
                *(passage.fade_in, passage.fade_out, *_loudness(passage)),
                flavor.source if flavor else None,
            ),
        )
        if fingerprint:
            rows.add(
                "staged_fingerprint",
                (number, fingerprint.encoded, fingerprint.duration, encode_shifted(fingerprint.shifted)),
            )
        if flavor:
            for characteristic, members in flavor.groups:
                for name, value in members:
                    rows.add("staged_flavor", (number, flavor.source, characteristic, name, value))


def _about_waiting(rows: StagedRows, write: DeferIdentification | StoreAnswers) -> None:
    match write:
        case DeferIdentification(run, path, passages, until_ns, reason, revision):
            for guid in dict.fromkeys(passages):
                rows.add("staged_delay", (run, path, revision, guid, until_ns, storable_text(reason)))
        case StoreAnswers(run, answers):
            for answer in answers:
                rows.add("staged_answer", (*_answer(answer), run))


def _answer(answer: StoredAnswer) -> Row:
    about = (answer.key, answer.service, int(answer.found), answer.merged_into)
    return (*about, zlib.compress(answer.body), answer.schema_version, answer.fetched_ns, answer.expires_ns)


def _failed_state(failure: Failure) -> FileState:
    return FileState.QUARANTINED if failure.code is FailureCode.QUARANTINED else FileState.FAILED


def _loudness(
    measured: FileAnalysis | PassageAnalysis,
) -> tuple[float | None, float | None, float | None, float | None]:
    values = measured.loudness
    return (values.integrated, values.range, values.true_peak, values.sample_peak)


def _new_guid() -> str:
    """Make a random UUID (version 4, RFC 9562) at a third of what the library's classes cost."""
    bits = os.urandom(16).hex()
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{'89ab'[int(bits[16], 16) & 3]}{bits[17:20]}-{bits[20:]}"
