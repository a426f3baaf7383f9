"""The demo's harder cases: a record side in one file, fades, a hidden track, a tone, and files that are no music."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.recipe import Recipe
from passagework.demo.synthesis import Samples, fade_in, fade_out, join, mono, noise_floor, silence, tone
from passagework.demo.tagging import write_tags
from passagework.demo.truth import DemoFile, Piece
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.tags import Tags

_FOLDER: Final = Path("Odds and Ends")
_RATE: Final = 44_100
_SIDE_RATE: Final = 32_000

_SIDE: Final = (26.0, 4.0, 22.0, 5.0, 24.0, 3.5, 20.0)
"""Seconds of music and gap alternately."""

_GROOVE: Final = 1.5
"""Seconds of groove before and after the music of the side."""

_SURFACE: Final = -72.0
"""dBFS of the noise on the whole side, below the silence threshold."""

_TONE_LEVEL: Final = -23.0
"""dBFS; the target loudness of EBU R128, and EBU Tech 3341's first test signal."""


def oddity_recipes() -> Iterator[Recipe]:
    """Yield the recipes of everything except the album."""
    yield _side()
    yield _fades()
    yield _hidden_track()
    yield _line_up_tone()
    yield _truncated()
    yield _text_named_mp3()
    yield _empty()


def _side() -> Recipe:
    """Join four pieces in a mono recording with surface noise, as from a record player."""
    parts: list[Samples] = [silence(round(_GROOVE * _SIDE_RATE), 1)]
    lengths = [round(seconds * _SIDE_RATE) for seconds in _SIDE]
    pieces: list[Piece] = []
    position = len(parts[0])
    for index, length in enumerate(lengths):
        if index % 2 == 0:
            pieces.append(Piece(position, position + length))
        position += length
    samples = position + len(parts[0])
    truth = DemoFile(
        path=Path("Records") / "Side A.flac",
        note="a whole side of a record in one file: four pieces, surface noise in the gaps",
        sample_rate=_SIDE_RATE,
        samples=samples,
        pieces=tuple(pieces),
        tags=Tags(title="Side A", artist_credit="Various Invented Artists", album="Attic Finds"),
    )

    def write(path: Path) -> None:
        signal = noise_floor(samples, 1, _SURFACE, seed=77)
        for seed, piece in enumerate(pieces, 21):
            signal[piece.start : piece.end] += mono(compose(piece.end - piece.start, _SIDE_RATE, seed))
        write_audio(path, signal, _SIDE_RATE, AudioForm.FLAC)
        write_tags(path, truth.tags)

    return Recipe(truth, write)


def _fades() -> Recipe:
    """Fade a piece in over 5 s, linear in dB, and out over 12 s, linear in amplitude."""
    length, coming, going = 34 * _RATE // 2, 5 * _RATE // 2, 12 * _RATE // 2
    truth = DemoFile(
        path=_FOLDER / "Long Fade.wav",
        note="fades in over 5 s and out over 12 s",
        sample_rate=_RATE // 2,
        samples=length,
        pieces=(Piece(0, length, fade_in=coming, fade_out=going),),
        tags=Tags(title="Long Fade", artist_credit="Ada Example"),
    )

    def write(path: Path) -> None:
        # Cut from a longer piece, so that the music continues during the fade, as on records.
        music = mono(compose(length + going, truth.sample_rate, seed=31)[:length])
        signal = fade_out(fade_in(music, coming, floor=-30.0), going)
        write_audio(path, signal, truth.sample_rate, AudioForm.WAV_24)
        write_tags(path, truth.tags)

    return Recipe(truth, write)


def _hidden_track() -> Recipe:
    """Add a second piece, not named by the tags, after 20 s of digital silence."""
    rate = _RATE // 2
    shown, gap, hidden = 24 * rate, 20 * rate, 15 * rate
    truth = DemoFile(
        path=_FOLDER / "Last Song.wv",
        note="a hidden track after 20 s of silence",
        sample_rate=rate,
        samples=shown + gap + hidden,
        pieces=(Piece(0, shown), Piece(shown + gap, shown + gap + hidden)),
        tags=Tags(title="Last Song", artist_credit="Ada Example", album="Early Hours"),
    )

    def write(path: Path) -> None:
        signal = join(compose(shown, rate, seed=41), silence(gap, 2), compose(hidden, rate, seed=42))
        write_audio(path, signal, rate, AudioForm.WAVPACK)
        write_tags(path, truth.tags)

    return Recipe(truth, write)


def _line_up_tone() -> Recipe:
    """Return a broadcaster's line-up tone, without tags."""
    rate = _RATE // 2
    length = 12 * rate
    truth = DemoFile(
        path=_FOLDER / "Line-up Tone.wav",
        note=f"1 kHz in stereo at {_TONE_LEVEL:.0f} LUFS; no tags",
        sample_rate=rate,
        samples=length,
        pieces=(Piece(0, length),),
    )

    def write(path: Path) -> None:
        write_audio(path, tone(length, 2, rate, 1000.0, _TONE_LEVEL), rate, AudioForm.WAV_FLOAT)

    return Recipe(truth, write)


def _truncated() -> Recipe:
    """Truncate a file in the middle of its 101st packet, like an interrupted copy."""
    whole_packets, packet_samples = 100, 4_608
    kept = whole_packets * packet_samples
    truth = DemoFile(
        path=_FOLDER / "Interrupted Copy.flac",
        note="damaged: cut off half-way; the rest is analysed, with a warning",
        sample_rate=_RATE,
        samples=kept,
        pieces=(Piece(0, kept),),
        tags=Tags(title="Interrupted Copy", artist_credit="The Plausible Trio"),
        warning=WarningCode.TRUNCATED,
    )

    def write(path: Path) -> None:
        write_audio(path, mono(compose(2 * kept, _RATE, seed=51)), _RATE, AudioForm.FLAC)
        write_tags(path, truth.tags)
        with av.open(str(path)) as container:
            packet = next(packet for packet in container.demux(audio=0) if packet.pts == kept)
            assert packet.pos is not None
            cut = packet.pos + packet.size // 2
        with path.open("r+b") as file:
            file.truncate(cut)

    return Recipe(truth, write)


def _text_named_mp3() -> Recipe:
    truth = DemoFile(
        path=_FOLDER / "Shopping List.mp3",
        note="a text file despite its name: refused",
        failure=FailureCode.NOT_AUDIO,
    )
    return Recipe(truth, lambda path: write_text(path, "Strings, plectrums, a new kettle.\n"))


def _empty() -> Recipe:
    truth = DemoFile(
        path=_FOLDER / "Nothing.ogg",
        note="an empty file: refused",
        failure=FailureCode.EMPTY_FILE,
    )
    return Recipe(truth, lambda path: write_text(path, ""))


def write_text(path: Path, text: str) -> None:
    """Write a text file with the same bytes on every system."""
    path.write_bytes(text.encode("utf-8"))
