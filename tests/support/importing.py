"""A folder of short pieces whose times are no whole seconds, and an importer that tells what it read of them."""

import os
import shutil
from contextlib import contextmanager

from passagework.domain.scan_scope import ScanPart, ScanScope

FLAC, MP3, OGG, WAV = "0/flac.flac", "1/mp3.mp3", "2/vorbis.ogg", "3/wav.wav"


def make_old(path):
    """Give a file a time that is no whole second, and long ago: what is written as it is read is read again."""
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))


class Importing:
    """An importer in this process, and the files that it compared and decoded in its last run."""

    def __init__(self, importer):
        self._importer = importer
        self.library = importer.library
        self.decoded, self.compared = [], []

    def run(self, *roots, **how):
        self.decoded.clear()
        self.compared.clear()
        return self._importer.start(roots, **how).wait(180)

    def run_part(self, root, folder):
        """Look at one folder alone, as a watch does."""
        scope = ScanScope(parts=(ScanPart(os.fsencode(folder), below=False),))
        self.decoded.clear()
        self.compared.clear()
        return self._importer._start((os.fsencode(root),), scope=scope).wait(180)

    def file(self, path):
        return self.library.file(os.fsencode(path))

    def passage(self, path):
        (passage,) = self.file(path).passages
        return passage

    def undo(self, run):
        return self._importer.undo(run)


@contextmanager
def same_times(path):
    """Restore the times of a file that the block changes."""
    before = path.stat()
    yield
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def copied_away(source, target):
    """Move a file as between file systems: the copy has another inode."""
    shutil.copy2(source, target)
    source.unlink()
