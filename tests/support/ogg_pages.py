"""Ogg files taken apart and put together again, page by page (RFC 3533)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

HEADER_BYTES = 27
POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True)
class Page:
    """A page with its packets; ``goes_on`` tells that the last one goes on in the next page."""

    flags: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]
    goes_on: bool = False


def pages_of(content: bytes) -> list[Page]:
    """Take a file apart."""
    pages = []
    at = 0
    while at < len(content):
        header = content[at : at + HEADER_BYTES]
        segments = content[at + HEADER_BYTES : at + HEADER_BYTES + header[26]]
        at += HEADER_BYTES + len(segments)
        packets, packet = [], b""
        for segment in segments:
            packet += content[at : at + segment]
            at += segment
            if segment < 255:
                packets.append(packet)
                packet = b""
        goes_on = segments[-1:] == b"\xff"
        if goes_on:
            packets.append(packet)
        granule, serial = int.from_bytes(header[6:14], "little", signed=True), int.from_bytes(header[14:18], "little")
        number = int.from_bytes(header[18:22], "little")
        pages.append(Page(header[5], granule, serial, number, tuple(packets), goes_on))
    return pages


def file_of(pages: Iterable[Page]) -> bytes:
    """Put pages together, with numbers in their order and new checksums."""
    return b"".join(_bytes_of(replace(page, number=number)) for number, page in enumerate(pages))


def _bytes_of(page: Page) -> bytes:
    segments = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in page.packets)
    if page.goes_on:
        segments = segments[:-1]
    raw = bytearray(
        b"OggS\0"
        + bytes([page.flags])
        + page.granule.to_bytes(8, "little", signed=True)
        + page.serial.to_bytes(4, "little")
        + page.number.to_bytes(4, "little")
        + bytes(4)
        + bytes([len(segments)])
        + segments
        + b"".join(page.packets)
    )
    raw[22:26] = _checksum(raw).to_bytes(4, "little")
    return bytes(raw)


def _table() -> list[int]:
    table = []
    for byte in range(256):
        checksum = byte << 24
        for _ in range(8):
            checksum = (checksum << 1 ^ (POLYNOMIAL if checksum & 1 << 31 else 0)) & 0xFFFFFFFF
        table.append(checksum)
    return table


TABLE = _table()


def _checksum(raw: bytes | bytearray) -> int:
    checksum = 0
    for byte in raw:
        checksum = checksum << 8 & 0xFFFFFFFF ^ TABLE[checksum >> 24 ^ byte]
    return checksum


def with_headers_twice(content: bytes) -> bytes:
    """Repeat the three headers of Vorbis behind themselves, as some editors do: FFmpeg refuses such a file."""
    first, second, *rest = pages_of(content)
    assert len(second.packets) == 2
    again = Page(0, -104, first.serial, 0, (*first.packets, *second.packets))
    return file_of([first, second, again, *rest])
