"""One way through the roots of a scan. Plain, no threads."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from passagework.actors.scanner.absent import is_below
from passagework.actors.scanner.moves import MoveClaims
from passagework.actors.scanner.places import PlaceClaims
from passagework.actors.scanner.second_roots import with_second_roots_last
from passagework.actors.scanner.walk import Listing, ScanRules, Visited, walk
from passagework.domain.progress import ScanProblem
from passagework.domain.scan_scope import ScanPart

FOLDERS_AT_ONCE = 256
FILES_AT_ONCE = 4_000
"""What is compared at once is at most so many folders, and ends with the folder that reaches so many files.

A question and the messages around it take as long as looking at some 50 files, so one for each folder would be most of
the work. More folders at once would save nothing, and keep credits and stops waiting.
"""


@dataclass(slots=True)
class Course:
    """One way through the roots: listings still to come, and what was seen so far.

    ``claims`` and ``places`` collect files that may have been moved, and that may have several places; None: nothing is
    to be done about any file.
    """

    roots: tuple[bytes, ...]
    rules: ScanRules
    parts: tuple[ScanPart, ...] | None = None
    claims: MoveClaims | None = None
    places: PlaceClaims | None = None
    visited: Visited = field(default_factory=dict)
    problems: list[ScanProblem] = field(default_factory=list)
    listings: Iterator[Listing] = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the first root, or part."""
        parts = self.parts
        begins: Iterable[tuple[bytes, ScanPart | None]] = (
            ((root, None) for root in with_second_roots_last(self.roots))
            if parts is None
            else _with_roots(parts, self.roots)
        )
        self.listings = itertools.chain.from_iterable(
            walk(root, self.rules, self.visited, self.roots, part) for root, part in begins
        )

    def take(self, until: Callable[[], bool]) -> list[Listing]:
        """List the next folders: some, or one if ``until`` says so after it; none at the end."""
        taken: list[Listing] = []
        files = 0
        for listing in self.listings:
            taken.append(listing)
            files += len(listing.files)
            if len(taken) == FOLDERS_AT_ONCE or files >= FILES_AT_ONCE or until():
                break
        return taken

    @property
    def keeps_some(self) -> bool:
        """Whether a file waits for the end of the walk."""
        return bool(self.claims) or bool(self.places)

    def name_of(self, path: bytes) -> bytes | None:
        """Return under which path the walk listed the file that is at a path; None: it was not in that folder."""
        folder, _, name = path.rpartition(b"/")
        try:
            status = os.stat(folder or b"/")
        except OSError:
            return None
        listed = self.visited.get((status.st_dev, status.st_ino))
        return None if listed is None else listed.rstrip(b"/") + b"/" + name

    def put_back(self, listings: Sequence[Listing]) -> None:
        """Return listings to the course: the library was away, so the two could not be compared."""
        self.listings = itertools.chain(listings, self.listings)


def _with_roots(parts: Iterable[ScanPart], roots: Sequence[bytes]) -> Iterator[tuple[bytes, ScanPart]]:
    """Yield each part with its root, below which globs are matched."""
    for part in parts:
        root = next((root for root in roots if part.folder == root or is_below(part.folder, (root,))), None)
        if root is not None:
            yield root, part
