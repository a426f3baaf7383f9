"""Read the tags of a file, in any format, as one kind of value."""

from passagework.audio.tags.reading import TagsUnreadableError, read_tags

__all__ = ["TagsUnreadableError", "read_tags"]
