"""Which passage is which track: the cheapest assignment that keeps the order within each file."""

from collections.abc import Sequence
from typing import Final

Costs = Sequence[Sequence[float]]
"""One row per passage, at least one; one column per track."""

_NEVER: Final = 1e9


def assign(costs: Costs, files: Sequence[int], unplaced: float) -> tuple[int | None, ...]:
    """Return each passage a track, or None, so that the sum is least; ``unplaced`` is the cost of having none.

    No track is used twice, and the passages of one file, which are in order of play, get tracks in that order. There
    are three cases. All passages are from one file: exact. The best assignment without regard to order keeps the order:
    exact. Otherwise the files out of order are aligned again, one after the other, with the tracks that no other file
    has: an approximation.
    """
    if len(set(files)) == 1:
        return align(costs, unplaced)
    placed = list(hungarian(costs, unplaced))
    for file in dict.fromkeys(files):
        rows = [row for row, owner in enumerate(files) if owner == file]
        tracks = [track for row in rows if (track := placed[row]) is not None]
        if tracks == sorted(tracks):
            continue
        others = {track for row, track in enumerate(placed) if files[row] != file and track is not None}
        free = [track for track in range(len(costs[0])) if track not in others]
        laid = align([[costs[row][track] for track in free] for row in rows], unplaced)
        for row, place in zip(rows, laid, strict=True):
            placed[row] = None if place is None else free[place]
    return tuple(placed)


def align(costs: Costs, unplaced: float) -> tuple[int | None, ...]:
    """Align passages with tracks, both in order; either may be left out. The cheapest way, by dynamic programming."""
    rows, columns = len(costs), len(costs[0])
    best = [[0.0] * (columns + 1)]
    for row in range(rows):
        line = [best[row][0] + unplaced]
        for column in range(columns):
            line.append(min(best[row][column] + costs[row][column], best[row][column + 1] + unplaced, line[column]))
        best.append(line)
    placed: list[int | None] = [None] * rows
    row, column = rows, columns
    while row and column:
        if best[row][column] == best[row][column - 1]:
            column -= 1
        elif best[row][column] == best[row - 1][column] + unplaced:
            row -= 1
        else:
            row, column = row - 1, column - 1
            placed[row] = column
    return tuple(placed)


def hungarian(costs: Costs, unplaced: float) -> tuple[int | None, ...]:
    """Return each row at most one column at the least sum: shortest augmenting paths with potentials, O(n^2 m).

    Every row also has a separate column for "none" at the cost ``unplaced``. (Kuhn 1955; Jonker and Volgenant 1987.)
    """
    rows, columns = len(costs), len(costs[0])
    padded = [
        [*line, *(unplaced if row == other else _NEVER for other in range(rows))] for row, line in enumerate(costs)
    ]
    width = columns + rows
    row_potential, column_potential = [0.0] * (rows + 1), [0.0] * (width + 1)
    owner = [0] * (width + 1)
    """The row, counted from 1, that has each column, counted from 1; 0: none."""
    for row in range(1, rows + 1):
        owner[0] = row
        came_from = _augment(padded, owner, row_potential, column_potential)
        column = came_from.pop()
        while column:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
    placed: list[int | None] = [None] * rows
    for column in range(1, columns + 1):
        if owner[column]:
            placed[owner[column] - 1] = column - 1
    return tuple(placed)


def _augment(costs: Costs, owner: list[int], row_potential: list[float], column_potential: list[float]) -> list[int]:
    """Find the cheapest path from the new row to a free column; that column is appended to the predecessors."""
    width = len(owner)
    distance, came_from, done = [_NEVER * width] * width, [0] * width, [False] * width
    column = 0
    while owner[column]:
        done[column] = True
        row, step, following = owner[column], _NEVER * width, 0
        for other in range(1, width):
            if done[other]:
                continue
            reduced = costs[row - 1][other - 1] - row_potential[row] - column_potential[other]
            if reduced < distance[other]:
                distance[other], came_from[other] = reduced, column
            if distance[other] < step:
                step, following = distance[other], other
        for other in range(width):
            if done[other]:
                row_potential[owner[other]] += step
                column_potential[other] -= step
            else:
                distance[other] -= step
        column = following
    came_from.append(column)
    return came_from
