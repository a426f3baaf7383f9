"""What the tags of a file state."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.tags import Tags

_T = TypeVar("_T")

_WORK_TITLE_KEYS = frozenset({"work", "wm/work", "\N{COPYRIGHT SIGN}wrk"})
"""Vorbis, APE and TXXX:WORK as Picard writes them; ASF; the atom of MP4."""


def tag_statements(tags: Tags) -> tuple[Statement, ...]:
    """List what tags state, each statement once, in a fixed order: MBIDs first."""
    mbids: tuple[tuple[str, tuple[str | None, ...]], ...] = (
        ("recording", tags.recording_ids),
        ("release-track", (tags.release_track_id,)),
        ("artist", tags.artist_ids),
        ("work", tags.work_ids),
        ("album", (tags.release_id,)),
        ("release-group", (tags.release_group_id,)),
        ("album-artist", tags.album_artist_ids),
    )
    texts: tuple[tuple[str, tuple[str | int | None, ...]], ...] = (
        ("title", (tags.title,)),
        ("artist", (tags.artist_credit, *tags.artists)),
        ("work", work_titles(tags)),
        ("composer", tags.composers),
        ("album", (tags.album,)),
        ("album-artist", (tags.album_artist_credit, *tags.album_artists)),
        ("disc", (tags.disc_number,)),
        ("track", (tags.track_number,)),
        ("date", (tags.date,)),
        ("isrc", tags.isrcs),
        ("acoustid", (tags.acoustid_id,)),
    )
    return tuple(
        [
            Statement(source, kind, str(value))
            for source, statements in ((EvidenceSource.TAG_MBID, mbids), (EvidenceSource.TAG_TEXT, texts))
            for kind, values in statements
            for value in (values if len(values) < 2 else unique(values))  # noqa: PLR2004 - one value repeats nothing
            if value is not None
        ]
    )


def work_titles(tags: Tags) -> tuple[str, ...]:
    """Find the work titles among the raw tags, whose keys may carry a prefix ("TXXX:WORK")."""
    return unique([value for key, values in tags.raw if _is_work_title(key) for value in values])


# The files of a library have the same keys, and each has some twenty.
@lru_cache(maxsize=1024)
def _is_work_title(key: str) -> bool:
    return key.rpartition(":")[2].casefold() in _WORK_TITLE_KEYS


def unique(values: Iterable[_T]) -> tuple[_T, ...]:
    """Drop repetitions and keep the order."""
    return tuple(dict.fromkeys(values))
