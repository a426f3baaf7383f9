"""One file as the contenders that write row by row have it at hand before they touch the library.

Encoding is the product's own, and so is the decision about links.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from passagework.domain.analysis import FileAnalysis
from passagework.domain.catalogue import Album, Artist, PassageLinks, Song, WaitingFile, WaitingPassage, Work
from passagework.domain.files import display_path
from passagework.domain.ids import Guid, RunId
from passagework.domain.measured import Loudness
from passagework.persistence.rows.analysis import stamp_row
from passagework.persistence.rows.json_texts import encode_fields, encode_raw, search_text
from writer.messages import link_each_passage

Row = tuple[object, ...]

RUN = RunId(1)


@dataclass(frozen=True)
class FileRows:
    """What the library is to hold of one file. ``passages`` and ``links`` go together by their position."""

    folder: Row
    file: Row
    tags: Row
    curves: Row
    summary: Row
    passages: tuple[Row, ...]
    fingerprints: tuple[Row | None, ...]
    links: tuple[PassageLinks, ...]


def rows_of(analysis: FileAnalysis) -> FileRows:
    """Encode an analysis and decide its links."""
    path, folder = analysis.path, analysis.path.rpartition(b"/")[0]
    audio, damage, tags = analysis.format, analysis.damage, analysis.tags
    warnings = json.dumps(analysis.warnings) if analysis.warnings else None
    waiting = tuple(WaitingPassage(Guid(str(uuid4())), cut.start, cut.end) for cut in analysis.passages)
    links = link_each_passage(WaitingFile(path, tags, len(waiting), waiting)).passages
    return FileRows(
        folder=(folder, display_path(folder), RUN),
        file=(
            *(str(uuid4()), folder, path, display_path(path), *stamp_row(analysis.stamp).values(), RUN, RUN),
            *(audio.container, audio.codec, audio.sample_rate, audio.channels, audio.bit_rate),
            *(analysis.content_hash, analysis.audio_hash, analysis.samples, analysis.duration),
            *_levels(analysis.loudness),
            *(damage.bad_packets, damage.missing_samples, warnings, analysis.analysis_version, RUN),
        ),
        tags=(
            *(tags.title, tags.artist_credit, tags.album, tags.disc_number, tags.track_number),
            *(search_text(tags, display_path(path)), encode_fields(tags), encode_raw(tags), RUN),
        ),
        curves=(
            *(analysis.envelope.hop, analysis.envelope.levels),
            *(analysis.waveform.samples_per_point, analysis.waveform.extrema, RUN),
        ),
        summary=(warnings, analysis.duration, len(waiting)),
        passages=tuple(
            (
                *(cut.start, cut.end, cut.lead_in, cut.lead_out, cut.fade_in, cut.fade_out, *_levels(cut.loudness)),
                *(link.state, link.reason, RUN, RUN, RUN),
            )
            for cut, link in zip(analysis.passages, links, strict=True)
        ),
        fingerprints=tuple(
            (cut.fingerprint.encoded, cut.fingerprint.duration, RUN) if cut.fingerprint else None
            for cut in analysis.passages
        ),
        links=links,
    )


def _levels(loudness: Loudness) -> Row:
    return (loudness.integrated, loudness.range, loudness.true_peak, loudness.sample_peak)


def song_of(link: PassageLinks) -> Song:
    """Give the one song of a passage."""
    (span,) = link.songs
    return span.song


def album_of(link: PassageLinks) -> Album:
    """Give the album of a passage."""
    assert link.album is not None
    return link.album.album


def works_of(links: Iterable[PassageLinks]) -> tuple[Work, ...]:
    """Give each work once."""
    return tuple(dict.fromkeys(work for link in links for work in song_of(link).works))


def artists_of(links: Iterable[PassageLinks]) -> tuple[Artist, ...]:
    """Give each artist once, those of songs and those of albums."""
    return tuple(
        dict.fromkeys(
            artist
            for link in links
            for artist in (*(credit.artist for credit in song_of(link).credits), *album_of(link).artists)
        )
    )
