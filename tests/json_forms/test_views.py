"""Every field of a view under its own name in JSON, with all-distinct values: a swap, or one that is dropped, shows."""

import json
from dataclasses import asdict

import pytest

from passagework.cli.commands.export_mysql import exported_json
from passagework.domain.edits import Edited
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.gains import PassageGains
from passagework.domain.progress import RunReport
from passagework.domain.tags import Tags
from passagework.domain.undo import Undone
from passagework.domain.units import TICKS_PER_SECOND
from passagework.domain.views import FileView, LibraryStatus, PassageView
from passagework.domain.writer_statistics import WriterStatistics
from passagework.export.mysql.export import Exported
from passagework.json_forms.report import report_json
from passagework.json_forms.status import status_json
from passagework.json_forms.views import edited_json, file_json, flavor_json, passage_json
from passagework.json_forms.writer import statistics_json
from tests.support.distinct import Distinct, leaves, values_of_extensions


def same(value):
    return value


def as_seconds(ticks):
    return ticks / TICKS_PER_SECOND


def to_the_millisecond(ticks):
    return round(ticks / TICKS_PER_SECOND, 3)


def set_by(set_by_user):
    return "user" if set_by_user else None


def source(from_file_name):
    """Give the source of a name that is set by nobody and has an MBID."""
    return "file-name" if from_file_name else "linked"


def time(name):
    """A time: in seconds, in ticks, and (of format 1) in ticks under a name without a unit."""
    return {f"{name}_seconds": as_seconds, f"{name}_ticks": same, name: same}


def equal(prefix, *names):
    return {f"{prefix}.{name}": {f"{prefix}.{name}": same} for name in names}


def named(name):
    return {f"{name}.name": {f"{name}.name": same}, f"{name}.mbid": {f"{name}.mbid": same}} | {
        f"{name}.set_by_user": {f"{name}.set_by": set_by},
        f"{name}.from_file_name": {f"{name}.source": source},
    }


PASSAGE = {
    "guid": {"guid": same},
    "path": {"path": lambda path: path.decode("utf-8", "backslashreplace"), "path_hex": bytes.hex},
    "start": time("start"),
    "end": time("end"),
    "lead_in": time("lead_in"),
    "lead_out": time("lead_out"),
    "fade_in": time("fade_in"),
    "fade_out": time("fade_out"),
    "loudness.integrated": {"loudness_lufs": same, "integrated_lufs": same},
    "loudness.range": {"loudness_range_lu": same, "range_lu": same},
    "loudness.true_peak": {"true_peak_dbtp": same},
    "loudness.sample_peak": {"sample_peak_dbfs": same},
    "stored_fingerprint": {"fingerprint": same},
    "link_state": {"state": same},
    "reason": {"reason": same},
    "confidence": {"confidence": same},
    "weights": {"weights": same},
    "doubts": {"doubts": sorted},
    "retry_ns": {"retry_ns": same},
    "not_playable_because": {"not_playable_because": list, "playable": lambda reasons: not reasons},
    **named("title"),
    **named("artists[]"),
    **named("works[]"),
    **named("composers[]"),
    **named("album"),
    "medium": {"medium": same},
    "track": {"track": same},
    "album_group": {"album_group": same},
    "gapless_with_next": {"gapless_with_next": same},
    **equal("candidates[]", "recording", "title", "confidence", "log_odds", "release", "album", "medium", "track"),
    "candidates[].artists": {"candidates[].artists": list},
    "candidates[].caps": {"candidates[].caps": list},
    "candidates[].seconds": {"candidates[].duration_seconds": same, "candidates[].seconds": same},
    "candidates[].terms[].kind": {"candidates[].term_items[].kind": same, "candidates[].terms[].0": same},
    "candidates[].terms[].value": {"candidates[].term_items[].value": same, "candidates[].terms[].1": same},
    "candidates[].terms[].weight": {"candidates[].term_items[].weight": same, "candidates[].terms[].2": same},
    "candidates[].terms[].note": {"candidates[].term_items[].note": same, "candidates[].terms[].3": same},
    "evidence[].source": {"evidence_items[].source": same, "evidence[].0": same},
    "evidence[].kind": {"evidence_items[].kind": same, "evidence[].1": same},
    "evidence[].value": {"evidence_items[].value": same, "evidence[].2": same},
    "evidence[].strength": {"evidence_items[].strength": same},
    **equal("own[]", "subject", "key", "field", "part", "value"),
}

