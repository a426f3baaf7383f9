"""The statements about one passage before any service is asked, by kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from passagework.domain.evidence import Statement
from passagework.domain.ids import Guid, Mbid

_OF_ONE_PASSAGE: Final = frozenset({"recording", "release-track", "title", "track"})
"""Kinds that, stated about a file of several passages, apply to none of them."""


@dataclass(frozen=True, slots=True)
class Stated:
    """The statements of all sources about one passage. Unknown is None or an empty tuple.

    If statements contradict each other, the first counts; ``recordings`` keeps all, in order. ``named_by`` names the
    source of the first of them ("the tags name"), or without recordings, of any other MBID.
    """

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    track_number: int | None = None
    disc_number: int | None = None
    recordings: tuple[Mbid, ...] = ()
    release_track: Mbid | None = None
    release: Mbid | None = None
    release_group: Mbid | None = None
    named_by: str = "the tags name"


def stated_about(passage: Guid | None, statements: Iterable[Statement], *, only: bool) -> Stated:
    """Return the statements about a passage; None: those about each passage of a file.

    ``only``: its file has no other passage. In a file of several passages, a statement about the file applies to each
    passage only if its kind holds for all: artists, the album, the disc, the ids of the release.
    """
    mbids: dict[str, list[Mbid]] = {}
    texts: dict[str, list[str]] = {}
    recording_named_by = something_named_by = None
    for one in statements:
        kind = one.kind
        if one.passage is None:
            if not only and kind in _OF_ONE_PASSAGE:
                continue
        elif one.passage != passage:
            continue
        named_by = one.named_by
        if named_by is None:
            texts.setdefault(kind, []).append(one.value)
            continue
        mbids.setdefault(kind, []).append(Mbid(one.value))
        something_named_by = something_named_by or named_by
        if kind == "recording":
            recording_named_by = recording_named_by or named_by
    return Stated(
        texts.get("title", _NONE)[0],
        tuple(dict.fromkeys(texts.get("artist", ()))),
        texts.get("album", _NONE)[0],
        _number(texts.get("track", _NONE)[0]),
        _number(texts.get("disc", _NONE)[0]),
        tuple(dict.fromkeys(mbids.get("recording", ()))),
        mbids.get("release-track", _NONE)[0],
        mbids.get("album", _NONE)[0],
        mbids.get("release-group", _NONE)[0],
        recording_named_by or something_named_by or "",
    )


_NONE: Final[Sequence[None]] = (None,)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None
