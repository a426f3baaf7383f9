"""What plays next, as JSON."""

from collections.abc import Mapping

from passagework.domain.playing import Factor, NextUp
from passagework.domain.units import Ticks, seconds
from passagework.domain.views import PassageView
from passagework.json_forms.document import path_json


def next_json(found: NextUp) -> dict[str, object]:
    """Return what was chosen, or why nothing was."""
    fade, why = found.crossfade, found.explanation
    return {
        "passage": None if found.passage is None else _passage(found.passage),
        "playable": found.playable,
        "resting": found.resting,
        "free_ns": found.free_ns,
        "is_resting": found.is_resting,
        "gain_db": found.gain_db,
        "distance": found.distance,
        "fresh": found.fresh,
        "crossfade": None
        if fade is None
        else {
            **_time("overlap", fade.overlap),
            **_time("begins_at", fade.begins_at),
            **_time("after", fade.after),
            "gapless": fade.gapless,
        },
        "explanation": None
        if why is None
        else {
            "weight": why.weight,
            "share": why.share,
            "rest": why.rest,
            "factor_items": [_factor(one) for one in why.factors],
        },
    }


def _passage(passage: PassageView) -> Mapping[str, object]:
    return {
        "guid": passage.guid,
        **path_json(passage.path),
        **_time("start", passage.start),
        **_time("end", passage.end),
        "title": passage.title.name,
        "artists": [artist.name for artist in passage.artists],
        "album": passage.album.name,
    }


def _factor(factor: Factor) -> Mapping[str, object]:
    return {
        "kind": factor.kind.value,
        "key": factor.key,
        "probability": factor.probability,
        "share": factor.share,
        "rest": factor.rest,
        "last_played_ns": factor.last_ns,
    }


def _time(name: str, ticks: Ticks) -> Mapping[str, object]:
    return {f"{name}_seconds": seconds(ticks), f"{name}_ticks": ticks}
