"""The text file in the demo folder that says what an import should find."""

from collections.abc import Iterator, Sequence
from typing import Final

from passagework.demo.truth import DemoFile, LinkCounts, Piece
from passagework.domain.units import Ticks, clock_time, ticks_from_samples

_TITLE: Final = """\
A small music folder, made by `passagework demo`
================================================

Everything here is generated: the music, the artists and the album are invented, and so are the MusicBrainz identifiers
in the tags (they are valid, but musicbrainz.org does not know them). You can delete the folder at any time.
`passagework demo` creates missing files again and changes nothing else.
"""


def readme(files: Sequence[DemoFile], links: LinkCounts) -> str:
    """Describe every file and what an import should find in it."""
    music = [file for file in files if file.failure is None]
    pieces = sum(len(file.pieces) for file in music)
    length = Ticks(sum(ticks_from_samples(file.samples, file.sample_rate) for file in music))
    found = (
        f"An import should find {pieces} passages in {len(music)} files ({clock_time(length)} of audio) and refuse "
        f"{len(files) - len(music)} files.\n"
        f"The MBIDs in the tags name {_count(links.songs, 'song')}, {_count(links.artists, 'artist')}, "
        f"{_count(links.works, 'work')} and {_count(links.albums, 'album')}; they link\n"
        f"passages with songs {links.passage_songs} times and with albums {links.passage_albums} times, songs with "
        f"artists {links.song_artists} times\n"
        f"and with works {links.song_works} times, albums with artists {_count(links.album_artists, 'time')}.\n"
    )
    return "\n".join((_TITLE, found, *(line for file in files for line in _about(file))))


def _about(file: DemoFile) -> Iterator[str]:
    yield str(file.path)
    yield f"    {file.note}"
    if file.failure is not None:
        yield f"    fails with: {file.failure}"
    if file.warning is not None:
        yield f"    warning: {file.warning} ({file.warning.explanation})"
    if file.tags.title is not None:
        yield f"    tags: {file.tags.title} / {file.tags.artist_credit} / {file.tags.album or 'no album'}"
    for piece in file.pieces:
        yield f"    passage {_bounds(piece, file.sample_rate)}"
    yield ""


def _bounds(piece: Piece, sample_rate: int) -> str:
    text = f"{_clock(piece.start, sample_rate)} - {_clock(piece.end, sample_rate)}"
    if piece.fade_in is not None:
        text += f", fade-in {_clock(piece.fade_in, sample_rate)}"
    if piece.fade_out is not None:
        text += f", fade-out {_clock(piece.fade_out, sample_rate)}"
    return text


def _clock(samples: int, sample_rate: int) -> str:
    return clock_time(ticks_from_samples(samples, sample_rate))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
