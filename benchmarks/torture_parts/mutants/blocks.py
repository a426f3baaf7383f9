"""Files as blocks that a container is made of, so that a mutant is wrong in one place and right around it."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from torture_parts.mutants import atoms


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a file: its name and content. ``frame`` writes it with a true or a given size."""

    name: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Split:
    """A file in blocks, and how it is put together. ``join`` gets the size to declare of each, None: the true one."""

    family: str
    blocks: tuple[Block, ...]
    join: Callable[[list[tuple[Block, int | None]]], bytes]
    biggest: int = 0xFFFFFFFF


def split(data: bytes) -> Split | None:
    """Split a file by its structure; None where none is known, or where earlier changes have left none."""
    try:
        return _split(data)
    except (IndexError, struct.error, RecursionError):
        return None


def _split(data: bytes) -> Split | None:
    return next((parts(data) for at, magic, parts in BY_MAGIC if data[at : at + len(magic)] == magic), None)


def _chunks(data: bytes) -> Split:
    order = "<" if data[:4] == b"RIFF" else ">"
    blocks, at = [], 12
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(f"{order}L", data, at + 4)
        blocks.append(Block(data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        body = b"".join(
            block.name
            + struct.pack(f"{order}L", (len(block.content) if size is None else size) & 0xFFFFFFFF)
            + block.content
            + bytes(len(block.content) % 2)
            for block, size in parts
        )
        return data[:4] + struct.pack(f"{order}L", min(len(body) + 4, 0xFFFFFFFF)) + data[8:12] + body

    return Split("chunks", tuple(blocks), join)


def _flac(data: bytes) -> Split:
    blocks, at, last = [], 4, False
    while not last and at + 4 <= len(data):
        last, size = bool(data[at] & 0x80), int.from_bytes(data[at + 1 : at + 4], "big")
        blocks.append(Block(bytes((data[at] & 0x7F,)), data[at + 4 : at + 4 + size]))
        at += 4 + size
    audio = data[at:]

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        made = b"fLaC"
        for number, (block, size) in enumerate(parts):
            kind = block.name[0] | (0x80 if number == len(parts) - 1 else 0)
            declared = len(block.content) if size is None else size
            made += bytes((kind,)) + (declared & 0xFFFFFF).to_bytes(3, "big") + block.content
        return made + audio

    return Split("flac", tuple(blocks), join, 0xFFFFFF)


def _ogg(data: bytes) -> Split:
    blocks, at = [], 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        segments = data[at + 26]
        size = sum(data[at + 27 : at + 27 + segments])
        end = at + 27 + segments + size
        blocks.append(Block(data[at : at + 26], data[at + 26 : end]))
        at = end

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        made = b""
        for block, size in parts:
            content = block.content if size is None else bytes((size & 0xFF,)) + block.content[1:]
            page = block.name[:22] + bytes(4) + content
            made += page[:22] + struct.pack("<L", _ogg_crc(page)) + page[26:]
        return made

    return Split("ogg", tuple(blocks), join, 0xFF)


def _ogg_crc(page: bytes) -> int:
    """Sum up a page with the polynomial of Ogg (RFC 3533)."""
    table, crc = _crc_table(), 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFFFFFF) ^ table[(crc >> 24) ^ byte]
    return crc


@cache
def _crc_table() -> tuple[int, ...]:
    table = []
    for number in range(256):
        crc = number << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
        table.append(crc)
    return tuple(table)


def _id3(data: bytes) -> Split:
    major = data[3]
    size = _synchsafe(data[6:10])
    blocks, at, end = [], 10, 10 + size
    while at + 10 <= end and data[at] and data[at : at + 4].isalnum():
        long = _synchsafe(data[at + 4 : at + 8]) if major >= 4 else int.from_bytes(data[at + 4 : at + 8], "big")
        blocks.append(Block(data[at : at + 4] + data[at + 8 : at + 10], data[at + 10 : at + 10 + long]))
        at += 10 + long
    audio = data[end:]

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        frames = b"".join(
            block.name[:4]
            + _size(len(block.content) if declared is None else declared, major)
            + block.name[4:6]
            + block.content
            for block, declared in parts
        )
        return data[:6] + _to_synchsafe(len(frames)) + frames + audio

    return Split("id3", tuple(blocks), join, 0x0FFFFFFF)


def _atoms(data: bytes) -> Split:
    blocks = tuple(Block(name, content) for name, content in atoms.flat(data))

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        return atoms.nested([(block.name, block.content, size) for block, size in parts])

    return Split("atoms", blocks, join)


def _size(size: int, major: int) -> bytes:
    return _to_synchsafe(size) if major >= 4 else (size & 0xFFFFFFFF).to_bytes(4, "big")


def _synchsafe(digits: bytes) -> int:
    return sum((digit & 0x7F) << 7 * (3 - place) for place, digit in enumerate(digits))


def _to_synchsafe(size: int) -> bytes:
    return bytes(size >> 7 * (3 - place) & 0x7F for place in range(4))


def _asf(data: bytes) -> Split:
    (size,) = struct.unpack_from("<Q", data, 16)
    blocks, at = [], 30
    while at + 24 <= size:
        (long,) = struct.unpack_from("<Q", data, at + 16)
        if long < 24:
            break
        blocks.append(Block(data[at : at + 16], data[at + 24 : at + long]))
        at += long
    rest = data[size:]

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        body = b"".join(
            block.name + struct.pack("<Q", len(block.content) + 24 if declared is None else declared) + block.content
            for block, declared in parts
        )
        return data[:16] + struct.pack("<QL", len(body) + 30, len(parts)) + data[28:30] + body + rest

    return Split("asf", tuple(blocks), join, 2**64 - 1)


def _wavpack(data: bytes) -> Split:
    blocks, at = [], 0
    while data[at : at + 4] == b"wvpk":
        size = int.from_bytes(data[at + 4 : at + 8], "little") + 8
        blocks.append(Block(data[at + 8 : at + 32], data[at + 32 : at + size]))
        at += size
    rest = data[at:]

    def join(parts: list[tuple[Block, int | None]]) -> bytes:
        return (
            b"".join(
                b"wvpk"
                + ((len(block.content) + 24 if declared is None else declared) & 0xFFFFFFFF).to_bytes(4, "little")
                + block.name
                + block.content
                for block, declared in parts
            )
            + rest
        )

    return Split("wavpack", tuple(blocks), join)


BY_MAGIC: tuple[tuple[int, bytes, Callable[[bytes], Split]], ...] = (
    (0, b"RIFF", _chunks),
    (0, b"FORM", _chunks),
    (0, b"fLaC", _flac),
    (0, b"OggS", _ogg),
    (4, b"ftyp", _atoms),
    (0, b"ID3", _id3),
    (0, b"\x30\x26\xb2\x75", _asf),
    (0, b"wvpk", _wavpack),
)
