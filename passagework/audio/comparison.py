"""Compare a file with what is known of its content, without decoding anything."""

from contextlib import ExitStack
from typing import Final

from passagework.audio.decoding.either import enter_audio
from passagework.audio.decoding.moving_pictures import is_video
from passagework.audio.decoding.opening import OpenFile, refusals
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.visible import show
from passagework.audio.measure.hashing import HashingFile
from passagework.audio.sniff import AUDIO_EXTENSIONS, extension_matches, sniff_behind_tags, suffix_of
from passagework.audio.tags import read_all_tags
from passagework.audio.tags.bounded_reader import BoundedReader
from passagework.domain.analysis import SameAudio, SameContent
from passagework.domain.analysis_rules import TagRules
from passagework.domain.failures import WarningCode
from passagework.domain.known_content import KnownContent

_OF_TAGS: Final = frozenset({WarningCode.TAGS_UNREADABLE, WarningCode.SEVERAL_TAGS, WarningCode.EXTENSION_MISMATCH})
"""The warnings that other tags or another name may remove. All others are about the audio."""


def compare(file: OpenFile, known: KnownContent, rules: TagRules) -> SameContent | SameAudio | None:
    """Return what of a file is as it was; None if its audio is another, or cannot be read.

    There are two steps. Reading and hashing all bytes is the quickest, and is of no use where the size is another. Then
    the packets of audio are hashed as the analysis does it. Raises RefusedError if the file cannot be read.
    """
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
        tags, all_read = read_all_tags(reader, found.container, rules)
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
        if source.audio_hash() != known.audio_hash:
            return None
        content_hash = hashing.digest()
    file.check_unchanged()
    warned = {
        WarningCode.TAGS_UNREADABLE: not all_read,
        WarningCode.SEVERAL_TAGS: bool(tags.disagreeing),
        WarningCode.EXTENSION_MISMATCH: not extension_matches(file.path, found.container),
    }
    now = {code for code, applies in warned.items() if applies} | (set(known.warnings) - _OF_TAGS)
    # In the order in which the analysis names them.
    order = [*(code for code in WarningCode if code in now), *sorted(now - set(WarningCode))]
    return SameAudio(file.path, file.stamp, content_hash, known.audio_hash, tags, tuple(map(str, order)), known.parts)
