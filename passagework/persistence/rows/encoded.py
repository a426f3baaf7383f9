"""Encode an analysis and decisions about its passages: all JSON, case folding and columns, before any transaction."""

from collections.abc import Sequence
from typing import Final

from passagework.domain.analysis import FileAnalysis, PassageAnalysis, SameAudio
from passagework.domain.encoded_analysis import (
    EncodedAlbum,
    EncodedAnalysis,
    EncodedArtist,
    EncodedLinks,
    EncodedPassage,
    EncodedSong,
    EncodedTags,
    EncodedWork,
    Values,
)
from passagework.domain.json_text import write_spaced_json
from passagework.domain.json_text import write_spaced_unicode_json as _encode
from passagework.domain.links import CandidateRow, PassageLinks
from passagework.domain.music import AlbumPlace, Artist, SongSpan
from passagework.persistence.rows.analysis import AUDIO_OF, PASSAGE
from passagework.persistence.rows.evidence import encode_statements
from passagework.persistence.rows.flavor import flavor_row
from passagework.persistence.rows.packed import curves_row, fingerprint_row
from passagework.persistence.rows.passage_values import value_row
from passagework.persistence.rows.tag_rows import tag_row

STATE: Final = ("state", "reason", "doubt", "confidence", "weights", "retry_ns")
"""The columns of ``passage`` that a decision sets, without their prefix ``link_``."""

DESCRIBED: Final = ("title", "release_group", "date", "country", "labels", "media", "cover_art")
"""What is stated about an album: columns of ``album``."""

PLACE: Final = ("medium", "track")
CANDIDATE: Final = (
    *("recording", "title", "artists", "seconds", "confidence", "log_odds", "terms", "caps"),
    *("release", "album", "medium", "track"),
)


def encode_analysis(analysis: FileAnalysis, links: tuple[PassageLinks, ...] | None = None) -> EncodedAnalysis:
    """Encode an analysis; ``links`` are the decisions for its passages, in their order."""
    decided: tuple[PassageLinks | None, ...] = links or (None,) * len(analysis.passages)
    return EncodedAnalysis(
        analysis.path,
        analysis.stamp,
        analysis.duration,
        AUDIO_OF.values_of(analysis),
        _encode_warnings(analysis.warnings),
        tuple(tag_row(analysis.tags, analysis.path).values()),
        curves_row(analysis),
        tuple(map(_passage, analysis.passages, decided)),
    )


def encode_tags(found: SameAudio) -> EncodedTags:
    """Encode the tags of a file whose audio is known."""
    return EncodedTags(
        found.path,
        found.stamp,
        found.content_hash,
        found.audio_hash,
        _encode_warnings(found.warnings),
        found.parts,
        tuple(tag_row(found.tags, found.path).values()),
    )


def _encode_warnings(warnings: tuple[str, ...]) -> str | None:
    return write_spaced_json(warnings) if warnings else None


def encode_links(links: PassageLinks) -> EncodedLinks:
    """Encode the decision for one passage."""
    return EncodedLinks(
        (
            links.state.value,
            storable_text(links.reason),
            " ".join(sorted(links.doubts)) or None,
            links.confidence,
            links.weights,
            links.retry_ns,
        ),
        encode_statements((one.source, one.kind, one.value, one.strength) for one in links.evidence),
        tuple(map(_song, links.songs)),
        None if links.album is None else _album(links.album),
        tuple(map(_candidate, links.candidates)),
    )


def mbid_list(entities: Sequence[EncodedArtist | EncodedWork]) -> str | None:
    """Return the MBIDs of some entities as a JSON list, in order and each once; None if there are none."""
    return f"""["{'","'.join(dict.fromkeys([one.mbid for one in entities]))}"]""" if entities else None


def storable_text(words: str | None) -> str | None:
    """Return a text for people in a form that can be stored, whatever characters it contains."""
    return words.encode("utf-8", "backslashreplace").decode() if words else None


def _passage(passage: PassageAnalysis, links: PassageLinks | None) -> EncodedPassage:
    fingerprint, flavor = passage.fingerprint, passage.flavor
    return EncodedPassage(
        PASSAGE.values_of(passage),
        fingerprint_row(fingerprint) if fingerprint else None,
        flavor_row(flavor) if flavor else None,
        None if links is None else encode_links(links),
        passage.keeps,
        tuple(map(value_row, passage.values)),
    )


def _song(span: SongSpan) -> EncodedSong:
    song = span.song
    return EncodedSong(
        song.mbid,
        song.title or None,
        song.stated_ns,
        span.start,
        span.end,
        tuple(_artist(credit.artist) for credit in song.credits),
        tuple(
            EncodedWork(work.mbid, work.title or None, work.stated_ns, tuple(map(_artist, work.composers)))
            for work in song.works
        ),
        song.former,
    )


def _album(place: AlbumPlace) -> EncodedAlbum:
    album = place.album
    return EncodedAlbum(
        album.mbid,
        (
            album.title or None,
            album.release_group,
            album.date or None,
            album.country or None,
            _encode(album.labels) if album.labels else None,
            _encode(album.media) if album.media else None,
            None if album.cover_art is None else int(album.cover_art),
        ),
        album.stated_ns,
        (place.medium, place.track),
        tuple(map(_artist, album.artists)),
        album.former,
    )


def _artist(artist: Artist) -> EncodedArtist:
    return EncodedArtist(artist.mbid, artist.name or None, artist.stated_ns)


def _candidate(row: CandidateRow) -> Values:
    return (
        row.recording,
        row.title,
        _encode(row.artists),
        row.seconds,
        row.confidence,
        row.log_odds,
        _encode([(term.kind, term.value, term.weight, term.note) for term in row.terms]),
        _encode(row.caps),
        row.release,
        row.album,
        row.medium,
        row.track,
    )
