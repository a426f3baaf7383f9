"""How folders are followed, for programs."""

from passagework.domain.following import FollowingChanged
from passagework.json_forms.document import path_json


def following_json(event: FollowingChanged) -> dict[str, object]:
    """Return how a folder is followed."""
    return {**path_json(event.folder), "way": event.way.value, "reason": event.reason}
