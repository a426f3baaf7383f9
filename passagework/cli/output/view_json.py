"""What the library says of a file or a passage, as JSON for scripts."""

from dataclasses import asdict

from passagework.domain.edits import Edited, OwnValue
from passagework.domain.files import display_path
from passagework.domain.links import CandidateRow
from passagework.domain.tags import Tags
from passagework.domain.views import FileView, Named, PassageView


def _named_json(named: Named) -> dict[str, str | None]:
    return {"name": named.name, "mbid": named.mbid, "set_by": "user" if named.set_by_user else None}


def _own_json(own: OwnValue) -> dict[str, object]:
    return {"subject": own.subject, "key": own.key, "field": own.field, "part": own.part, "value": own.value}


def edited_json(edited: Edited) -> dict[str, object]:
    """Give one value that was set or taken back."""
    return {
        "subject": edited.subject,
        "key": edited.key,
        "field": edited.field,
        "part": edited.part,
        "before": edited.before,
        "after": edited.after,
    }


def _candidate_json(candidate: CandidateRow) -> dict[str, object]:
    """Give what a passage may be; the terms sum up to ``log_odds``."""
    return {
        "recording": candidate.recording,
        "title": candidate.title,
        "artists": list(candidate.artists),
        "seconds": candidate.seconds,
        "confidence": candidate.confidence,
        "log_odds": candidate.log_odds,
        "terms": [[term.kind, term.value, term.weight, term.note] for term in candidate.terms],
        "caps": list(candidate.caps),
        "release": candidate.release,
        "album": candidate.album,
        "medium": candidate.medium,
        "track": candidate.track,
    }


def passage_json(passage: PassageView) -> dict[str, object]:
    """Give a passage; times are ticks.

    Names without an ``mbid`` come from the text of the tags, unless a person set them (``set_by``). ``own`` is all
    that people set of the passage and of its songs, artists, works and album.
    """
    loudness = passage.loudness
    return {
        "guid": passage.guid,
        "path": display_path(passage.path),
        "start": passage.start,
        "end": passage.end,
        "lead_in": passage.lead_in,
        "lead_out": passage.lead_out,
        "fade_in": passage.fade_in,
        "fade_out": passage.fade_out,
        "integrated_lufs": loudness.integrated,
        "range_lu": loudness.range,
        "true_peak_dbtp": loudness.true_peak,
        "fingerprint": passage.fingerprint,
        "state": passage.link_state,
        "title": _named_json(passage.title),
        "artists": [_named_json(artist) for artist in passage.artists],
        "album": _named_json(passage.album),
        "medium": passage.medium,
        "track": passage.track,
        "reason": passage.reason,
        "confidence": passage.confidence,
        "weights": passage.weights,
        "doubts": sorted(passage.doubts),
        "candidates": [_candidate_json(candidate) for candidate in passage.candidates],
        "evidence": [[e.source, e.kind, e.value] for e in passage.evidence],
        "own": [_own_json(own) for own in passage.own],
    }


def _tags_json(tags: Tags) -> dict[str, object]:
    """Give the normalised tags that are known, without the raw ones."""
    known = {name: value for name, value in asdict(tags).items() if name != "raw" and value not in (None, (), {})}
    known["replay_gain"] = {name: value for name, value in asdict(tags.replay_gain).items() if value is not None}
    return known


def file_json(file: FileView) -> dict[str, object]:
    """Give a file with its passages."""
    return {
        "guid": file.guid,
        "path": display_path(file.path),
        "state": file.state,
        "missing": file.missing,
        "failure": file.failure and {"code": file.failure.code, "reason": str(file.failure)},
        "warnings": list(file.warnings),
        "duration": file.duration,
        "samples": file.samples,
        "format": file.format
        and {
            "container": file.format.container,
            "codec": file.format.codec,
            "sample_rate": file.format.sample_rate,
            "channels": file.format.channels,
            "bit_rate": file.format.bit_rate,
        },
        "content_hash": file.content_hash and file.content_hash.hex(),
        "audio_hash": file.audio_hash and file.audio_hash.hex(),
        "tags": _tags_json(file.tags),
        "raw_tags": dict(file.tags.raw),
        "passages": [passage_json(passage) for passage in file.passages],
    }
