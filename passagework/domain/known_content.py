"""What the library knows of the content of a file, so that what has not changed is not done again."""

from dataclasses import dataclass

from passagework.domain.ids import Guid


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownContent:
    """The content of a file at its last analysis, which is still good for the same audio.

    ``path`` is where the library has the file: another path than that of a job that finds out whether it was moved.
    ``parts`` is what makes the file when its tags are read again, as it is stored; None: that is not known.
    ``sheet_hash``, ``pieces_hash`` and ``given_cuts`` are those of its last analysis.
    ``warnings`` are the codes of those of the last analysis, ``passages`` the number of its passages.
    """

    guid: Guid
    path: bytes
    size: int
    content_hash: bytes
    audio_hash: bytes
    parts: str | None = None
    warnings: tuple[str, ...] = ()
    passages: int = 0
    sheet_hash: bytes | None = None
    pieces_hash: bytes | None = None
    given_cuts: str | None = None
