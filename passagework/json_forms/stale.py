"""What is stale, for programs. docs/json.md describes each name."""

from passagework.domain.views import Stale
from passagework.json_forms.views import ticks_json


def stale_json(stale: Stale) -> dict[str, object]:
    """Return what was made by older versions or with other settings, and what redoing it takes."""
    return {
        "stale": [
            {
                "part": one.part,
                "reason": one.reason,
                "settings": list(one.settings),
                "files": one.files,
                **ticks_json("audio", one.audio),
            }
            for one in stale.items
        ],
        "stale_work": [
            {"redone_from": one.redone_from, "files": one.files, **ticks_json("audio", one.audio)} for one in stale.work
        ],
        "stale_seconds": None if stale.seconds is None else round(stale.seconds, 3),
    }
