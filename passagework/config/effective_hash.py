"""A hash of the settings that affect the results of an import."""

import hashlib
from collections.abc import Mapping
from typing import Final

from passagework.config.settings import Settings
from passagework.domain.json_text import write_sorted_json

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
    deciding = settings.model_dump(mode="json", include=dict(_DECIDES))
    canonical = write_sorted_json(deciding)
    return hashlib.blake2b(canonical.encode("ascii"), digest_size=16).hexdigest()
