"""Small real file systems for tests: in a name space of their own (mount_namespaces(7)), or mounted by root."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A file system with little space.

    Commands that are started with the prefix ``before`` find it at ``place``; this process finds it at ``seen``.
    """

    place: Path
    seen: Path
    before: tuple[str, ...] = ()

    @property
    def free(self):
        found = os.statvfs(self.seen)
        return found.f_bavail * found.f_frsize

    def fill(self, leave=0):
        """Fill the file system, except for ``leave`` bytes.

        If it is fuller, what fills it is cut, so that there is never more room than that meanwhile.
        """
        with open(self.seen / "filler", "ab") as filler:
            try:
                if self.free < leave:
                    filler.truncate(max(0, filler.tell() - (leave - self.free)))
                while (size := self.free - leave) > 0:
                    os.posix_fallocate(filler.fileno(), filler.seek(0, os.SEEK_END), size)
            except OSError:
                pass
        return self

    def make_room(self):
        (self.seen / "filler").unlink()

    def copy_library(self, name, folder):
        """Copy the files of a library to a folder where this process can open them."""
        for path in self.seen.glob(f"{name}*"):
            shutil.copyfile(path, folder / path.name)
        return folder / name


@contextmanager
def small_tmpfs(place, kilobytes):
    """Mount a file system in memory; skip the test, with the reason, where none can be mounted.

    It exists in a name space that ends with this process, so nothing remains.
    """
    place.mkdir()
    script = f'mount -t tmpfs -o size={kilobytes}k passagework-test "$0" && echo mounted && exec cat'
    reasons = []
    for alone, enter in (
        (("unshare", "--mount"), ("nsenter", "--mount")),
        (
            ("unshare", "--user", "--map-root-user", "--mount"),
            ("nsenter", "--user", "--mount", "--preserve-credentials"),
        ),
    ):
        if shutil.which("unshare") is None or shutil.which("nsenter") is None:
            pytest.skip("no file system can be mounted: unshare and nsenter are not there")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen([*alone, "sh", "-c", script, place], **pipes) as holder:
            if holder.stdout.readline() != "mounted\n":
                reasons.append(" ".join(holder.stderr.read().split()))
                continue
            try:
                yield SmallDisk(
                    place,
                    Path("/proc", str(holder.pid), "root", *place.parts[1:]),
                    (*enter, "--target", str(holder.pid)),
                )
            finally:
                holder.stdin.close()
            return
    pytest.skip(f"no file system can be mounted: {'; '.join(reasons)}")


@contextmanager
def small_ext4(place, kilobytes):
    """Mount an ext4 file system in a file; skip the test without root, or where it cannot be made."""
    image = place.with_suffix(".ext4")
    with open(image, "wb") as file:
        file.truncate(kilobytes * 1024)
    place.mkdir()
    for words in (
        ("mkfs.ext4", "-q", "-m", "0", "-N", "64", str(image)),
        ("mount", "-o", "loop,errors=remount-ro", str(image), str(place)),
    ):
        if (why := _failure_of(words)) is not None:
            pytest.skip(f"no ext4 can be mounted: {why}")
    try:
        yield SmallDisk(place, place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _failure_of(words):
    """Run a command; return in one line why it failed, None if it succeeded."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return f"{words[0]} is not there"
    return None if done.returncode == 0 else f"{words[0]}: {' '.join(done.stderr.split())}"
