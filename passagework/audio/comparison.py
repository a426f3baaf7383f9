"""Compare a file with what is known of its content, without decoding anything."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from passagework.audio.decoding.either import enter_audio
from passagework.audio.decoding.moving_pictures import is_video
from passagework.audio.decoding.opening import OpenFile, refusals
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.visible import show
from passagework.audio.measure.hashing import HashingFile
from passagework.audio.own_pieces import own_pieces
from passagework.audio.sniff import AUDIO_EXTENSIONS, extension_matches, sniff_behind_tags, suffix_of
from passagework.audio.tags import read_all_tags
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.domain.analysis import SameAudio, SameContent
from passagework.domain.analysis_rules import TagRules
from passagework.domain.failures import WarningCode
from passagework.domain.given_cuts import GivenCuts, cuts_hash, read_cuts
from passagework.domain.known_content import KnownContent
from passagework.domain.sheets.completed import completed

_OF_TAGS: Final = frozenset({WarningCode.TAGS_UNREADABLE, WarningCode.SEVERAL_TAGS, WarningCode.EXTENSION_MISMATCH})
"""The warnings that other tags or another name may remove. All others are about the audio."""


def compare(
    file: OpenFile, known: KnownContent, rules: TagRules, sheet: GivenCuts | None = None
) -> SameContent | SameAudio | None:
    """Return what of a file is as it was; None if its audio is another, or its pieces are, or it cannot be read.

    There are two steps. Reading and hashing all bytes is the quickest, and is of no use where the size is another. Then
    the packets of audio are hashed as the analysis does it. Raises RefusedError if the file cannot be read.
    """
    # What was moved keeps its passages; the next import sees what the sheet beside it says now.
    if known.path == file.path and known.sheet_hash != (None if sheet is None else cuts_hash((sheet,))):
        return None
    if file.stamp.size == known.size:
        with refusals():
            digest = HashingFile(file.descriptor, file.stamp.size).digest()
        if digest == known.content_hash:
            file.check_unchanged()
            return SameContent(file.path, file.stamp)
    return _compare_audio(file, known, rules)


def _compare_audio(file: OpenFile, known: KnownContent, rules: TagRules) -> SameAudio | None:
    with refusals(), BoundedReader(file.descriptor, file.stamp.size) as reader:
        found = sniff_behind_tags(reader)
        if found is None:
            return None
        visible = show(reader, found, file.stamp.size)
        if visible.links:
            # The tags of each stream name its passage.
            return None
        read = read_all_tags(reader, found.container, rules)
        if found.pictures:
            seen_by_decoder = HashingFile(file.descriptor, file.stamp.size, visible.cover)
            if is_video(seen_by_decoder, found.container, named_audio=suffix_of(file.path) in AUDIO_EXTENSIONS):
                # Whether its sound is wanted is decided by the analysis.
                return None
    hashing = HashingFile(file.descriptor, file.stamp.size, visible.cover)
    with ExitStack() as stack:
        stack.enter_context(refusals())
        try:
            source = enter_audio(stack, hashing, found.container)
        except RefusedError:
            # The analysis says why.
            return None
        source.skip_all()
        own = own_pieces(file.path, found.container, read, source)
        if source.audio_hash() != known.audio_hash or not _has_its_pieces(known, own):
            return None
        content_hash = hashing.digest()
    file.check_unchanged()
    warned = {
        WarningCode.TAGS_UNREADABLE: not read.whole,
        WarningCode.SEVERAL_TAGS: bool(read.tags.disagreeing),
        WarningCode.EXTENSION_MISMATCH: not extension_matches(file.path, found.container),
    }
    now = {code for code, applies in warned.items() if applies} | (set(known.warnings) - _OF_TAGS)
    tags = completed(read.tags, None if known.given_cuts is None else read_cuts(known.given_cuts))
    # In the order in which the analysis names them.
    order = [*(code for code in WarningCode if code in now), *sorted(now - set(WarningCode))]
    return SameAudio(
        file.path,
        file.stamp,
        content_hash,
        known.audio_hash,
        tags,
        tuple(map(str, order)),
        known.parts,
    )


def _has_its_pieces(known: KnownContent, own: Sequence[GivenCuts]) -> bool:
    """Tell whether a file says the same of its pieces as before. Of one piece, other tags may make another title."""
    is_one = known.given_cuts is not None and len(read_cuts(known.given_cuts).pieces) == 1
    return known.pieces_hash == cuts_hash(own) and not is_one
