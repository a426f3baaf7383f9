"""Parse the XML of MusicBrainz' answers, and read single values from it.

For any bytes, the only exception of these functions is LookupFault, UNREADABLE or TOO_LARGE.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NoReturn
from xml.etree.ElementTree import Element, tostring

from passagework.domain.ids import Mbid
from passagework.lookup.answer_limits import LARGEST_NUMBER, LONGEST_TEXT, MOST_LISTED
from passagework.lookup.faults import FaultKind, LookupFault
from passagework.lookup.musicbrainz.xml_tree import TooManyMarksError, parse_xml

SERVICE: Final = "musicbrainz"

_MBID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_NUMBER: Final = re.compile(r"[0-9]{1,10}")


def open_answer(raw: bytes) -> Element:
    """Parse an answer and return its root, ``metadata``."""
    root = _parse(raw)
    if _name(root) != "metadata":
        unreadable("the answer is XML of another kind")
    return root


def each_recording(raw: bytes) -> Iterator[tuple[Mbid, bytes]]:
    """Yield the recordings of a page of a search by their ids, each as an answer of the same form."""
    found = open_answer(raw)
    listed = required(found, "recording-list")
    for recording in list(islice(children(listed, "recording"), MOST_LISTED)):
        listed[:] = [recording]
        yield mbid(recording), tostring(found, "utf-8")


def error_text(raw: bytes) -> str | None:
    """Return the server's text about an error; None if it is in no known form."""
    try:
        root = _parse(raw)
    except LookupFault:
        return None
    return text(root, "text") if _name(root) == "error" else None


def unreadable(detail: str) -> NoReturn:
    """Return the fault for an answer that is not in the documented form."""
    raise LookupFault(SERVICE, FaultKind.UNREADABLE, detail)


def is_mbid(text: str) -> bool:
    """Tell whether this is a lower-case UUID."""
    return _MBID.fullmatch(text) is not None


def children(parent: Element, name: str) -> Iterator[Element]:
    """Return the direct children of this name, whatever their prefix."""
    return (child for child in parent if _name(child) == name)


def child(parent: Element, name: str) -> Element | None:
    """Return the first direct child of this name."""
    return next(children(parent, name), None)


def entries(parent: Element, list_name: str, name: str) -> Iterator[Element]:
    """Return the entries of a list element such as ``track-list``; none if the list is absent."""
    return (entry for found in children(parent, list_name) for entry in children(found, name))


def required(parent: Element, name: str) -> Element:
    """Return the first direct child of this name, which must be there."""
    found = child(parent, name)
    if found is None:
        unreadable(f"{_name(parent)} without {name}")
    return found


def text(parent: Element, name: str) -> str | None:
    """Return the text of a direct child, cut if it is very long; None if it is absent or empty."""
    found = child(parent, name)
    return None if found is None else ((found.text or "")[:LONGEST_TEXT] or None)


def attribute(element: Element, name: str) -> str | None:
    """Return the text of an attribute, cut if it is very long; None if it is absent or empty."""
    return (element.get(name) or "")[:LONGEST_TEXT] or None


def number(parent: Element, name: str) -> int | None:
    """Return a child's text as a number from 0 to LARGEST_NUMBER; None if it is absent or empty."""
    written = text(parent, name)
    return None if written is None else _number(written, name)


def counted(parent: Element, attribute: str) -> int | None:
    """Return an attribute such as ``count`` as a number from 0 to LARGEST_NUMBER; None if it is absent."""
    written = parent.get(attribute)
    return None if written is None else _number(written, attribute)


def flag(parent: Element, name: str) -> bool | None:
    """Return a child's text, true or false; None if it is neither."""
    return {"true": True, "false": False}.get(text(parent, name) or "")


def mbid(entity: Element) -> Mbid:
    """Return the id of an entity, which must have one."""
    written = (entity.get("id") or "").lower()
    if not is_mbid(written):
        unreadable(f"{_name(entity)} without an id")
    return Mbid(written)


def _parse(raw: bytes) -> Element:
    try:
        return parse_xml(raw)
    except TooManyMarksError as error:
        raise LookupFault(SERVICE, FaultKind.TOO_LARGE, str(error)) from error
    except ValueError as error:
        raise LookupFault(SERVICE, FaultKind.UNREADABLE, f"the answer is no XML: {error}") from error


def _number(written: str, what: str) -> int:
    if _NUMBER.fullmatch(written.strip()) is None or int(written) > LARGEST_NUMBER:
        unreadable(f"{what} is no number from 0 to {LARGEST_NUMBER}")
    return int(written)


def _name(element: Element) -> str:
    return element.tag.rpartition(":")[2]
