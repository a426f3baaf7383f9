"""Roots that are one folder under several names: a bind mount, a link to a folder. Plain, no threads."""

import os
from collections import defaultdict
from collections.abc import Iterable

Alias = tuple[bytes, bytes]
"""The name under which the walk lists a root, and another one."""


def second_roots(roots: Iterable[bytes]) -> tuple[Alias, ...]:
    """Return the second names of roots. The first is the smallest, as it is where roots are imported one by one.

    A root that is mounted within itself has none there: each of its files would have no end of places.
    """
    names: defaultdict[tuple[int, int], list[bytes]] = defaultdict(list)
    for root in dict.fromkeys(roots):
        try:
            status = os.stat(root)
        except OSError:
            continue
        names[status.st_dev, status.st_ino].append(root)
    several = (sorted(ones, key=lambda name: name + b"/") for ones in names.values())
    return tuple(
        (first, other)
        for first, *others in several
        for other in others
        if not other.startswith(first.rstrip(b"/") + b"/") and not first.startswith(other.rstrip(b"/") + b"/")
    )


def with_second_roots_last(roots: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the roots in the order in which they are walked: so that a folder is listed under its first name."""
    roots = tuple(roots)
    second = {other for _, other in second_roots(roots)}
    return tuple(sorted(roots, key=second.__contains__))
