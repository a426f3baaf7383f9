"""The comments of each link of a chained Ogg file."""

from collections.abc import Iterable
from io import BytesIO
from typing import BinaryIO, Final

from mutagen._util import MutagenError
from mutagen._vorbis import VComment
from mutagen.ogg import OggPage

from passagework.audio.tags.normalise import normalise
from passagework.audio.tags.vorbis import sort_comments
from passagework.domain.analysis_rules import TagRules
from passagework.domain.tags import Tags

_WINDOW: Final = 1 << 18
"""Bytes at the beginning of a link: comments and a small picture."""

_MOST_PAGES: Final = 64

_COMMENTS: Final = {b"\1vorbis": (7, True), b"OpusHead": (8, False), b"\x7fFLAC": (4, False), b"Speex   ": (0, False)}
"""How streams of audio begin: the bytes before their comments, and whether a bit stands behind them."""


def read_link(file: BinaryIO, begin: int, end: int, rules: TagRules) -> Tags:
    """Read the comments of the first audio stream of a link; none where they cannot be read."""
    file.seek(begin)
    window = BytesIO(file.read(min(end - begin, _WINDOW)))
    try:
        return normalise([sort_comments(_comments(window), 0)], rules)
    except (MutagenError, EOFError, ValueError, IndexError):
        return Tags()


def _comments(window: BytesIO) -> Iterable[tuple[str, str]]:
    pages: list[OggPage] = []
    layout: tuple[int, bool] | None = None
    serial = None
    for _ in range(_MOST_PAGES):
        page = OggPage(window)
        if layout is None and page.first:
            layout = next((found for magic, found in _COMMENTS.items() if page.packets[0].startswith(magic)), None)
            serial = page.serial
            continue
        if layout is None or page.serial != serial:
            continue
        pages.append(page)
        if page.complete or len(page.packets) > 1:
            skip, framing = layout
            return list(VComment(OggPage.to_packets(pages)[0][skip:], errors="replace", framing=framing))
    return []
