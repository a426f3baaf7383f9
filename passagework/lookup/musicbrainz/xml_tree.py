"""Parse XML of unknown origin in bounded time and memory.

Not by the parser of ElementTree: it takes part in namespaces, for which expat copies the address of the namespace into
each name. An address of 1 MB before 100,000 short elements takes minutes. Here names stay as they are written.
"""

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from passagework.lookup.answer_limits import DEEPEST, MOST_MARKS

_MARKS: Final = (b"<", b"=")
"""They begin each tag, and the value of each attribute, in every encoding that expat accepts."""

_OTHERS: Final = (b"\0", b"<!DOCTYPE")
"""Encodings in which a sign has several bytes, and document types, which define entities that expand or fetch."""


class TooManyMarksError(ValueError):
    """More tags and attributes than any real answer."""


def parse_xml(raw: bytes) -> Element:
    """Parse a document and return its root. Raises TooManyMarksError, or ValueError for what is no XML.

    Tags and attributes have their prefixes, and declarations of namespaces are attributes.
    """
    if sum(map(raw.count, _MARKS)) > MOST_MARKS:
        raise TooManyMarksError(f"the answer has more than {MOST_MARKS} tags and attributes")
    if any(other in raw for other in _OTHERS):
        raise ValueError("it has a document type, or is not in UTF-8")
    builder = TreeBuilder()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - it takes no keywords
    except (ExpatError, LookupError) as error:  # LookupError: an encoding that Python does not know
        raise ValueError(str(error)) from error
    root = builder.close()
    level = [root]
    for _ in range(DEEPEST):
        level = [entry for parent in level for entry in parent]
        if not level:
            return root
    raise ValueError(f"it is nested in more than {DEEPEST} levels")
