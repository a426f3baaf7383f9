"""Files and passages of the library as JSON for programs. docs/json.md describes each name."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Final

from passagework.domain.analysis import AudioFormat, Damage
from passagework.domain.cut_doubts import CutsInDoubt
from passagework.domain.edits import Edited, UserValue
from passagework.domain.evidence import Statement
from passagework.domain.extensions import PassageValue
from passagework.domain.files import FileStamp
from passagework.domain.flavor.values import Flavor
from passagework.domain.gains import PassageGains, gain_values
from passagework.domain.ids import Guid
from passagework.domain.links import CandidateRow, CandidateTerm
from passagework.domain.measured import Loudness, MeasuredColumn, PassageMeasures, measured_columns
from passagework.domain.tags import ReplayGain, Tags
from passagework.domain.units import TICKS_PER_SECOND, Ticks
from passagework.domain.views import FailedFile, FileView, HeldRelease, Named, PassageView
from passagework.json_forms.document import document, path_json
from passagework.json_forms.old_names import (
    old_candidate_names,
    old_file_names,
    old_gain_names,
    old_passage_names,
)

NOT_ASKED: Final[Mapping[Guid, PassageGains]] = MappingProxyType({})
"""Gains that a command does not show."""

NOT_HEARD: Final[Mapping[Guid, Flavor]] = MappingProxyType({})
"""Flavors that a command does not show."""

NO_VALUES: Final[Mapping[Guid, tuple[PassageValue, ...]]] = MappingProxyType({})
"""Values of extensions that a command does not show."""

_NOT_MEASURED: Final = Loudness(integrated=None, range=None, true_peak=None, sample_peak=None)


def passage_json(
    passage: PassageView,
    gains: PassageGains | None = None,
    flavor: Flavor | None = None,
    values: tuple[PassageValue, ...] | None = None,
) -> dict[str, object]:
    """Return a passage; ``gains`` None: they were not asked for. ``flavor``, ``values`` None: as well, or none.

    ``source`` says where a name comes from. ``own`` has all user values of the passage and of its songs, artists, works
    and album.
    """
    return {
        "guid": passage.guid,
        **path_json(passage.path),
        **_measured_json(measured_columns(PassageMeasures), passage),
        "playable": passage.playable,
        "not_playable_because": list(passage.not_playable_because),
        "fingerprint": passage.fingerprint,
        "state": passage.link_state,
        "reason": passage.reason,
        "confidence": passage.confidence,
        "weights": passage.weights,
        "doubts": sorted(passage.doubts),
        "retry_ns": passage.retry_ns,
        "title": _named_json(passage.title),
        "artists": _all_named_json(passage.artists),
        "works": _all_named_json(passage.works),
        "composers": _all_named_json(passage.composers),
        "album": _named_json(passage.album),
        "medium": passage.medium,
        "track": passage.track,
        "candidates": [_candidate_json(candidate) for candidate in passage.candidates],
        "evidence_items": [_evidence_json(evidence) for evidence in passage.evidence],
        "own": [_own_json(own) for own in passage.own],
        "album_group": passage.album_group,
        "gapless_with_next": passage.gapless_with_next,
        "gains": None if gains is None else dict(gain_values(gains)),
        "flavor": None if flavor is None else flavor_json(flavor),
        "extension_values": None if values is None else [_value_json(one) for one in values],
        **old_passage_names(passage),
    }


def _value_json(one: PassageValue) -> dict[str, object]:
    """Return what an extension says; ``measure`` null: a failure of all that it measures."""
    return {
        "extension": one.extension,
        "version": one.version,
        "measure": one.measure or None,
        "value": one.value,
        "failure": one.failure,
    }


def flavor_json(flavor: Flavor) -> dict[str, object]:
    """Return the musical character of a passage, without the vectors, which only comparisons read."""
    key, share = flavor.likeliest("key") or (None, None)
    return {
        "level": flavor.level,
        "version": flavor.version,
        "heard_seconds": flavor.seconds,
        "tempo_bpm": flavor.tempo,
        "key": key,
        "key_share": share,
        "shares": {name: dict(members) for name, members in flavor.groups},
        "patch_count": flavor.patches,
        "patch_gain_db": flavor.gain,
        "weights": flavor.weights,
    }


def file_json(
    file: FileView,
    gains: Mapping[Guid, PassageGains] = NOT_ASKED,
    flavors: Mapping[Guid, Flavor] = NOT_HEARD,
    values: Mapping[Guid, tuple[PassageValue, ...]] = NO_VALUES,
) -> dict[str, object]:
    """Return a file; each of its passages is a document. Values of the analysis are null before the first one."""
    return {
        "guid": file.guid,
        **path_json(file.path),
        "places": [path_json(place) for place in file.places],
        **_stamp_json(file.stamp),
        "state": file.state,
        "missing": file.missing,
        "excluded": file.excluded,
        "failure": file.failure and {"code": file.failure.code, "reason": str(file.failure)},
        "warnings": list(file.warnings),
        "attempts": file.attempts,
        "audio_format": file.format and _format_json(file.format),
        "duration_seconds": None if file.duration is None else file.duration / TICKS_PER_SECOND,
        "duration_ticks": file.duration,
        "samples": file.samples,
        **_measured_json(measured_columns(Loudness), file.loudness or _NOT_MEASURED),
        "damage": file.damage and _damage_json(file.damage),
        "doubtful_gaps": [
            {**ticks_json("start", gap.start), **ticks_json("end", gap.end)} for gap in file.doubtful_gaps
        ],
        "cut_by": file.cut_by,
        "held_release": file.held and _held_json(file.held),
        "content_hash": file.content_hash and file.content_hash.hex(),
        "audio_hash": file.audio_hash and file.audio_hash.hex(),
        "tags": _tags_json(file.tags),
        "raw_tags": {name: list(values) for name, values in file.tags.raw},
        "passages": [
            document(
                passage_json(passage, gains.get(passage.guid), flavors.get(passage.guid), values.get(passage.guid))
            )
            for passage in file.passages
        ],
        **old_file_names(file.duration),
    }


def cuts_in_doubt_json(file: CutsInDoubt) -> dict[str, object]:
    """Return a file whose cuts are in doubt, with the places where it may be cut, numbered from 1."""
    return {
        "guid": file.guid,
        **path_json(file.path),
        "reasons": list(file.reasons),
        "cut_by": file.cut_by,
        "score": file.score,
        "passage_count": file.passages,
        "candidates": [
            {
                "number": number,
                **ticks_json("start", gap.start),
                **ticks_json("end", gap.end),
                **ticks_json("cut_at", gap.middle),
            }
            for number, gap in enumerate(file.candidates, 1)
        ],
    }


def failed_file_json(file: FailedFile) -> dict[str, object]:
    """Return a file that could not be analysed."""
    return {**path_json(file.path), "code": file.failure.code, "reason": str(file.failure)}


def edited_json(edited: Edited) -> dict[str, object]:
    """Return one value that was set or cleared."""
    return {
        "subject": edited.subject,
        "key": edited.key,
        "field": edited.field,
        "part": edited.part,
        "before": edited.before,
        "after": edited.after,
    }


def _held_json(held: HeldRelease) -> dict[str, object]:
    return {
        "release_mbid": held.release,
        "title": held.title,
        "artist": held.artist,
        "date": held.date,
        "named_by": held.named_by,
        "tracks": held.tracks,
        "score": held.score,
        "matched": held.matched,
    }


def ticks_json(name: str, length: Ticks) -> dict[str, object]:
    """Return a total length in seconds and in ticks."""
    return {f"{name}_seconds": round(length / TICKS_PER_SECOND, 3), f"{name}_ticks": length}


def _measured_json(columns: Iterable[MeasuredColumn], value: object) -> dict[str, object]:
    """Return all measured values: a new one needs no change here."""
    return {name: found for column in columns for name, found in column.named(value).items()}


def _named_json(named: Named) -> dict[str, str | None]:
    by_user = "user" if named.set_by_user else None
    return {"name": named.name, "mbid": named.mbid, "set_by": by_user, "source": _source(named)}


def _source(named: Named) -> str | None:
    if named.from_file_name:
        return "file-name"
    if named.name is None:
        return None
    if named.set_by_user:
        return "user"
    return "tags" if named.mbid is None else "linked"


def _all_named_json(names: Iterable[Named]) -> list[dict[str, str | None]]:
    return [_named_json(named) for named in names]


def _own_json(own: UserValue) -> dict[str, object]:
    return {"subject": own.subject, "key": own.key, "field": own.field, "part": own.part, "value": own.value}


def _evidence_json(evidence: Statement) -> dict[str, object]:
    return {
        "source": evidence.source,
        "kind": evidence.kind,
        "value": evidence.value,
        "strength": evidence.strength,
    }


def _candidate_json(candidate: CandidateRow) -> dict[str, object]:
    """Return a candidate; the terms, each times its weight, sum up to ``log_odds``."""
    return {
        "recording": candidate.recording,
        "title": candidate.title,
        "artists": list(candidate.artists),
        "duration_seconds": candidate.seconds,
        "confidence": candidate.confidence,
        "log_odds": candidate.log_odds,
        "term_items": [_term_json(term) for term in candidate.terms],
        "caps": list(candidate.caps),
        "release": candidate.release,
        "album": candidate.album,
        "medium": candidate.medium,
        "track": candidate.track,
        **old_candidate_names(candidate),
    }


def _term_json(term: CandidateTerm) -> dict[str, object]:
    return {"kind": term.kind, "value": term.value, "weight": term.weight, "note": term.note}


def _stamp_json(stamp: FileStamp) -> dict[str, object]:
    return {"size_bytes": stamp.size, "modified_ns": stamp.mtime_ns}


def _format_json(found: AudioFormat) -> dict[str, object]:
    return {
        "container": found.container,
        "codec": found.codec,
        "sample_rate_hz": found.sample_rate,
        "channels": found.channels,
        "bit_rate_bps": found.bit_rate,
        "decoder": found.decoder,
    }


def _damage_json(damage: Damage) -> dict[str, object]:
    return {
        "bad_packets": damage.bad_packets,
        "missing_samples": damage.missing_samples,
        "invalid_samples": damage.invalid_samples,
    }


def _tags_json(tags: Tags) -> dict[str, object]:
    """Return the normalised tags that are known, without the raw ones."""
    left_out = {"raw", "replay_gain"}
    known = {
        name: value
        for name, value in asdict(tags).items()
        if name not in left_out and value is not None and value != ()
    }
    return {**known, "replay_gain": _replay_gain_json(tags.replay_gain)}


def _replay_gain_json(found: ReplayGain) -> dict[str, float]:
    """Return the gains in dB, and the peaks as amplitudes, which have no unit."""
    known = {name: value for name, value in asdict(found).items() if value is not None}
    return {
        (f"{name}_db" if name.endswith("_gain") else name): value for name, value in known.items()
    } | old_gain_names(found)
