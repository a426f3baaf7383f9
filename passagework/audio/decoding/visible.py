"""What of a file its decoder and the readers of its tags see."""

from dataclasses import dataclass, replace

from passagework.audio.decoding.data_chunk import extent_of_chunk
from passagework.audio.decoding.extent import AS_IT_IS
from passagework.audio.decoding.ogg_links import Link, links_of
from passagework.audio.decoding.tag_cover import cover_tags
from passagework.audio.decoding.tail import extent_of_stream
from passagework.audio.measure.hashing import Cover
from passagework.audio.sniff import Sniffed
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.domain.failures import WarningCode


@dataclass(frozen=True, slots=True)
class Visible:
    """What the decoder sees, what is wrong with the rest, and the links of a chained Ogg file (none if it is not)."""

    cover: Cover
    warnings: frozenset[WarningCode]
    links: tuple[Link, ...] = ()


def show(file: BoundedReader, found: Sniffed, size: int) -> Visible:
    """Decide what is shown of a file of ``size`` bytes; from now on the reader shows what readers of tags may see."""

    def read(at: int, count: int) -> bytes:
        if at >= size:
            return b""
        file.seek(at)
        return file.read(count)

    extent = extent_of_stream(read, found.container, found.start, size)
    if extent is AS_IT_IS:
        extent = extent_of_chunk(read, found.container, found.start, size)
    file.show(size if extent.file_end is None else extent.file_end, extent.patches)
    cover = cover_tags(file, found.container, found.start, size)
    ends = [end for end in (cover.end, extent.audio_end, extent.file_end) if end is not None]
    links = links_of(read, found.start, min(ends, default=size)) if found.container == "ogg" else ()
    cover = replace(cover, end=min(ends, default=None), patches=(*extent.patches, *cover.patches))
    return Visible(cover, extent.warnings, links)
