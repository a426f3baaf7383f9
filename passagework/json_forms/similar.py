"""What is like some passages, for programs."""

from collections.abc import Sequence

from passagework.domain.flavor.similar import Similar
from passagework.json_forms.document import path_json


def similar_json(seeds: Sequence[str], found: Sequence[Similar]) -> dict[str, object]:
    """Return what is like some passages."""
    return {"passages": list(seeds), "similar_items": [_similar_json(each) for each in found]}


def _similar_json(each: Similar) -> dict[str, object]:
    passage = each.passage
    return {
        "guid": passage.guid,
        **path_json(passage.path),
        "title": passage.title.name,
        "artists": [artist.name for artist in passage.artists],
        "album": passage.album.name,
        "proximity": each.proximity,
        "by_nets": each.by_nets,
        "alike": list(each.agreement.alike),
        "unlike": list(each.agreement.unlike),
    }
