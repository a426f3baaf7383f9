"""What plays next, as JSON."""

from passagework.domain.playing import NextUp, in_seconds
from passagework.json_forms.document import path_json


def next_json(found: NextUp) -> dict[str, object]:
    """Return what was chosen, or why nothing was."""
    passage, fade, why = found.passage, found.crossfade, found.explanation
    return {
        "passage": None
        if passage is None
        else {
            "guid": passage.guid,
            **path_json(passage.path),
            "start_seconds": in_seconds(passage.start),
            "end_seconds": in_seconds(passage.end),
            "title": passage.title.name,
            "artists": [artist.name for artist in passage.artists],
            "album": passage.album.name,
        },
        "playable": found.playable,
        "resting": found.resting,
        "free_at": None if found.free_at is None else found.free_at.isoformat(),
        "is_resting": found.is_resting,
        "gain_db": found.gain_db,
        "distance": found.distance,
        "fresh": found.fresh,
        "crossfade": None
        if fade is None
        else {
            "overlap_seconds": in_seconds(fade.overlap),
            "begins_at_seconds": in_seconds(fade.begins_at),
            "after_seconds": in_seconds(fade.after),
            "gapless": fade.gapless,
        },
        "explanation": None
        if why is None
        else {
            "weight": why.weight,
            "share": why.share,
            "rest": why.rest,
            "factors": [
                {
                    "kind": one.kind.value,
                    "key": one.key,
                    "probability": one.probability,
                    "share": one.share,
                    "rest": one.rest,
                    "last_played": None if one.last is None else one.last.isoformat(),
                }
                for one in why.factors
            ],
        },
    }
