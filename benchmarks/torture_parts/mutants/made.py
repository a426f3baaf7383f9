"""Files made by hand to hurt: bombs, nonsense headers, texts that look like audio, samples out of this world."""

import random
import struct
import zlib
from collections.abc import Callable

MPEG_FRAME = b"\xff\xfb\x90\x64" + bytes(413)
"""A silent frame of MPEG-1 layer III, 128 kbit/s at 44.1 kHz."""

MPEG = MPEG_FRAME * 40

TEXTS = (
    b"ffconcat version 1.0\nfile '/etc/hostname'\n",
    b"ffconcat version 1.0\nfile other.mp3\nduration 1\n",
    b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 224.2.2.4\nt=0 0\nm=audio 5004 RTP/AVP 14\n",
    b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n",
    b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>file:///etc/</BaseURL></MPD>",
    b"[playlist]\nFile1=/etc/hostname\n",
    b";FFMETADATA1\ntitle=x\n",
    b"#!AMR\n",
    b"Extended Module: ",
    b"\x47" + bytes(187),
)
"""What FFmpeg's own probing takes for lists of other files, for network streams, or for other containers."""


def text_before_frames(rng: random.Random) -> bytes:
    """A text that names other files or the network, then MPEG frames."""
    padding = rng.choice((b"", b"\n" * rng.randrange(4000), bytes(rng.randrange(4000))))
    return rng.choice(TEXTS) + padding + MPEG


def frames_of_tag(rng: random.Random) -> bytes:
    """An ID3 tag of very many frames."""
    frame = rng.choice(
        (
            b"TXXX" + _synchsafe(4) + b"\0\0" + b"\0a\0b",
            b"TIT2" + _synchsafe(0) + b"\0\0",
            b"COMM" + _synchsafe(5) + b"\0\0" + b"\0eng\0",
            b"PRIV" + _synchsafe(1) + b"\0\0" + b"\0",
        )
    )
    return _tag(frame * rng.choice((1_000, 100_000))) + MPEG


def bomb_in_tag(rng: random.Random) -> bytes:
    """A compressed frame that inflates to very much."""
    inflated = rng.choice((1, 64, 300)) << 20
    packed = _deflated(inflated)
    name, flags = rng.choice(((b"TXXX", b"\0\x08"), (b"APIC", b"\0\x09"), (b"TIT2", b"\0\x09")))
    return _tag(name + _synchsafe(len(packed) + 4) + flags + _synchsafe(inflated & 0x0FFFFFFF) + packed) + MPEG


def huge_text(rng: random.Random) -> bytes:
    """A text of very many characters, or of very many values."""
    size = rng.choice((1, 10, 60)) << 20
    text = rng.choice((b"a", b"\0", b"\xc3\xa4")) * (size // 2)
    return _tag(b"TIT2" + _synchsafe(len(text) + 1) + b"\0\0\3" + text) + MPEG


def picture_bomb(rng: random.Random) -> bytes:
    """A FLAC picture that says it is huge, of a PNG that inflates."""
    png = (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">LLBBBBB", 60000, 60000, 8, 6, 0, 0, 0))
        + png_chunk(b"IDAT", _deflated(8 << 20))
        + png_chunk(b"IEND", b"")
    )
    declared = rng.choice((len(png), 0xFFFFFFFF, 0x7FFFFFFF, 0))
    picture = struct.pack(">LL", 3, 9) + b"image/png" + struct.pack(">LLLLLL", 0, 60000, 60000, 32, 0, declared) + png
    info = struct.pack(">HHBBHBBH", 4096, 4096, 0, 0, 0, 0, 0, 0) + bytes.fromhex("0ac442f000000000") + bytes(16)
    blocks = (
        b"\0" + len(info[:34]).to_bytes(3, "big") + info[:34] + b"\x86" + (len(picture) & 0xFFFFFF).to_bytes(3, "big")
    )
    return b"fLaC" + blocks + picture


def strange_samples(rng: random.Random) -> bytes:
    """A WAV file of floats: not a number, infinite, or as large as a float can be."""
    kinds = ("nan", "inf", "-inf", "3.4e38", "-3.4e38", "1e30", "1e-45", "0", "1")
    chosen = [float(kind) for kind in rng.sample(kinds, rng.randrange(1, 5))]
    wide = rng.random() < 0.3
    size = 8 if wide else 4
    number = rng.choice((1, 100, 22_050, 66_150))
    samples = struct.pack(f"<{number}{'d' if wide else 'f'}", *(rng.choice(chosen) for _ in range(number)))
    return _wav(3, 1, 22_050, 8 * size, samples)


def strange_format(rng: random.Random) -> bytes:
    """A WAV file whose header makes no sense."""
    rate = rng.choice((0, 1, 7, 999, 1000, 44_100, 2_822_400, 2_822_401, 0x7FFFFFFF, 0xFFFFFFFF))
    channels = rng.choice((0, 1, 2, 3, 8, 64, 255, 256, 65_535))
    bits = rng.choice((0, 1, 3, 8, 16, 24, 32, 64, 65_535))
    code = rng.choice((0, 1, 2, 3, 6, 7, 0x11, 0x55, 0x161, 0xFFFE, 0xFFFF))
    return _wav(code, channels, rate, bits, rng.randbytes(rng.choice((0, 1, 100, 50_000))))


