"""What a CUE sheet says: files, and their tracks (CDRWIN User's Guide, appendix A; and what programs make of it)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from passagework.domain.given_cuts import CutSource, GivenCuts, GivenPiece
from passagework.domain.units import TICKS_PER_SECOND, Ticks

LARGEST_SHEET: Final = 256 << 10
"""Bytes; one of 99 tracks has some 10 KB."""

MOST_TRACKS: Final = 1_000
"""More than the 99 of a CD: sheets of audiobooks have hundreds."""

_LONGEST_TEXT: Final = 1_000
_FRAMES_PER_SECOND: Final = 75

_LINES: Final = re.compile("\r\n|\r|\n")
_TIME: Final = re.compile(r"([0-9]{1,5}):([0-5]?[0-9])(?::([0-9]{1,2}))?")
_TYPE: Final = re.compile("[A-Za-z0-9]{2,8}")
_ISRC: Final = re.compile("[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_DATE: Final = re.compile(r"[1-9][0-9]{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_NUMBER: Final = re.compile(r"0*([0-9]{1,6})\b")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(slots=True)
class SheetTrack:
    """A track; ``start`` is where its music begins (INDEX 01), in frames of 1/75 s from the beginning of its file."""

    number: int
    is_audio: bool = True
    title: str | None = None
    performer: str | None = None
    isrc: str | None = None
    start: int | None = None


@dataclass(slots=True)
class SheetFile:
    """A file that a sheet names as it is written there, and the tracks whose music begins in it."""

    name: str
    tracks: list[SheetTrack] = field(default_factory=list)


@dataclass(slots=True)
class CueSheet:
    """A sheet. ``fault`` says why it is of no use; None: it can be read."""

    title: str | None = None
    performer: str | None = None
    date: str | None = None
    disc: int | None = None
    files: list[SheetFile] = field(default_factory=list)
    fault: str | None = None

    def cuts(self, file: SheetFile, source: CutSource) -> GivenCuts:
        """Return the pieces of one of the files.

        A piece begins at INDEX 01 and ends where the next one begins: what lies before INDEX 01 (the gap from INDEX 00
        on) is part of the piece before, as players play it. A PREGAP or POSTGAP is in no file. With a fault there are
        none.
        """
        return GivenCuts(
            source=source,
            pieces=tuple(
                GivenPiece(
                    start=Ticks(track.start * TICKS_PER_SECOND // _FRAMES_PER_SECOND),
                    track=track.number,
                    title=track.title,
                    performer=track.performer,
                    isrc=track.isrc,
                )
                for track in (file.tracks if self.fault is None else ())
                if track.start is not None
            ),
            album=self.title,
            performer=self.performer,
            date=self.date,
            disc=self.disc,
        )


def parse_cue_sheet(text: str) -> CueSheet:
    """Parse a sheet. Nothing is raised: a sheet that contradicts itself has a ``fault``, and what was read so far.

    Commands are known in any case, and those that say nothing about pieces are ignored, whatever they are.
    """
    parsing = _Parsing(CueSheet())
    for line in _LINES.split(text):
        if words := line.split(None, 1):
            parsing.take(words[0].upper(), words[1].rstrip() if len(words) > 1 else "")
        if parsing.sheet.fault is not None:
            return parsing.sheet
    sheet = parsing.sheet
    sheet.fault = _fault(parsing.tracks, sheet.files)
    sheet.files = [file for file in sheet.files if file.tracks or sheet.fault is not None]
    return sheet


@dataclass(slots=True)
class _Parsing:
    sheet: CueSheet
    tracks: list[SheetTrack] = field(default_factory=list)

    def take(self, command: str, said: str) -> None:
        """Take in a line."""
        track = self.tracks[-1] if self.tracks else None
        match command:
            case "FILE":
                self._file(_name(said))
            case "TRACK":
                self._begin(said)
            case "INDEX" if track is not None and track.is_audio:
                self._index(track, said)
            case "TITLE" | "PERFORMER":
                setattr(self.sheet if track is None else track, command.lower(), _text(said))
            case "ISRC" if track is not None:
                track.isrc = valid_isrc(_text(said) or "")
            case "REM":
                self._remark(said)

    def _file(self, name: str) -> None:
        """Begin with a file, or go on with it: some programs name it again before each of its tracks."""
        if not self.sheet.files or self.sheet.files[-1].name != name:
            self.sheet.files.append(SheetFile(name))

    def _begin(self, said: str) -> None:
        number, _, kind = said.partition(" ")
        if not number.isdecimal() or not number.isascii() or len(number) > len(str(MOST_TRACKS)):
            self.sheet.fault = f"a track has no number: {said[:40]}"
        elif len(self.tracks) == MOST_TRACKS:
            self.sheet.fault = f"more than {MOST_TRACKS} tracks"
        else:
            self.tracks.append(SheetTrack(int(number), kind.strip().upper() in {"", "AUDIO"}))

    def _index(self, track: SheetTrack, said: str) -> None:
        number, _, time = said.partition(" ")
        # 00 is where the gap before the music begins. Those behind 01 are places within the track.
        if number.lstrip("0") != "1" or track.start is not None:
            return
        found = _TIME.fullmatch(time.strip())
        if found is None or int(found[3] or 0) >= _FRAMES_PER_SECOND:
            self.sheet.fault = f"track {track.number} begins at no time: {time[:40]}"
            return
        track.start = (int(found[1]) * 60 + int(found[2])) * _FRAMES_PER_SECOND + int(found[3] or 0)
        if not self.sheet.files:
            self.sheet.files.append(SheetFile(""))
        # Where the gap of a track is in the file before, its music is in this one.
        self.sheet.files[-1].tracks.append(track)

    def _remark(self, said: str) -> None:
        """Take in what programs write where the format has no command for it."""
        key, _, value = said.partition(" ")
        value = _text(value) or ""
        match key.upper():
            case "DATE" if (date := _DATE.match(value)) is not None:
                self.sheet.date = date[0]
            case "DISCNUMBER" | "DISC" if (disc := _NUMBER.match(value)) is not None and int(disc[1]):
                self.sheet.disc = int(disc[1])


def _fault(tracks: Iterable[SheetTrack], files: Iterable[SheetFile]) -> str | None:
    audio = [track for track in tracks if track.is_audio]
    if not audio:
        return "it has no track of audio"
    if (lost := next((track for track in audio if track.start is None), None)) is not None:
        return f"track {lost.number} has no beginning"
    for file in files:
        starts = [track.start or 0 for track in file.tracks]
        if starts != sorted(starts):
            return "its tracks are not in the order of their beginnings"
    return None


def _name(said: str) -> str:
    """Return the name of a file, without the type behind it."""
    if said.startswith('"') and said.rfind('"') > 0:
        return said[1 : said.rfind('"')]
    words = said.rsplit(None, 1)
    return words[0] if len(words) > 1 and _TYPE.fullmatch(words[1]) else said


def _text(said: str) -> str | None:
    """Return a text, with or without quotation marks around it. There may be others in it; none is escaped."""
    if said.startswith('"'):
        end = said.rfind('"')
        said = said[1:end] if end > 0 else said[1:]
    return printable(said)


def printable(text: str) -> str | None:
    """Return a text as it is kept: one line, not without end; None if nothing is left."""
    return _UNPRINTABLE.sub(" ", text).strip()[:_LONGEST_TEXT].strip() or None


def valid_isrc(text: str) -> str | None:
    """Return an ISRC (ISO 3901) in upper case without hyphens; None if it is none."""
    isrc = text.strip().replace("-", "").upper()
    return isrc if _ISRC.fullmatch(isrc) else None
