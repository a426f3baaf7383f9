"""Read the tags of one file: the blocks of tags that each container may have, and when tags are unreadable."""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import BinaryIO, ClassVar, Final

from passagework.audio.tags.ape import read_ape
from passagework.audio.tags.asf import read_asf
from passagework.audio.tags.au import read_au
from passagework.audio.tags.block import BeyondBoundsError, TagBlock
from passagework.audio.tags.caf import read_caf
from passagework.audio.tags.chunks import read_aiff, read_dsdiff, read_riff
from passagework.audio.tags.id3 import read_dsf, read_id3
from passagework.audio.tags.matroska import read_matroska
from passagework.audio.tags.mp4 import read_mp4
from passagework.audio.tags.normalise import normalise
from passagework.audio.tags.tail_tags import read_tail
from passagework.audio.tags.time_limit import OutOfTimeError, limited_time
from passagework.audio.tags.vorbis import read_flac, read_ogg
from passagework.audio.tags.w64 import read_w64
from passagework.domain.analysis_rules import TagRules
from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.given_cuts import GivenCuts
from passagework.domain.tags import Tags

_LONGEST_DETAIL: Final = 200

_MOST_SECONDS: Final = 5.0
"""Processor time. Ordinary tags take a millisecond."""

_READERS: Final[MappingProxyType[str, tuple[Callable[[BinaryIO], Iterator[TagBlock]], ...]]] = MappingProxyType(
    {
        "aac": (read_id3, read_ape, read_tail),
        "ac3": (read_ape, read_tail),
        "aiff": (read_aiff,),
        "ape": (read_ape, read_id3),
        "asf": (read_asf,),
        "au": (read_au,),
        "caf": (read_caf,),
        "dff": (read_dsdiff,),
        "dsf": (read_dsf,),
        "dts": (read_ape, read_tail),
        "flac": (read_flac, read_id3),
        "matroska": (read_matroska,),
        "mp3": (read_id3, read_ape, read_tail),
        "mp4": (read_mp4,),
        "musepack": (read_ape, read_id3),
        "ogg": (read_ogg,),
        "optimfrog": (read_ape, read_id3),
        "tak": (read_ape, read_id3),
        "tta": (read_id3, read_ape),
        "w64": (read_w64,),
        "wav": (read_riff,),
        "wavpack": (read_ape, read_id3),
    }
)
"""The readers for each container, the most trustworthy first. Other containers have no tags that can be read here."""


_DEFAULT: Final = TagRules()


class TagsUnreadableError(PassageworkError):
    """A file has tags that are damaged, or more of them than is read; the detail has the reader's error.

    ``found`` is what could be read.
    """

    code: ClassVar[str] = "tags-unreadable"
    exit_code = ExitCode.FAILED

    def __init__(self, detail: str, found: Tags) -> None:
        super().__init__(detail)
        self.found = found


def read_tags(file: BinaryIO, container: str, rules: TagRules = _DEFAULT) -> Tags:
    """Read the tags of a file in a container named by :func:`passagework.audio.sniff.sniff`; writes nothing.

    Damaged tags are skipped if the file has readable ones. Raises TagsUnreadableError if all are damaged, or if
    something was left out because it is too much to read; OSError if the file cannot be read; MemoryError if memory
    runs out.
    """
    tags, _, failure = read_with_pieces(file, container, rules)
    if failure is not None:
        raise TagsUnreadableError(_detail(failure), tags) from failure
    return tags


def read_with_pieces(
    file: BinaryIO, container: str, rules: TagRules
) -> tuple[Tags, tuple[GivenCuts, ...], Exception | None]:
    """Read the tags that can be read, and the pieces that stand beside them; return why those are not all, too.

    Raises OSError if the file cannot be read; MemoryError if memory runs out.
    """
    blocks: list[TagBlock] = []
    failures: list[Exception] = []
    try:
        with limited_time(_MOST_SECONDS):
            for read in _READERS.get(container, ()):
                _read_blocks(read, file, blocks, failures)
    except OutOfTimeError:
        failures.append(BeyondBoundsError(f"reading the tags took more than {_MOST_SECONDS:.0f} s"))
    if not all(block.whole for block in blocks):
        failures.append(BeyondBoundsError("the tags have more text than is read"))
    found = any(block.raw or block.picture_count for block in blocks)
    beyond = [failure for failure in failures if isinstance(failure, BeyondBoundsError)]
    failure = next(iter(beyond if found else failures), None)
    return normalise(blocks, rules), tuple(block.given for block in blocks if block.given is not None), failure


def _read_blocks(
    read: Callable[[BinaryIO], Iterator[TagBlock]], file: BinaryIO, blocks: list[TagBlock], failures: list[Exception]
) -> None:
    """Add the blocks that one reader finds, or its failure."""
    file.seek(0)
    try:
        for block in read(file):
            blocks.append(block)  # noqa: PERF402 - what is read before an error counts
    except Exception as error:  # on damaged tags mutagen may raise any exception
        if _out_of_memory(error):
            raise MemoryError from error
        failures.append(error)


def _out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error is, or was caused by, a MemoryError: mutagen wraps the exceptions it catches."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _detail(error: Exception) -> str:
    """Describe an error in one line that can be stored."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line.encode("utf-8", "backslashreplace").decode()[:_LONGEST_DETAIL]
