"""Reading the tags of a file as the analysis does."""

from passagework.audio.sniff import sniff_stream
from passagework.audio.tags import read_tags


def tags_of(path):
    with path.open("rb") as file:
        container = sniff_stream(file)
    assert container is not None
    return read_tags(bytes(path), container)


def raw_of(tags):
    assert len(dict(tags.raw)) == len(tags.raw)
    return dict(tags.raw)
