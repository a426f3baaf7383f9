"""One short name for the settings that decide what an import finds."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from passagework.config.settings import Settings

_DECIDES: Final[Mapping[str, set[str] | bool]] = {
    "scan": {"include", "exclude", "follow_symlinks", "hidden"},
    "analysis": {"true_peak", "fingerprint"},
    "segmentation": True,
    "cues": True,
    "link": True,
    "identification": {"works"},
    "acoustid": {"enabled", "url"},
    "musicbrainz": {"enabled", "url", "path", "search"},
}


def effective_hash(settings: Settings) -> str:
    """Hash the values that decide results: BLAKE2b-128 over canonical JSON, 32 hexadecimal digits.

    Two runs over the same files with the same hash find the same. What only decides speed, safety, places or words
    (library, workers, deadlines, batches, session, log) is left out, so is the name of the profile, whose values
    count, and so are the roots, which stand in the run beside the hash.
    """
    deciding = settings.model_dump(mode="json", include=dict(_DECIDES))
    canonical = json.dumps(deciding, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(canonical.encode("ascii"), digest_size=16).hexdigest()
