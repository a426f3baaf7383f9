"""Turn a message into rows, before any transaction: all encoding, hashing of names and folding of text happens here."""

import itertools
import json
import os

from passagework.domain.analysis import FileAnalysis, PassageAnalysis
from passagework.domain.catalogue import Evidence, FileLinks, PassageLinks
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp, display_path
from passagework.domain.views import FileState
from passagework.persistence.staging import Row, StagedRows
from passagework.persistence.stamps import stamp_columns
from passagework.persistence.tag_columns import encode_fields, encode_raw, search_text
from passagework.persistence.writes import (
    BeginAttempt,
    MarkMissing,
    MarkPresent,
    StoreAnalysis,
    StoreFailure,
    StoreLinks,
    Write,
)

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


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
            case BeginAttempt(run, path, stamp, alone, number):
                rows.add("staged_file", (*self._file("attempt", run, path, stamp), number, int(alone)))
            case StoreAnalysis(run, analysis):
                self._analysis(rows, run, analysis)
            case StoreFailure(run, path, stamp, failure):
                row = self._file("failure", run, path, stamp)
                rows.add("staged_file", (*row, None, None, _failed_state(failure), failure.code, _text(failure.detail)))
            case StoreLinks(run, links):
                for passage in {passage.passage: passage for passage in links.passages}.values():
                    self._link(rows, run, links, passage)
            case MarkMissing(run, paths):
                for path in dict.fromkeys(paths):
                    rows.add("staged_presence", (run, path, 1))
            case MarkPresent(run, paths):
                for path in dict.fromkeys(paths):
                    rows.add("staged_presence", (run, path, 0))
        return rows

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
            rows.add("staged_fingerprint", (number, fingerprint.encoded, fingerprint.duration))
        if flavor:
            for characteristic, members in flavor.groups:
                for name, value in members:
                    rows.add("staged_flavor", (number, flavor.source, characteristic, name, value))

    def _link(self, rows: StagedRows, run: int, file: FileLinks, links: PassageLinks) -> None:
        link = next(self._links)
        about = (file.path, file.revision, links.passage, links.state, _text(links.reason))
        rows.add("staged_link", (link, run, *about, _statements(links.evidence)))
        for span in links.songs:
            song = span.song
            rows.add("staged_song", (link, song.mbid, song.title or None, span.start, span.end))
            for position, credit in enumerate(song.credits):
                artist = credit.artist
                rows.add("staged_credit", (link, song.mbid, artist.mbid, artist.name or None, position))
            for position, work in enumerate(song.works):
                rows.add("staged_work", (link, song.mbid, work.mbid, work.title or None, position))
        if (place := links.album) is not None:
            album = place.album
            names = (album.mbid, album.title or None, album.release_group, album.date or None)
            rows.add("staged_album", (link, *names, place.medium, place.track))
            for position, artist in enumerate(album.artists):
                rows.add("staged_album_artist", (link, album.mbid, artist.mbid, artist.name or None, position))


def _statements(evidence: tuple[Evidence, ...]) -> str:
    """Encode evidence as a list of [source, kind, value], each once; SQLite would end a value at a NUL."""
    rows = ((row.source, row.kind, row.value.replace("\0", "\N{REPLACEMENT CHARACTER}")) for row in evidence)
    return _encode(tuple(dict.fromkeys(rows)))


def _failed_state(failure: Failure) -> FileState:
    return FileState.QUARANTINED if failure.code is FailureCode.QUARANTINED else FileState.FAILED


def _loudness(
    measured: FileAnalysis | PassageAnalysis,
) -> tuple[float | None, float | None, float | None, float | None]:
    values = measured.loudness
    return (values.integrated, values.range, values.true_peak, values.sample_peak)


def _text(words: str | None) -> str | None:
    """Give words meant for people in a form that can be stored, whatever the error message they come from held."""
    return words.encode("utf-8", "backslashreplace").decode() if words else None


def _new_guid() -> str:
    """Make a random UUID (version 4, RFC 9562) at a third of what the library's classes cost."""
    bits = os.urandom(16).hex()
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{'89ab'[int(bits[16], 16) & 3]}{bits[17:20]}-{bits[20:]}"
