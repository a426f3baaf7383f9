"""Read the tags of a file, in any format, as one kind of value."""

from dataclasses import dataclass
from typing import BinaryIO

from passagework.audio.tags.reading import TagsUnreadableError, read_tags, read_with_pieces
from passagework.domain.analysis_rules import TagRules
from passagework.domain.given_cuts import GivenCuts
from passagework.domain.tags import Tags

__all__ = ["ReadTags", "TagsUnreadableError", "read_all_tags", "read_tags"]


@dataclass(frozen=True, slots=True)
class ReadTags:
    """The tags that could be read, whether those are all, and the pieces that stand beside them in the same blocks."""

    tags: Tags
    whole: bool
    given: tuple[GivenCuts, ...]


def read_all_tags(file: BinaryIO, container: str, rules: TagRules) -> ReadTags:
    """Read the tags that can be read; tell whether those are all."""
    tags, given, failure = read_with_pieces(file, container, rules)
    return ReadTags(tags, failure is None, given)
