"""Read the tags of a file, in any format, as one kind of value."""

from typing import BinaryIO

from passagework.audio.tags.reading import TagsUnreadableError, read_tags
from passagework.domain.analysis_rules import TagRules
from passagework.domain.tags import Tags

__all__ = ["TagsUnreadableError", "read_all_tags", "read_tags"]


def read_all_tags(file: BinaryIO, container: str, rules: TagRules) -> tuple[Tags, bool]:
    """Read the tags that can be read; tell whether those are all."""
    try:
        return read_tags(file, container, rules), True
    except TagsUnreadableError as unreadable:
        return unreadable.found, False
