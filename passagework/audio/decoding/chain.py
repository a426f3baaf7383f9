"""The audio of a chained Ogg file: each link is decoded by itself, since it may have another rate, layout and codec."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction

import av

from passagework.audio.decoding.either import enter_audio
from passagework.audio.decoding.ogg_links import Link
from passagework.audio.decoding.refusal import RefusedError
from passagework.audio.decoding.source import AudioSource
from passagework.audio.measure.hashing import DIGEST_SIZE, HashingFile


class ChainSource:
    """The links as one stream (:class:`passagework.audio.decoding.source.AudioSource`).

    A link that cannot be decoded counts as a bad packet, and takes no time. ``codec`` is that of the first one.
    """

    def __init__(self, file: HashingFile, container: str, links: Sequence[Link]) -> None:
        self.bad_packets = 0
        self.packet_bytes = 0
        self.codec = ""
        self.decoder: str | None = None
        self.declared_seconds: Fraction | None = None
        self.link_starts: tuple[Fraction, ...] = ()
        self._file = file
        self._container = container
        self._links = links
        self._hash = hashlib.blake2b(digest_size=DIGEST_SIZE)

    def chapters(self) -> None:
        """Read none."""

    def audio_hash(self) -> bytes:
        """Return the hash of the hashes of the links."""
        return self._hash.digest()

    def frames(self) -> Iterator[av.AudioFrame]:
        """Decode everything that can be decoded. Raises OSError if the operating system cannot read."""
        seconds = Fraction(0)
        for source in self._sources():
            self.link_starts = (*self.link_starts, seconds)
            if source is not None:
                samples, rate = 0, 1
                for frame in source.frames():
                    samples, rate = samples + frame.samples, frame.sample_rate
                    yield frame
                seconds += Fraction(samples, rate)
                if not samples and not source.bad_packets:
                    self.bad_packets += 1

    def skip_all(self) -> None:
        """Read and hash all links."""
        for source in self._sources():
            if source is not None:
                source.skip_all()

    def _sources(self) -> Iterator[AudioSource | None]:
        """Open one link after the other; None for one that cannot be decoded."""
        for link in self._links:
            with ExitStack() as stack:
                try:
                    source = enter_audio(stack, self._file.part(*link), self._container)
                except RefusedError:
                    self.bad_packets += 1
                    yield None
                    continue
                self.codec = self.codec or source.codec
                yield source
                self.decoder = self.decoder or source.decoder
                self.bad_packets += source.bad_packets
                self.packet_bytes += source.packet_bytes
                self._hash.update(source.audio_hash())


@contextmanager
def open_chain(file: HashingFile, container: str, links: Sequence[Link]) -> Iterator[ChainSource]:
    """Give the audio of all links for the duration of the block; none is opened before it is read."""
    yield ChainSource(file, container, links)
