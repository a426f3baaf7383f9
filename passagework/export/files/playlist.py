"""Playlists: extended M3U in UTF-8, with annotations that liquidsoap needs to play a passage."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeGuard

from passagework.domain.gains import GainOf, Programme
from passagework.domain.plain_text import is_one_line, steers
from passagework.domain.units import NO_TIME, Ticks, seconds
from passagework.export.files.row import ExportRow

PEAK_CEILING_DB: Final = -1.0

_EVALUATED: Final = "#{"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"'})


@dataclass(frozen=True, slots=True)
class PlaylistForm:
    """Options of a playlist. ``target_lufs`` is the loudness of ``gain_of`` after applying the gains.

    ``roots``: prefixes of paths and their replacements; the longest match counts.
    """

    plain: bool = False
    target_lufs: float = -18.0
    roots: tuple[tuple[bytes, bytes], ...] = ()
    gain_of: GainOf = GainOf.TRACK


@dataclass(frozen=True, slots=True)
class PlaylistCount:
    """How many passages a playlist has, and how many are left out because their path cannot stand in it."""

    written: int
    left_out: int


def write_playlist(rows: Iterable[ExportRow], file: BinaryIO, form: PlaylistForm) -> PlaylistCount:
    """Write one entry per passage. Left out and counted are paths that are not UTF-8, not one line, or evaluated.

    A plain playlist lists whole files instead of passages, each once.
    """
    written = left_out = 0
    previous: bytes | None = None
    file.write(b"#EXTM3U\n")
    for row in rows:
        if form.plain and row.path_bytes == previous:
            continue
        previous = row.path_bytes
        path = _line_of(_mapped(previous, form.roots))
        if path is None:
            left_out += 1
            continue
        names = " & ".join(artist for artist in row.names["artists"] if artist)
        shown = " - ".join(name for name in (names, row.names["title"]) if name)
        length = -1 if form.plain else math.ceil(seconds(Ticks(row.end - row.start)))
        entry = path if form.plain else f"{annotation(row, form.target_lufs, form.gain_of)}:{path}"
        file.write(f"#EXTINF:{length},{_inert(shown)}\n{entry}\n".encode())
        written += 1
    return PlaylistCount(written, left_out)


def annotation(row: ExportRow, target_lufs: float, gain_of: GainOf = GainOf.TRACK) -> str:
    """Return the prefix of a liquidsoap URI: ``annotate:name="value",...``.

    Source: liquidsoap's documentation of ``cue_cut``, ``fade.in``, ``fade.out``, ``amplify`` and ``cross``, and the
    source of 2.1 to 2.4. Releases up to 2.2 use ``liq_cross_duration``; 2.3 and 2.4 use ``liq_cross_end_duration`` and
    ``liq_cross_start_duration``, 2.5 uses the first again.

    A player is told to fade nothing: the fades of the library are those that the recording has already. From 2.2 on a
    fade-out begins with the overlap and leaves silence behind it, however short it is, so it is put off to the end.
    """
    values = {
        "liq_cue_in": _seconds(row.start),
        "liq_cue_out": _seconds(row.end),
        "liq_cross_duration": _seconds(row.lead_out),
        "liq_cross_start_duration": _seconds(row.lead_in),
        "liq_cross_end_duration": _seconds(row.lead_out),
        "liq_fade_in": _seconds(NO_TIME),
        "liq_fade_out": _seconds(NO_TIME),
        "liq_fade_out_delay": _seconds(row.lead_out),
        "liq_amplify": _gain(row.gains.programme(gain_of), target_lufs),
        "title": row.names["title"],
        "artist": " & ".join(artist for artist in row.names["artists"] if artist) or None,
        "album": row.names["album"],
        "passage": row.names["guid"],
        "gapless_with_next": "true" if row.names["gapless_with_next"] else None,
    }
    return "annotate:" + ",".join(f"{name}={quoted(value)}" for name, value in values.items() if value is not None)


def quoted(text: str) -> str:
    """Return a string literal of liquidsoap's language, on one line, of text without what steers or is evaluated."""
    return '"' + _inert(text).translate(_ESCAPES) + '"'


def _inert(text: str) -> str:
    """Return a text that players and terminals only show: one line, with spaces for characters that steer.

    liquidsoap evaluates ``#{...}`` after it has resolved escapes, so it cannot be escaped: it becomes ``# {...}``.
    """
    line = text if text.isprintable() else "".join(" " if steers(each) else each for each in text)
    return " ".join(line.split()).replace(_EVALUATED, "# {")


def _seconds(ticks: Ticks) -> str:
    return f"{seconds(ticks):.6f}"


def _gain(played: Programme, target_lufs: float) -> str | None:
    """Give the gain that leads to the target without the peaks exceeding PEAK_CEILING_DB; None: nothing is known.

    Where only the peak is known, the passage is played as it is, unless its peaks exceed the ceiling.
    """
    gain = target_lufs - played.integrated if _is_known(played.integrated) else None
    for peak in (played.true_peak, played.sample_peak):
        if _is_known(peak):
            return f"{min(gain or 0.0, PEAK_CEILING_DB - peak):.2f} dB"
    return None if gain is None else f"{gain:.2f} dB"


def _is_known(level: float | None) -> TypeGuard[float]:
    return level is not None and math.isfinite(level)


def _mapped(path: bytes, roots: tuple[tuple[bytes, bytes], ...]) -> bytes:
    for old, new in sorted(roots, key=lambda root: -len(root[0])):
        if path == old or path.startswith(old.rstrip(b"/") + b"/"):
            return new.rstrip(b"/") + path[len(old.rstrip(b"/")) :]
    return path


def _line_of(path: bytes) -> str | None:
    """Return the path as a line that no player reads as a comment; None if that is impossible."""
    try:
        text = path.decode()
    except UnicodeDecodeError:
        return None
    if not is_one_line(text) or _EVALUATED in text:
        return None
    return f"./{text}" if text.startswith("#") else text
