"""A hash of the settings that affect the results of an import."""

import hashlib
from collections.abc import Mapping
from typing import Final

from passagework.config.settings import Settings
from passagework.domain.json_text import read_json, write_sorted_json

_DECIDES: Final[Mapping[str, set[str] | bool]] = {
    "scan": {"include", "exclude", "follow_symlinks", "hidden", "video", "folders"},
    "analysis": {"true_peak", "fingerprint"},
    "flavor": True,
    "extensions": {"measures", "evidence"},
    "segmentation": True,
    "cues": True,
    "tags": True,
    "link": True,
    "identification": {"works"},
    "acoustid": {"enabled", "url"},
    "musicbrainz": {"enabled", "url", "path", "search"},
}


def effective_hash(settings: Settings) -> str:
    """Hash the values that affect results: BLAKE2b-128 over canonical JSON, 32 hexadecimal digits.

    Two runs over the same files with the same hash give the same results. Left out are values that affect only speed,
    safety, locations or output (library, workers, deadlines, batches, session, log), the name of the profile, whose
    values count, and the roots, which the run stores separately.
    """
    return hashlib.blake2b(deciding_text(settings).encode("ascii"), digest_size=16).hexdigest()


def deciding_text(settings: Settings) -> str:
    """Return the values that affect results, as canonical JSON."""
    return write_sorted_json(settings.model_dump(mode="json", include=dict(_DECIDES)))


def deciding_differences(one: str, other: str) -> list[str]:
    """Return the dotted keys that differ between two such texts, in order."""
    tables = [
        {(section, key): value for section, values in read_json(text).items() for key, value in values.items()}
        for text in (one, other)
    ]
    keys = sorted({*tables[0], *tables[1]})
    return [".".join(key) for key in keys if tables[0].get(key, tables) != tables[1].get(key, tables)]
