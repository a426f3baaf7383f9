"""A daemon of asyncio that follows folders: its own logging, its own signal handler, events, pause, a clean stop.

    python examples/embed_in_a_daemon.py LIBRARY FOLDER [FOLDER ...]

SIGUSR1 has the importer rest while the station is on air, and go on with the next one. SIGTERM and SIGINT end it.
An embedded importer prints nothing and sets no signal handler: all of that is in this file.
"""

import asyncio
import logging
import signal
import sys
from contextlib import suppress

from passagework import (
    AsyncImporter,
    Event,
    FileFailed,
    FileLinked,
    FileMissing,
    LibraryPaused,
    PassageworkError,
    RunFailed,
    RunFinished,
    WatchFailed,
    display_path,
    load_settings,
)

log = logging.getLogger("station")


async def hear(importer: AsyncImporter) -> None:
    """Log what happens, until the importer is closed."""
    async for event in importer.events():
        # When the library is asked about it, what was linked may be forgotten again, the disk may be full, and the
        # importer closed.
        with suppress(PassageworkError):
            if said := await told(importer, event):
                log.info("%s", said)


async def told(importer: AsyncImporter, event: Event) -> str:  # noqa: PLR0911 - one for each event
    """Say in words what a station wants to know of an event."""
    match event:
        case FileLinked(passages=guids):
            titles = [(await importer.library.passage(guid)).title.name for guid in guids]
            return f"can be played: {', '.join(title or '?' for title in titles)}"
        case FileFailed(path=path, failure=failure):
            return f"cannot be played: {display_path(path)}: {failure}"
        case FileMissing(path=path):
            return f"is gone: {display_path(path)}"
        case LibraryPaused(reason=reason):
            return f"waiting: {reason}"
        case RunFinished(run=run, report=report):
            return f"run {run} is {report.state}: {report.summary.analysed} analysed"
        case RunFailed(code=code, reason=reason) | WatchFailed(code=code, reason=reason):
            return f"{code}: {reason}"
    return ""


async def main(library: str, *folders: str) -> None:
    """Follow the folders until a signal comes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stdout)
    logging.getLogger("passagework").setLevel(logging.WARNING)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # The configuration of this user, with what this daemon wants otherwise.
    settings = load_settings(overrides={"library.path": library, "analysis.workers": "2", "analysis.priority": "idle"})
    # Before the library is opened: a signal that comes meanwhile ends it as well.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncImporter(settings) as importer:
        loop.add_signal_handler(signal.SIGUSR1, lambda: importer.resume() if importer.paused else importer.pause())
        hearing = asyncio.create_task(hear(importer))
        await importer.watch(folders)
        log.info("following %d folders", len(folders))
        await stop.wait()
        log.info("stopping")
        await importer.close()
        await hearing
    log.info("stopped")


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except PassageworkError as error:
        # The disk was full until the end, for example: what is not stored is done again after the next start.
        log.error("%s: %s", error.code, error)  # noqa: TRY400 - a station needs no traceback of what it expects
        sys.exit(error.exit_code)
