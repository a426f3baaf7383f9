"""The audio stream of a container: open, demux and decode it packet by packet, and count damaged packets."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from typing import Final

import av
from av.stream import Discard

from passagework.audio.decoding.declared_length import declared_seconds
from passagework.audio.decoding.demuxers import DECODERS_ONLY
from passagework.audio.decoding.end_padding import without_end_padding
from passagework.audio.decoding.input import open_input
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.measure.hashing import DIGEST_SIZE, HashingFile
from passagework.domain.failures import FailureCode
from passagework.domain.given_cuts import GivenCuts, GivenPiece
from passagework.domain.sheets.cue_sheet import printable
from passagework.domain.sheets.nested import chapters
from passagework.domain.units import TICKS_PER_SECOND, Ticks

_MOST_FAILURES: Final = 100
"""After this many failures in a row a demuxer will not find another packet."""

DECODER_ERRORS: Final = (av.FFmpegError, ValueError, LookupError, AttributeError, EOFError)
"""Errors that PyAV raises on damaged files. This includes its MemoryError: a damaged packet can claim any size."""

_PROTECTED_TAGS: Final = frozenset({"drms", "enca", "aavd"})
"""Sample entries of encrypted audio in MP4: FairPlay, Common Encryption (ISO/IEC 23001-7), Audible."""

_CHECKED_CODECS: Final = frozenset({"flac", "tta", "wavpack"})
"""Codecs whose packets have checksums. FFmpeg verifies them only on request; it costs about 1 % of the decode."""

_PADDED_CODECS: Final = frozenset({"aac", "mp3"})
"""Codecs whose end padding FFmpeg does not remove: all of it (AAC) or the part longer than a frame (MP3)."""


class StreamSource:
    """The audio stream that FFmpeg decodes (:class:`passagework.audio.decoding.source.AudioSource`)."""

    decoder: str | None = None
    link_starts: tuple[Fraction, ...] = ()

    def __init__(
        self, container: av.container.InputContainer, stream: av.AudioStream, file: HashingFile, name: str
    ) -> None:
        self.bad_packets = 0
        self.packet_bytes = 0
        self._container = container
        self._stream = stream
        self._file = file
        self._hash = hashlib.blake2b(digest_size=DIGEST_SIZE)
        self._is_native_flac = name == "flac"
        self._packets = self._demux()
        first = next(self._packets, None)
        self.declared_seconds = None if first is None else declared_seconds(name, stream, first, file)
        if first is not None:
            self._packets = chain([first], self._packets)

    @property
    def codec(self) -> str:
        """FFmpeg's name of the codec."""
        return self._stream.codec_context.codec.canonical_name

    def chapters(self) -> GivenCuts | None:
        """Return the chapters that the demuxer knows; None if there are none."""
        return chapters(
            GivenPiece(
                start=_ticks(one["start"], one["time_base"]),
                end=_ticks(one["end"], one["time_base"]) if one["end"] > one["start"] else None,
                title=printable(one["metadata"].get("title", "")),
            )
            for one in self._container.chapters()
            if one["time_base"] is not None
        )

    def audio_hash(self) -> bytes:
        """Return the hash of the payload of all packets."""
        return self._hash.digest()

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode everything that can be decoded, without the encoder's padding at the end.

        Raises OSError if the operating system cannot read.
        """
        frames = self._decode()
        if self.declared_seconds is not None and self.codec in _PADDED_CODECS:
            frames = without_end_padding(frames, self.declared_seconds)
        return frames

    def skip_all(self) -> None:
        """Read and hash all packets without decoding any, instead of ``frames``."""
        for packet in self._packets:
            self.packet_bytes += packet.size
            self._hash.update(packet)

    def _decode(self) -> Iterator[av.AudioFrame]:
        decode = self._stream.codec_context.decode
        for packet in self._packets:
            self.packet_bytes += packet.size
            self._hash.update(packet)
            try:
                # FFmpeg's FLAC parser joins a frame with a wrong checksum to its neighbours, without a timestamp.
                frames = decode(packet) if packet.pts is not None or not self._is_native_flac else None
            except DECODER_ERRORS:
                frames = None
            if frames is None:
                self.bad_packets += 1
                frames = self._decode_unchecked(packet)
            yield from frames
        try:
            frames = decode(None)
        except DECODER_ERRORS:
            return
        yield from frames

    def _decode_unchecked(self, packet: "av.Packet[av.AudioStream]") -> list[av.AudioFrame]:
        """Decode a packet with a wrong checksum if possible, so that everything after it keeps its position."""
        if self.codec not in _CHECKED_CODECS:
            return []
        decoder = av.CodecContext.create(self.codec, "r")
        assert isinstance(decoder, av.AudioCodecContext)
        decoder.extradata = self._stream.codec_context.extradata
        try:
            return decoder.decode(packet)
        except DECODER_ERRORS:
            return []

    def _demux(self) -> Iterator["av.Packet[av.AudioStream]"]:
        """Yield the packets; continue after damage that the demuxer cannot read."""
        failures = 0
        while failures < _MOST_FAILURES:
            try:
                for packet in self._container.demux(self._stream):
                    failures = 0
                    # PyAV marks the end with an empty packet, which would flush the decoder.
                    if packet.size:
                        yield packet
            except DECODER_ERRORS:
                self._file.raise_error()
                self.bad_packets += failures == 0
                failures += 1
            else:
                break
        self._file.raise_error()


@contextmanager
def open_audio(file: HashingFile, container_name: str) -> Iterator[StreamSource]:
    """Open the audio stream of a file for the duration of the block.

    ``container_name`` is the result of :func:`passagework.audio.sniff.sniff`. Raises RefusedError, and OSError if the
    operating system cannot read. Decodes in one thread: parallel workers analyse other files.
    """
    container = _open_container(file, container_name)
    try:
        yield StreamSource(container, _open_stream(container), file, container_name)
    finally:
        container.close()


def _open_container(file: HashingFile, name: str) -> av.container.InputContainer:
    try:
        return open_input(file, name)
    except DECODER_ERRORS as error:
        file.raise_error()
        raise RefusedError(FailureCode.DAMAGED, _text(error)) from error


def _open_stream(container: av.container.InputContainer) -> av.AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, av.AudioStream):
        raise _refusal_without_best(container)
    for other in container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    if _is_protected(stream):
        raise RefusedError(FailureCode.PROTECTED)
    try:
        stream.codec_context.thread_count = 1
        checks = {"err_detect": "crccheck+explode"}
        checked = stream.codec_context.codec.canonical_name in _CHECKED_CODECS
        stream.codec_context.options = {**DECODERS_ONLY, **(checks if checked else {})}
        stream.codec_context.open()
    except AttributeError as error:
        raise RefusedError(FailureCode.UNSUPPORTED, "no decoder for its codec") from error
    except DECODER_ERRORS as error:
        raise RefusedError(FailureCode.UNSUPPORTED, _text(error)) from error
    return stream


def _is_protected(stream: av.AudioStream) -> bool:
    try:
        return stream.codec_tag in _PROTECTED_TAGS
    except (AttributeError, ValueError):
        # No decoder, or a damaged codec tag that is not ASCII.
        return False


def _refusal_without_best(container: av.container.InputContainer) -> RefusedError:
    """Explain why FFmpeg offers no stream: there is none, or none that it can decode."""
    if any(stream.type == "audio" for stream in container.streams):
        return RefusedError(FailureCode.UNSUPPORTED)
    return RefusedError(FailureCode.NO_AUDIO_STREAM)


def _ticks(time: int, unit: Fraction) -> Ticks:
    return Ticks(max(0, round(time * unit * TICKS_PER_SECOND)))


def _text(error: Exception) -> str:
    """Describe a decoder's error without the file name, which PyAV repeats."""
    return getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
