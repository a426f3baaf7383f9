"""Reading the tags of a file as the analysis does."""

from passagework.audio.sniff import sniff_stream
from passagework.audio.tags import read_tags
from passagework.audio.tags.bounded_reader import BoundedReader


def tags_of(path):
    with path.open("rb") as file:
        container = sniff_stream(file)
        assert container is not None
        return tags_in(path, container)


def tags_in(path, container):
    with path.open("rb") as file:
        return read_tags(BoundedReader(file.fileno(), path.stat().st_size), container)


def raw_of(tags):
    assert len(dict(tags.raw)) == len(tags.raw)
    return dict(tags.raw)
