"""What is there more than once, for programs."""

from passagework.domain.duplicates import Copy, Duplicates
from passagework.json_forms.document import path_json


def duplicates_json(group: Duplicates) -> dict[str, object]:
    """Return one group."""
    return {
        "sameness": group.sameness,
        "key": group.key,
        "copies": [_copy_json(copy) for copy in group.copies],
    }


def _copy_json(copy: Copy) -> dict[str, object]:
    return {
        "guid": copy.guid,
        **path_json(copy.path),
        "title": copy.title,
        "artists": copy.artists,
        "codec": copy.codec,
        "lossless": copy.lossless,
        "sample_rate_hz": copy.sample_rate,
        "bit_rate_bps": copy.bit_rate,
        "bad_packets": copy.bad_packets,
        "missing_samples": copy.missing_samples,
    }
