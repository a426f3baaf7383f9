"""Read the documents of AcousticBrainz: what its classifiers said about the sound of a recording.

The project ended in 2022, and its documents do not change any more. They are as its dumps have them: a JSON object with
``highlevel``, whose entries have the shares of all members in ``all``, and with ``metadata``, which says of which
recording and how long the file was. https://acousticbrainz.org/data
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import fsum
from typing import Final

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode
from passagework.domain.flavor.values import Groups, Members
from passagework.domain.flavor.written_shares import LONGEST_NAME, MOST_CHARACTERISTICS, MOST_MEMBERS, is_name
from passagework.domain.ids import Mbid, parse_mbid
from passagework.domain.json_text import read_json, write_unicode_json

LARGEST_DOCUMENT: Final = 1_000_000
"""Bytes: a hundred times as many as a document of the dumps has."""

LONGEST: Final = 1_000_000.0
"""Seconds."""

_NAMED: Final = re.compile(r"([0-9a-fA-F-]{36})(?:-[0-9]{1,6})?\.json")
"""Files of the dumps are called by the recording and the number of the submission, from 0."""

_ROUNDING: Final = 0.01
"""Sums that are further from 1 are no rounding."""


class FlavorDocumentError(PassageworkError):
    """A document is none of AcousticBrainz, or says what cannot be. Nothing of it was stored."""

    code = "flavor-document-invalid"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True)
class FlavorDocument:
    """What one submission says of a recording. ``key`` is the same for equal content, ``seconds`` its length."""

    recording: Mbid
    key: str
    seconds: float
    groups: Groups


def read_document(content: bytes, file_name: str = "") -> FlavorDocument:
    """Read a document; the name of its file says which recording it is about, or else its tags do.

    Raises FlavorDocumentError, with what is wrong, for everything else.
    """
    if len(content) > LARGEST_DOCUMENT:
        raise FlavorDocumentError(f"it has more than {LARGEST_DOCUMENT:,} bytes")
    try:
        found = read_json(content.decode("utf-8"))
    except ValueError as error:
        raise FlavorDocumentError("it is no JSON in UTF-8") from error
    metadata = _object(_object(found, "the document").get("metadata"), "metadata")
    groups = _groups(_object(found.get("highlevel"), "highlevel"))
    seconds = _number(_object(metadata.get("audio_properties"), "metadata.audio_properties").get("length"), LONGEST)
    if not seconds:
        raise FlavorDocumentError("metadata.audio_properties.length is no length in seconds")
    content_of_it = write_unicode_json([seconds, groups]).encode("utf-8", "surrogatepass")
    return FlavorDocument(
        _recording(metadata, file_name), blake2b(content_of_it, digest_size=8).hexdigest(), seconds, groups
    )


def _recording(metadata: Mapping[str, object], file_name: str) -> Mbid:
    named = _NAMED.fullmatch(file_name)
    if named is not None and (mbid := parse_mbid(named[1])) is not None:
        return mbid
    tags = metadata.get("tags")
    stated = tags.get("musicbrainz_recordingid") if isinstance(tags, dict) else None
    first = stated[0] if isinstance(stated, list) and stated else stated
    if not isinstance(first, str) or (mbid := parse_mbid(first.strip())) is None:
        raise FlavorDocumentError(
            "neither its name nor metadata.tags.musicbrainz_recordingid is the MBID of a recording"
        )
    return mbid


def _groups(highlevel: Mapping[str, object]) -> Groups:
    if not 0 < len(highlevel) <= MOST_CHARACTERISTICS:
        raise FlavorDocumentError(f"highlevel has {len(highlevel)} characteristics")
    return tuple((_name(name), _members(name, _object(of, "highlevel"))) for name, of in sorted(highlevel.items()))


def _members(characteristic: str, found: Mapping[str, object]) -> Members:
    shares = _object(found.get("all"), f"highlevel.{characteristic}.all")
    members = tuple((_name(name), _number(value, 1.0)) for name, value in sorted(shares.items()))
    read = tuple((name, value) for name, value in members if value is not None)
    if not 2 <= len(members) <= MOST_MEMBERS or len(read) < len(members):  # noqa: PLR2004 - one alone is no share
        raise FlavorDocumentError(f"highlevel.{characteristic}.all has no shares from 0 to 1")
    if abs(fsum(value for _, value in read) - 1) > _ROUNDING:
        raise FlavorDocumentError(f"the shares of highlevel.{characteristic}.all do not sum to 1")
    return read


def _object(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FlavorDocumentError(f"{name} is no object")
    return value


def _name(text: str) -> str:
    if not is_name(text):
        raise FlavorDocumentError(f"a name has more than {LONGEST_NAME} characters, or none that can be shown")
    return text


def _number(value: object, most: float) -> float | None:
    """Return a number from 0 to ``most``; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return abs(float(value))
