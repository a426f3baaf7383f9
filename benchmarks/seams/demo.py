"""Made music and written tags: material for imports."""

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, encode_blocks, write_audio
from passagework.demo.tagging import write_tags
from passagework.demo.truth import count_links, invented_mbid
from passagework.domain.tags import Tags

__all__ = ["AudioForm", "Tags", "compose", "count_links", "encode_blocks", "invented_mbid", "write_audio", "write_tags"]