GAINS = {
    "track.integrated": {
        "replaygain_track_gain_db": lambda lufs: -18.0 - lufs,
        "r128_track_gain_q78": lambda lufs: round(256 * (-23.0 - lufs)),
    },
    "track.true_peak": {"replaygain_track_peak": lambda level: 10 ** (level / 20)},
    "album.integrated": {
        "album_loudness_lufs": same,
        "replaygain_album_gain_db": lambda lufs: -18.0 - lufs,
        "r128_album_gain_q78": lambda lufs: round(256 * (-23.0 - lufs)),
    },
    "album.true_peak": {"album_true_peak_dbtp": same, "replaygain_album_peak": lambda level: 10 ** (level / 20)},
    "album.sample_peak": {"album_sample_peak_dbfs": same},
    "disc.integrated": {"disc_loudness_lufs": same},
    "disc.true_peak": {"disc_true_peak_dbtp": same},
    "disc.sample_peak": {"disc_sample_peak_dbfs": same},
}

FLAVOR = {
    **{name: {name: same} for name in ("level", "version", "weights")},
    "groups": {
        "shares": lambda groups: {name: dict(members) for name, members in groups},
        # These values have no such characteristic.
        **dict.fromkeys(("key", "key_share"), lambda _groups: None),
    },
    "seconds": {"heard_seconds": same},
    "tempo": {"tempo_bpm": same},
    "patches": {"patch_count": same},
    "gain": {"patch_gain_db": same},
}

_GAINS = ("track_gain", "album_gain", "r128_track_gain", "r128_album_gain")
_TAGS = [name for name in Tags.__dataclass_fields__ if name not in {"raw", "replay_gain"}]

FILE = {
    "guid": {"guid": same},
    "path": PASSAGE["path"],
    **{
        f"doubtful_gaps[].{edge}": {
            f"doubtful_gaps[].{edge}_seconds": to_the_millisecond,
            f"doubtful_gaps[].{edge}_ticks": same,
        }
        for edge in ("start", "end")
    },
    "places[]": {
        "places[].path": lambda path: path.decode("utf-8", "backslashreplace"),
        "places[].path_hex": lambda path: None if path.isascii() else path.hex(),
    },
    "stamp.size": {"size_bytes": same},
    "stamp.mtime_ns": {"modified_ns": same},
    "state": {"state": same},
    "missing": {"missing": same},
    "excluded": {"excluded": same},
    "failure.code": {"failure.code": same},
    "failure": {"failure.reason": str},
    "warnings": {"warnings": list},
    "attempts": {"attempts": same},
    "cut_by": {"cut_by": same},
    "held.release": {"held_release.release_mbid": same},
    **{
        f"held.{name}": {f"held_release.{name}": same}
        for name in ("title", "artist", "date", "named_by", "tracks", "score", "matched")
    },
    "format.container": {"audio_format.container": same},
    "format.codec": {"audio_format.codec": same},
    "format.sample_rate": {"audio_format.sample_rate_hz": same},
    "format.channels": {"audio_format.channels": same},
    "format.bit_rate": {"audio_format.bit_rate_bps": same},
    "format.decoder": {"audio_format.decoder": same},
    "duration": time("duration"),
    "samples": {"samples": same},
    "content_hash": {"content_hash": bytes.hex},
    "audio_hash": {"audio_hash": bytes.hex},
    "loudness.integrated": {"loudness_lufs": same},
    "loudness.range": {"loudness_range_lu": same},
    "loudness.true_peak": {"true_peak_dbtp": same},
    "loudness.sample_peak": {"sample_peak_dbfs": same},
    "damage.bad_packets": {"damage.bad_packets": same},
    "damage.missing_samples": {"damage.missing_samples": same},
    "damage.invalid_samples": {"damage.invalid_samples": same},
    **{f"tags.{name}": {f"tags.{name}": lambda tag: list(tag) if isinstance(tag, tuple) else tag} for name in _TAGS},
    **{
        f"tags.replay_gain.{name}": {f"tags.replay_gain.{name}_db": same, f"tags.replay_gain.{name}": same}
        for name in _GAINS
    },
    **equal("tags.replay_gain", "track_peak", "album_peak"),
    "tags.raw": {"raw_tags": lambda raw: {name: list(values) for name, values in raw}},
    **{f"passages[].{field}": {f"passages[].{name}": how for name, how in to.items()} for field, to in PASSAGE.items()},
}

OPTIONAL = {*_TAGS, *(f"{name}_db" for name in _GAINS), *_GAINS, "track_peak", "album_peak"}
"""Tags stand there as far as they are known."""

