"""The atoms of MP4 files as a flat list: a container stands before what is in it, and END behind."""

from collections.abc import Iterator, Sequence

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"ilst", b"edts", b"dinf"})
END = b"end"


def flat(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents."""
    at = 0
    while at + 8 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size < 8:
            return
        if name in CONTAINERS:
            yield name, b""
            yield from flat(data[at + 8 : at + size])
            yield END, name
        else:
            yield name, data[at + 8 : at + size]
        at += size


def nested(parts: Sequence[tuple[bytes, bytes, int | None]]) -> bytes:
    """Put atoms together again. Each has a size to declare, None: the true one. What is open ends with the file."""
    open_ones: list[tuple[bytes, int | None, bytes]] = [(b"", None, b"")]
    for name, content, size in parts:
        if name != END:
            open_ones.append((name, size, content))
        if name not in CONTAINERS and len(open_ones) > 1:
            _close(open_ones)
    while len(open_ones) > 1:
        _close(open_ones)
    return open_ones[0][2]


def _close(open_ones: list[tuple[bytes, int | None, bytes]]) -> None:
    name, size, content = open_ones.pop()
    above, above_size, so_far = open_ones.pop()
    declared = (len(content) + 8 if size is None else size) & 0xFFFFFFFF
    open_ones.append((above, above_size, so_far + declared.to_bytes(4, "big") + name + content))
