"""Changes of good files: of their blocks, and of their bytes."""

import random
from collections.abc import Callable, Sequence

from torture_parts.mutants.blocks import Block, Split, split

SIZES = (
    0,
    1,
    3,
    4,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x100,
    0x7FFF,
    0xFFFF,
    0x10000,
    0xFFFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)
NUMBERS = (*SIZES, 2**63 - 1, 2**64 - 1)
HEAD = 4096
"""Most that decides is at the beginning of a file, or near its end."""

TAIL = 512


def mutant(data: bytes, others: Sequence[bytes], rng: random.Random) -> tuple[str, bytes]:
    """Change a file in one to three ways; give what was done."""
    done = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        parts = split(data) if rng.random() < 0.6 else None
        if parts is not None and parts.blocks:
            name, data = _of_blocks(parts, others, rng)
        else:
            change = rng.choice(BYTES)
            name, data = change.__name__, change(bytearray(data or b"\0"), others, rng)
        done.append(name)
    return "+".join(sorted(set(done))), data


def _of_blocks(parts: Split, others: Sequence[bytes], rng: random.Random) -> tuple[str, bytes]:
    blocks: list[tuple[Block, int | None]] = [(block, None) for block in parts.blocks]
    at = rng.randrange(len(blocks))
    block, _ = blocks[at]
    match rng.randrange(10):
        case 0:
            del blocks[at]
            name = "block deleted"
        case 1:
            blocks[at:at] = [blocks[at]] * rng.choice((1, 2, 50, 2000) if len(block.content) < 500 else (1, 2))
            name = "block repeated"
        case 2:
            rng.shuffle(blocks)
            name = "blocks shuffled"
        case 3 | 4:
            size = min(rng.choice(NUMBERS), parts.biggest)
            near = max(0, len(block.content) + rng.randrange(-9, 10))
            blocks[at] = (block, rng.choice((size, near)))
            name = "size wrong"
        case 5:
            blocks[at] = (Block(block.name, b""), None)
            name = "block empty"
        case 6:
            cut = block.content[: rng.randrange(len(block.content) + 1)]
            blocks[at] = (Block(block.name, cut), None)
            name = "block cut"
        case 7:
            other = blocks[rng.randrange(len(blocks))][0]
            blocks[at] = (Block(other.name, block.content), None)
            name = "block renamed"
        case 8:
            content = bytearray(block.content or b"\0")
            for _ in range(rng.choice((1, 2, 8))):
                content[rng.randrange(min(len(content), 64))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF))
            blocks[at] = (Block(block.name, bytes(content)), None)
            name = "fields changed"
        case _:
            foreign = rng.choice(others)
            piece = foreign[(start := rng.randrange(len(foreign))) : start + rng.randrange(1, 5000)]
            blocks[at] = (Block(block.name, piece), None)
            name = "block of another file"
    return f"{parts.family} {name}", parts.join(blocks)


def flipped(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Flip bits."""
    for _ in range(rng.choice((1, 1, 4, 32, 1000))):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(data)


def numbered(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Put a number where code expects another one."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, width = _place(data, rng), rng.choice((1, 2, 3, 4, 8))
        order = "big" if rng.random() < 0.5 else "little"
        data[at : at + width] = (rng.choice(NUMBERS) & (256**width - 1)).to_bytes(width, order)  # type: ignore[arg-type]
    return bytes(data)


def cut(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Cut at the end, or at the beginning."""
    at = _place(data, rng)
    return bytes(data[at:] if rng.random() < 0.2 else data[:at])


def removed(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Leave out a piece."""
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 16, 500, 5000))]
    return bytes(data)


def repeated(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Repeat a piece."""
    at, size = _place(data, rng), rng.choice((1, 4, 100, 4096))
    data[at:at] = data[at : at + size] * rng.choice((1, 2, 100))
    return bytes(data)


def spliced(data: bytearray, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Go on with another file."""
    other = rng.choice(others)
    return bytes(data[: _place(data, rng)]) + other[_place(other, rng) :]


def preceded(data: bytearray, others: Sequence[bytes], rng: random.Random) -> bytes:
    """Put something in front."""
    other = rng.choice(others)
    return rng.choice((bytes(10), b"\xff" * 40, rng.randbytes(300), other[:2000], b"ID3\4\0\0\0\0\0\x0a")) + bytes(data)


def noisy(data: bytearray, _: Sequence[bytes], rng: random.Random) -> bytes:
    """Put noise over a piece."""
    at, size = _place(data, rng), rng.choice((4, 64, 4096))
    data[at : at + size] = rng.randbytes(min(size, len(data) - at))
    return bytes(data)


BYTES: tuple[Callable[[bytearray, Sequence[bytes], random.Random], bytes], ...] = (
    *(flipped, numbered, numbered, cut, removed, repeated, spliced, preceded, noisy),
)


def _place(data: bytes | bytearray, rng: random.Random) -> int:
    """Choose a place: mostly where headers and tags are."""
    size = max(1, len(data))
    chosen = rng.random()
    if chosen < 0.6:
        return rng.randrange(min(size, HEAD))
    if chosen < 0.8:
        return size - 1 - rng.randrange(min(size, TAIL))
    return rng.randrange(size)