STATISTICS = {
    **{name: {name: same} for name in ("transactions", "messages", "rows", "rejected", "replayed", "unavailable")},
    **{name: {name: same} for name in ("queue", "queue_largest")},
    "retries": {"retries": dict},
    "messages_per_transaction": {"messages_per_transaction": asdict},
    "rows_per_transaction": {"rows_per_transaction": asdict},
    "waits": {"waits_seconds": asdict, "waits": asdict},
    "holds": {"holds_seconds": asdict, "holds": asdict},
    "reads": {"reads_seconds": asdict, "reads": asdict},
    "checkpoints": {"checkpoints_seconds": asdict, "checkpoints": asdict},
    "oldest_wait": {"oldest_wait_seconds": same, "oldest_wait": same},
    "wal_bytes": {"wal_bytes": same, "log_bytes": same},
    "wal_bytes_largest": {"wal_bytes_largest": same, "log_bytes_largest": same},
    "wal_held_by": {"wal_held_by": same, "log_held_by": same},
}

PUT_OFF = {f"put_off[].{name}": {f"waiting[].{name}": same} for name in ("passages", "reason", "until_ns")}

STALE = {
    **{f"stale.items[].{name}": {f"stale[].{name}": same} for name in ("part", "reason", "files")},
    "stale.items[].settings": {"stale[].settings": list},
    "stale.items[].audio": {"stale[].audio_seconds": to_the_millisecond, "stale[].audio_ticks": same},
    **{f"stale.work[].{name}": {f"stale_work[].{name}": same} for name in ("redone_from", "files")},
    "stale.work[].audio": {"stale_work[].audio_seconds": to_the_millisecond, "stale_work[].audio_ticks": same},
    "stale.seconds": {"stale_seconds": same},
}

STATUS = {
    **PUT_OFF,
    **{name: {name: same} for name in ("guid", "schema_version", "missing", "excluded", "passages")},
    "bytes": {"size_bytes": same, "bytes": same},
    "file_states": {"files": dict},
    "link_states": {"links": dict},
    "rows": {"rows": dict},
    "audio": {"audio_seconds": to_the_millisecond, "audio_ticks": same},
    "last_run.state": {"last_run": same},
    "last_run.id": {"last_run_id": same},
    "last_run.guid": {"last_run_guid": same},
    "last_run.started_ns": {"last_run_started_ns": same},
    "last_run.ended_ns": {"last_run_ended_ns": same},
    "last_run.undone_ns": {"last_run_undone_ns": same},
    "last_run.accounts": {"last_run_writes": lambda found: json.loads(json.dumps(statistics_json(found)))},
}

REPORT = {
    "ending": {"state": same},
    "error": {"error": same},
    "new_failures": {"new_failures": same},
    "summary.run.id": {"run": same},
    "summary.analysed": {"analysed": same},
    "summary.failed[].path": {f"failed[].{name}": how for name, how in PASSAGE["path"].items()},
    "summary.failed[].failure.code": {"failed[].code": same},
    "summary.failed[].failure": {"failed[].reason": str},
    "summary.failed[].new": {"failed[].new": same},
    "summary.tags_read": {"tags_read": same},
    "summary.run.found": {"found": dict},
    "summary.missing": {"missing": same},
    "summary.excluded": {"excluded": same},
    "summary.passages": {"passages": same},
    "summary.audio": {"audio_seconds": to_the_millisecond, "audio_ticks": same},
    "summary.link_states": {"links": dict},
    "summary.warnings": {"warnings": dict},
    "progress.files_unchanged": {"unchanged": same},
    "progress.files_failed_before": {"failed_before": same},
    "progress.files_ignored": {"ignored": same},
    "progress.files_moved": {"moved": same},
    "progress.files_redone": {"redone_from_library": same},
    "progress.elapsed_seconds": {"elapsed_seconds": same},
    "problems[].path": {f"problems[].{name}": how for name, how in PASSAGE["path"].items()},
    "problems[].code": {"problems[].code": same},
    "problems[].detail": {"problems[].detail": same},
    **STALE,
    **PUT_OFF,
}

EDITED = {name: {name: same} for name in Edited.__dataclass_fields__}
UNDONE = {name: {name: same} for name in Undone.__dataclass_fields__}

EXPORTED = {
    "tables": {"tables": lambda tables: {name: asdict(content) for name, content in tables.items()}},
    "sent": {"sent": list},
    "unchanged": {"unchanged": list},
    "seconds_sending": {"sending_seconds": same, "seconds_sending": same},
    "seconds_verifying": {"verifying_seconds": same, "seconds_verifying": same},
    "interruptions": {"interruptions": same},
}

