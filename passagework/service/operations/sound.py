"""The bytes of the file of a passage, whole or in ranges, so that a player can seek in it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from passagework.service.answers import Receive, Scope, Send
from passagework.service.byte_range import Part, Version, is_known, part_asked
from passagework.service.disconnects import watch_for_leaving
from passagework.service.errors import BusyError, FileDiffersError
from passagework.service.known_file import open_known
from passagework.service.operation import Answers, Operation, streaming
from passagework.service.operations.passages import PassageAsked
from passagework.service.stage import MOST_SOUNDS, Stage

PIECE: Final = 131_072
"""Bytes that are read and sent at a time."""

_TYPES: Final[Mapping[str, bytes]] = {
    "mp3": b"audio/mpeg",
    "flac": b"audio/flac",
    "ogg": b"audio/ogg",
    "wav": b"audio/wav",
    "aiff": b"audio/aiff",
    "mp4": b"audio/mp4",
    "aac": b"audio/aac",
    "w64": b"audio/x-w64",
    "amr": b"audio/amr",
    "matroska": b"audio/x-matroska",
    "asf": b"audio/x-ms-wma",
    "wavpack": b"audio/x-wavpack",
    "ape": b"audio/x-ape",
    "musepack": b"audio/x-musepack",
    "tta": b"audio/x-tta",
    "caf": b"audio/x-caf",
    "au": b"audio/basic",
}
"""By the container that was recognised, whatever the name of the file says."""


@dataclass(frozen=True, slots=True)
class _Opened:
    descriptor: int
    version: Version
    content_type: bytes


async def sound(stage: Stage, asked: PassageAsked, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the bytes that are asked for, piece by piece, as fast as the client reads them."""
    if stage.sounds >= MOST_SOUNDS:
        raise BusyError("as many files are being sent as may be at a time; come back in a second")
    stage.sounds += 1
    try:
        opened = await stage.pool.run(partial(_open, stage, asked.guid))
        try:
            await _send(stage, opened, scope, receive, send)
        finally:
            os.close(opened.descriptor)
    finally:
        stage.sounds -= 1


def _open(stage: Stage, guid: str) -> _Opened:
    passage = stage.library.passage(guid)
    file = stage.library.file(passage.path)
    descriptor = open_known(file.path, file.stamp, stage.roots)
    status = os.fstat(descriptor)
    container = file.format.container if file.format is not None else ""
    return _Opened(
        descriptor,
        Version(status.st_size, status.st_mtime_ns, status.st_ino),
        _TYPES.get(container, b"application/octet-stream"),
    )


async def _send(stage: Stage, opened: _Opened, scope: Scope, receive: Receive, send: Send) -> None:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    version = opened.version
    about = [
        (b"etag", version.etag),
        (b"last-modified", version.modified),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", b"private, no-cache"),
    ]
    if is_known(headers, version):
        await send({"type": "http.response.start", "status": 304, "headers": about})
        await send({"type": "http.response.body", "body": b""})
        return
    part = part_asked(headers, version)
    about += [(b"content-type", opened.content_type), (b"content-length", b"%d" % part.length)]
    if not part.whole:
        about.append((b"content-range", b"bytes %d-%d/%d" % (part.first, part.last, part.size)))
    await send({"type": "http.response.start", "status": 200 if part.whole else 206, "headers": about})
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    gone = watch_for_leaving(receive)
    try:
        await _send_part(stage, opened.descriptor, part, send, gone.done)
    finally:
        gone.cancel()


async def _send_part(stage: Stage, descriptor: int, part: Part, send: Send, gone: Callable[[], bool]) -> None:
    position, end = part.first, part.last + 1
    while not (gone() or stage.feed.stopping):
        piece = await stage.files.run(partial(os.pread, descriptor, min(PIECE, end - position), position))
        position += len(piece)
        if not piece and position < end:
            raise FileDiffersError("the file became shorter while it was sent")
        await send({"type": "http.response.body", "body": piece, "more_body": position < end})
        if position >= end:
            return


OPERATIONS: Final[tuple[Operation, ...]] = (
    streaming(
        "audio",
        "/api/1/passages/{guid}/audio",
        "The bytes of the file of a passage, or a range of them.",
        PassageAsked,
        sound,
        Answers(content=("audio/*", "application/octet-stream")),
        refuses=(403, 404, 409, 416),
    ),
)
