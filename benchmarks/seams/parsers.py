"""Our own parsers of what comes from outside, each as a function of bytes, with the errors that it may raise."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_string
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from passagework.audio.frame_sync import find_frames
from passagework.audio.sniff import HEAD_SIZE, sniff, sniff_stream
from passagework.audio.tags import TagsUnreadableError, read_tags
from passagework.config.settings import load_settings
from passagework.domain.errors import PassageworkError
from passagework.domain.given_cuts import CutSource
from passagework.domain.sheets.cue_sheet import parse_cue_sheet
from passagework.domain.sheets.text import decode_text
from passagework.export.files.playlist import quoted
from passagework.lookup.acoustid.answer import AcoustidAnswerError, read_results
from passagework.lookup.acoustid.document import TooManyValuesError, read_object
from passagework.lookup.faults import LookupFault
from passagework.lookup.musicbrainz.answer import (
    read_found_recordings,
    read_recording,
    read_release,
    read_release_page,
)
from passagework.lookup.retry_after import retry_after

__all__ = ["PARSERS", "Parser"]

MBID = "0" * 8 + "-0000-4000-8000-" + "0" * 12


@dataclass(frozen=True)
class Parser:
    """A parser: it returns a value or raises one of ``errors``; everything else is a defect."""

    name: str
    parse: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...] = ()


def _tags(container: str) -> Callable[[bytes], Any]:
    return lambda data: read_tags(BytesIO(data), container)


def _cue_sheet(data: bytes) -> Any:
    sheet = parse_cue_sheet(decode_text(data))
    pieces = [sheet.cuts(file, CutSource.CUE_SHEET).pieces for file in sheet.files]
    if any(before.start > after.start for of_file in pieces for before, after in pairwise(of_file)):
        raise AssertionError("pieces that do not ascend")
    return pieces


def _settings(data: bytes) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        return load_settings(Path(file.name), environ={})


def _acoustid(data: bytes) -> Any:
    answer = read_object(data)
    return None if answer is None else read_results(answer.get("results"))


def _retry_after(data: bytes) -> Any:
    # As the HTTP client decodes headers.
    text = data.decode("iso-8859-1").replace("\n", " ").replace("\r", " ")
    return retry_after(message_from_string(f"Retry-After: {text}\n\n"))


def _quoted(data: bytes) -> Any:
    text = data.decode("utf-8", "replace")
    made = quoted(text)
    if "\n" in made or "\r" in made or "#{" in made or not made.startswith('"') or not made.endswith('"'):
        raise AssertionError(f"no literal of one line: {made!r}")
    return made


TAGGED = ("wav", "aiff", "mp3", "dsf", "dff", "ape", "asf", "mp4", "flac", "ogg", "wavpack")
"""Containers that together have all families of tags."""

PARSERS = (
    Parser("sniff", sniff),
    Parser("sniff stream", lambda data: sniff_stream(BytesIO(data))),
    Parser("frame sync", lambda data: find_frames(data[:HEAD_SIZE])),
    *(Parser(f"tags of {name}", _tags(name), (TagsUnreadableError,)) for name in TAGGED),
    Parser("cue sheet", _cue_sheet),
    Parser("acoustid answer", _acoustid, (AcoustidAnswerError, TooManyValuesError)),
    Parser("musicbrainz release", lambda data: read_release(data, MBID), (LookupFault,)),
    Parser("musicbrainz page", read_release_page, (LookupFault,)),
    Parser("musicbrainz recording", lambda data: read_recording(data, MBID), (LookupFault,)),
    Parser("musicbrainz search", read_found_recordings, (LookupFault,)),
    Parser("retry-after", _retry_after),
    Parser("configuration", _settings, (PassageworkError,)),
    Parser("playlist text", _quoted),
)
