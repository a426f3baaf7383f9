"""What has changed since the last import. Plain, no threads."""

from collections.abc import Iterable

from passagework.domain.scan_scope import ScanPart

MOST_PARTS = 4_096
"""Beyond this, all roots are looked through: it costs little more, and needs no memory."""


class Changes:
    """Folders that have changed, as the parts that the next run looks at."""

    def __init__(self) -> None:
        self._folders: set[bytes] = set()
        self._trees: set[bytes] = set()
        self._whole = False
        self._links = False

    def __bool__(self) -> bool:
        """Return whether anything has changed."""
        return self._whole or self._links or bool(self._folders or self._trees)

    def in_folder(self, folder: bytes) -> None:
        """Note that files of a folder have changed."""
        if not self._whole:
            self._folders.add(folder)
            self._bound()

    def below(self, folder: bytes) -> None:
        """Note that a folder has come or gone, or that it is unknown what has changed in it and below."""
        if not self._whole:
            self._trees.add(folder)
            self._bound()

    def everywhere(self) -> None:
        """Note that anything may have changed."""
        self._whole = True
        self._folders.clear()
        self._trees.clear()

    def links(self) -> None:
        """Note that passages wait which can be linked now; no folder has changed."""
        self._links = True

    def put_back(self, parts: Iterable[ScanPart] | None) -> None:
        """Note again what was taken for a run that did not do it."""
        if parts is None:
            self.everywhere()
            return
        self._links = True
        for part in parts:
            (self.below if part.below else self.in_folder)(part.folder)

    def take(self) -> tuple[ScanPart, ...] | None:
        """Return what has changed and forget it; None: everything, and nothing where only links are due.

        No part is within another that goes below it.
        """
        whole, trees, folders = self._whole, self._trees, self._folders
        self._whole, self._links, self._trees, self._folders = False, False, set(), set()
        if whole:
            return None
        parts = [ScanPart(folder, below=True) for folder in trees if not _within(folder, trees)]
        parts += [ScanPart(folder, below=False) for folder in folders - trees if not _within(folder, trees)]
        return tuple(sorted(parts, key=lambda part: part.folder))

    def _bound(self) -> None:
        if len(self._folders) + len(self._trees) > MOST_PARTS:
            self.everywhere()


def _within(folder: bytes, trees: set[bytes]) -> bool:
    """Return whether a folder is below one of ``trees``, by the names above it: their number does not matter."""
    end = folder.rfind(b"/")
    while end > 0:
        if folder[:end] in trees:
            return True
        end = folder.rfind(b"/", 0, end)
    return end == 0 and folder != b"/" and b"/" in trees
