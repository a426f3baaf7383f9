"""What can be asked, and which data are requested."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Which services can be asked: none, one, or both.

    ``search``: the MusicBrainz server has a search (a mirror may not). ``works``: request works and composers also for
    loose tracks.
    """

    acoustid: bool = True
    musicbrainz: bool = True
    search: bool = True
    works: bool = True

    @property
    def can_ask(self) -> bool:
        """Return whether there is any service."""
        return self.acoustid or self.musicbrainz