LEFT_OUT = {
    "state": "the ending says it, and more",
    "summary.run": "of the run, the number is enough to ask for the rest",
    "progress": "of interest while it runs",
    "last_run.config_hash": "of interest to imports",
    "last_run.changed": "the account of the run has it",
    "last_run.folded": "a last run stands for no others",
    "last_run.folded_since_ns": "a last run stands for no others",
    "last_run.has_findings": "the account of the run has them",
    "last_run.found": "the account of the run has it",
    "last_run.roots": "the settings of the import name them",
    "last_run.files_seen": "the report of the import has it",
    "last_run.files_unchanged": "the report of the import has it",
    "stamp.device": "a hint for the scanner, which the next mount may change",
    "stamp.ctime_ns": "a hint for the scanner, which the next copy may change",
    "stamp.inode": "a hint for the scanner, which the next copy may change",
    "evidence[].passage": "it is the passage that it stands with",
    **dict.fromkeys(("timbre", "rhythm", "embedding"), "only comparisons read it"),
    "track.sample_peak": "it is among the measured values, and counts where there is no true peak",
    "passages[].evidence[].passage": "it is the passage that it stands with",
}


def everything(value, path):
    """Give all values at a path of attributes, or of keys, in which ``[]`` stands for each element.

    What is not there has nothing in it either.
    """
    found = [value]
    for step in path.split("."):
        name = step.removesuffix("[]")
        found = [one if one is None else at(one, name) for one in found]
        if step.endswith("[]"):
            found = [part for one in found for part in one]
    return found


def at(value, name):
    if isinstance(value, dict):
        return value.get(name) if name in OPTIONAL else value[name]
    return value[int(name)] if name.isdigit() else getattr(value, name)


def pattern(path):
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def names_in(document, path=""):
    if isinstance(document, dict):
        for name, value in document.items():
            yield from names_in(value, f"{path}.{name}")
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        yield from names_in(document[0], f"{path}[]")
    else:
        yield path.removeprefix(".")


def gains_json(gains):
    return passage_json(Distinct().of(PassageView), gains)["gains"]


VIEWS = [
    (PassageView, passage_json, PASSAGE),
    (PassageGains, gains_json, GAINS),
    (Flavor, flavor_json, FLAVOR),
    (FileView, file_json, FILE),
    (WriterStatistics, statistics_json, STATISTICS),
    (LibraryStatus, lambda found: status_json(found, None), STATUS),
    (RunReport, report_json, REPORT),
    (Edited, edited_json, EDITED),
    (Undone, asdict, UNDONE),
    (Exported, exported_json, EXPORTED),
]
IDS = [view[0].__name__ for view in VIEWS]


@pytest.mark.parametrize("values", [Distinct(0), Distinct(1), Distinct(absent=True)], ids=["", "others", "absent"])
@pytest.mark.parametrize(("kind", "as_json", "names"), VIEWS, ids=IDS)
def test_every_value_of_a_view_stands_under_its_own_names(kind, as_json, names, values):
    view = values.of(kind)
    document = json.loads(json.dumps(as_json(view)))
    for field, places in names.items():
        for place, how in places.items():
            expected = [None if value is None else how(value) for value in everything(view, field)]
            assert everything(document, place) == expected, (field, place)


@pytest.mark.parametrize(("kind", "as_json", "names"), VIEWS, ids=IDS)
def test_no_field_of_a_view_is_forgotten_and_no_name_says_something_else(kind, as_json, names):
    view = Distinct().of(kind)
    for path, _value in leaves(view):
        field = pattern(path)
        assert any(field == one or field.startswith((f"{one}.", f"{one}[")) for one in (*names, *LEFT_OUT)), field
    known = {place for places in names.values() for place in places}
    for name in names_in(as_json(view)):
        by_the_schema = (
            name.endswith(("evidence", "terms", "format", "gains", "flavor", "extension_values")) or name == "writer"
        )
        assert by_the_schema or any(name == place or name.startswith(f"{place}.") for place in known), name


def test_what_extensions_say_of_a_passage_stands_under_its_own_names():
    values = values_of_extensions(16)
    document = passage_json(Distinct().of(PassageView), values=values)["extension_values"]
    crest = {"extension": "crest16", "version": "1.16"}
    assert document == [
        {**crest, "measure": "crest_db", "value": 1.0, "failure": None},
        {**crest, "measure": "dynamics", "value": "wide 16", "failure": None},
        {
            "extension": "nothing16",
            "version": "2.16",
            "measure": None,
            "value": None,
            "failure": "it crashed 16 times",
        },
    ]


def test_a_flavor_says_the_likeliest_key_with_its_share():
    shares = (
        ("mode", (("major", 0.9), ("minor", 0.1))),
        ("key", (("C major", 0.3), ("A minor", 0.5), ("D minor", 0.2))),
    )
    document = flavor_json(Flavor(level=FlavorLevel.BASIC, groups=shares, seconds=1.0))
    assert (document["key"], document["key_share"]) == ("A minor", 0.5)