def deep_atoms(rng: random.Random) -> bytes:
    """An MP4 file of atoms in atoms."""
    depth = rng.choice((10, 1_000, 20_000))
    name = rng.choice((b"moov", b"trak", b"udta", b"meta", b"ilst"))
    inner = b"".join((8 * (depth - number)).to_bytes(4, "big") + name for number in range(depth))
    return b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + inner


def many_chunks(rng: random.Random) -> bytes:
    """A WAV file of very many or very nested chunks."""
    number = rng.choice((100, 5_000, 100_000))
    chunk = rng.choice((b"LIST\4\0\0\0INFO", b"id3 \0\0\0\0", b"junk\0\0\0\0", b"LIST\x0c\0\0\0INFOINAM\0\0\0\0"))
    return _wav(1, 1, 8_000, 16, bytes(16_000), chunk * number)


def declared_long(rng: random.Random) -> bytes:
    """A header that says hours of audio before a few bytes."""
    seconds = rng.choice((3_600, 10**6, 2**31))
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + _flac_format(44_100, 2, 16, seconds * 44_100) + bytes(16)
    return b"fLaC\x80\0\0\x22" + info + rng.randbytes(200)


def silent_hours(rng: random.Random) -> bytes:
    """Hours of silence in few bytes: MPEG frames of nothing."""
    return MPEG_FRAME * rng.choice((5_000, 20_000))


def matroska(rng: random.Random) -> bytes:
    """EBML elements of unknown or enormous size."""
    head = b"\x1aE\xdf\xa3\x8fB\x82\x88matroska"
    sizes = (b"\x01\xff\xff\xff\xff\xff\xff\xff", b"\x01\x7f\xff\xff\xff\xff\xff\xfe", b"\x80", b"\xff")
    ids = (
        b"\x18\x53\x80\x67",
        b"\x15\x49\xa9\x66",
        b"\x16\x54\xae\x6b",
        b"\xae",
        b"\x1f\x43\xb6\x75",
        b"\xa3",
        b"\x12\x54\xc3\x67",
    )
    body = b"".join(rng.choice(ids) + rng.choice((*sizes, b"\x84ABCD")) for _ in range(rng.choice((3, 50, 5_000))))
    return head + body


def noise(rng: random.Random) -> bytes:
    """A magic number before noise."""
    magic = (
        b"fLaC",
        b"OggS\0",
        b"wvpk",
        b"MAC ",
        b"MPCK",
        b"MP+",
        b"TTA1",
        b"tBaK",
        b"DSD ",
        b"caff\0\1",
        b"#!AMR",
        b"ADIF",
    )
    more = (
        b".snd\0\0",
        b".ra\xfd",
        b"DTSHDHDR",
        b"\x7f\xfe\x80\x01",
        b"RF64\0\0\0\0WAVE",
        b"FORM\0\0\0\0AIFC",
        b"FRM8" + bytes(8) + b"DSD ",
    )
    return rng.choice((*magic, *more)) + rng.randbytes(rng.choice((0, 8, 200, 20_000)))


def ape_items(rng: random.Random) -> bytes:
    """An APE tag of very many items, or one that says so."""
    number = rng.choice((10, 10_000))
    items = (struct.pack("<LL", 1, 0) + b"Key\0v") * number
    declared = rng.choice((number, 0xFFFFFFFF))
    footer = b"APETAGEX" + struct.pack("<LLLL", 2000, rng.choice((len(items) + 32, 0xFFFFFFF0)), declared, 0) + bytes(8)
    return MPEG + items + footer


MADE: tuple[Callable[[random.Random], bytes], ...] = (
    *(text_before_frames, frames_of_tag, bomb_in_tag, huge_text, picture_bomb, strange_samples, strange_format),
    *(deep_atoms, many_chunks, declared_long, silent_hours, matroska, noise, ape_items),
)


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Make a chunk of a PNG."""
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def _tag(frames: bytes) -> bytes:
    return b"ID3\4\0\0" + _synchsafe(len(frames)) + frames


def _synchsafe(size: int) -> bytes:
    return bytes(size >> 7 * (3 - place) & 0x7F for place in range(4))


def _deflated(size: int) -> bytes:
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(size >> 20)) + packer.flush()


def _wav(code: int, channels: int, rate: int, bits: int, samples: bytes, before: bytes = b"") -> bytes:
    align = channels * bits // 8 & 0xFFFF
    form = struct.pack("<HHLLHH", code, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    body = (
        b"WAVEfmt " + struct.pack("<L", len(form)) + form + before + b"data" + struct.pack("<L", len(samples)) + samples
    )
    return b"RIFF" + struct.pack("<L", len(body) & 0xFFFFFFFF) + body


def _flac_format(rate: int, channels: int, bits: int, samples: int) -> bytes:
    return (rate << 44 | (channels - 1) << 41 | (bits - 1) << 36 | samples & 0xFFFFFFFFF).to_bytes(8, "big")
