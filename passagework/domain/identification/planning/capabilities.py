"""What can be asked at all, and what is wanted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Which services can be asked: none, one, or both.

    ``search``: the MusicBrainz server searches (a mirror may not). ``works``: works and composers are wanted also for
    loose tracks.
    """

    acoustid: bool = True
    musicbrainz: bool = True
    search: bool = True
    works: bool = True

    @property
    def can_ask(self) -> bool:
        """Say whether there is a service at all."""
        return self.acoustid or self.musicbrainz
