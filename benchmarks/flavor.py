"""Flavor: whether a piece finds what it is part of, how often tempo and key are right, and what it costs.

    python benchmarks/flavor.py SOUNDTRACK... [--held-out FOLDER] [--midi FOLDER] [--bach FOLDER] [--scores FOLDER]

Each option may be repeated. A SOUNDTRACK is a folder of tracks that belong together; archives in it (.pk3, .zip) are
unpacked. Tracks shorter than 40 s are left out. Pieces are compared by their distance alone, and by mutual proximity:
the share of the other pieces that are further away, seen from both sides, if distances are normally distributed.

"halves" is the share of halves of tracks whose nearest is the other half, among the halves of all tracks. "P@5" is the
share of the five nearest tracks that are of the same soundtrack; beside it is what drawing lots gives. "copies" is the
share of changed copies whose nearest is the original, among all originals; ``--every 3`` copies each third track.
"parts" says by how much the centroid of the halves differs from the whole: a half is related to its own level, the
whole to the level of both.

Where the trained nets are installed, all of that once more with what they heard.

Tempo: on drums that flavor_drums.py makes, from seeds to which nothing was fitted, and on MIDI files that state a
tempo. Right is what is within 4 % of it, or of half, double, a fourth or four times. Key: on scores that
flavor_scores.py makes. FluidSynth plays MIDI files with a SoundFont; those with a .flac of their name beside them are
not played again.
"""

from collections import Counter
from collections.abc import Sequence
from math import erf, sqrt
from pathlib import Path

import numpy as np
from flavor_heard import COPIES, Cost, flavors, full_flavors, sounds
from flavor_truths import can_play, drummed, exact, keys, octave_free, relation, tempos
from harness import Targets, arguments, parsed, table
from numpy.typing import NDArray
from seams.flavor import EMBEDDING, Flavor, distances, features, has_nets

NEAREST = 5
RELATIONS = ("exact", "a fifth off", "relative", "parallel", "others")
Matrix = NDArray[np.float64]


def main() -> None:
    parser = arguments(__doc__, shortest=40.0, every=1, drums=20, most=1000)
    parser.add_argument("soundtracks", nargs="+", type=Path, metavar="SOUNDTRACK")
    for name in ("held-out", "midi", "bach", "scores"):
        parser.add_argument(f"--{name}", action="append", type=Path, default=[], metavar="FOLDER")
    wanted = parsed(parser, shortest=5.0, drums=1, most=2)
    targets = Targets()
    show_finding(wanted.soundtracks, wanted.held_out, wanted.shortest, wanted.every, targets)
    show_tempos(wanted.drums, wanted.midi, wanted.most, targets)
    show_keys(wanted.bach, wanted.scores, wanted.most, targets)
    targets.show()


class Collection:
    """The flavors of tracks, of their halves and of their copies."""

    def __init__(
        self, folders: Sequence[Path], shortest: float, cost: Cost, every: int = 0, *, full: bool = False
    ) -> None:
        self.embedding = EMBEDDING if full else 0
        heard = full_flavors if full else flavors
        self.labels: list[int] = []
        self.wholes: list[Flavor] = []
        self.halves: tuple[list[Flavor], list[Flavor]] = ([], [])
        self.copied: list[int] = []
        self.copies: dict[str, list[Flavor]] = {name: [] for name in COPIES}
        for label, folder in enumerate(folders):
            for _, sound in sounds(folder, shortest):
                about = {} if full else {"cost": cost}
                first, second, whole = heard(sound, halves=True, **about)
                copied = every > 0 and len(self.wholes) % every == 0
                copies = {name: heard(change(sound))[0] for name, change in COPIES.items()} if copied else {}
                assert whole is not None
                assert first is not None
                assert second is not None
                self.labels.append(label)
                if copied:
                    self.copied.append(len(self.wholes))
                self.wholes.append(whole)
                self.halves[0].append(first)
                self.halves[1].append(second)
                for name, copy in copies.items():
                    assert copy is not None
                    self.copies[name].append(copy)


def show_finding(
    soundtracks: Sequence[Path], held_out: Sequence[Path], shortest: float, every: int, targets: Targets
) -> None:
    cost = Cost()
    ours = Collection(soundtracks, shortest, cost, every)
    rows = [found("of all", ours)]
    rows += [found(folder.name, Collection([folder], shortest, cost), alone=True) for folder in held_out]
    with_nets = Collection(soundtracks, shortest, cost, every, full=True) if has_nets() else None
    if with_nets is not None:
        rows.append(found("of all, with the nets", with_nets))
    print("Finding, by the distance / by mutual proximity\n")
    table(("soundtracks", "tracks", "halves", "P@5", "by lot"), [row for row, _ in rows])
    print()
    table(
        ("copies", "find their original"),
        [
            (f"{name}{words}", " / ".join(f"{share:.1%}" for share in copies_found(tracks, name)))
            for tracks, words in ((ours, ""), (with_nets, ", with the nets"))
            if tracks is not None
            for name in COPIES
        ],
    )
    print()
    table(("parts: largest difference of a share", "median", "19 of 20"), parts(ours))
    print()
    table(
        ("CPU-s an hour of audio", "meter", "descriptions", "together"),
        [
            (
                f"{cost.hours:.1f} hours",
                f"{cost.meter / cost.hours:.2f}",
                f"{cost.described / cost.hours:.2f}",
                f"{(cost.meter + cost.described) / cost.hours:.2f}",
            )
        ],
    )
    halves, nearest = rows[0][1]
    targets.at_least("halves of a track that find each other", halves, 0.82, ".3f")
    targets.at_least("share of the five nearest that are of the same soundtrack", nearest, 0.72, ".3f")
    for name in COPIES:
        targets.at_least(f"copies that find their original: {name}", copies_found(ours, name)[1], 0.95, ".3f")
    if with_nets is not None:
        halves, nearest = rows[-1][1]
        targets.at_least("with the nets: halves of a track that find each other", halves, 0.84, ".3f")
        targets.at_least("with the nets: share of the five nearest of the same soundtrack", nearest, 0.80, ".3f")
    targets.at_most("CPU-s an hour of audio", (cost.meter + cost.described) / cost.hours, 3.0)


def found(name: str, tracks: Collection, *, alone: bool = False) -> tuple[tuple[str, ...], tuple[float, float]]:
    """Give a row of the table, and the figures by mutual proximity."""
    count = len(tracks.wholes)
    halves = between([*tracks.halves[0], *tracks.halves[1]], tracks.embedding)
    partner = (np.arange(2 * count) + count) % (2 * count)
    pairs = [float((nearest(matrix, 1)[:, 0] == partner).mean()) for matrix in (halves, proximity(halves))]
    wholes, labels = between(tracks.wholes, tracks.embedding), np.array(tracks.labels)
    most = min(NEAREST, max(1, count - 1))
    same = [float((labels[nearest(matrix, most)] == labels[:, None]).mean()) for matrix in (wholes, proximity(wholes))]
    sizes = Counter(tracks.labels).values()
    lots = sum(size * (size - 1) for size in sizes) / max(1, count * (count - 1))
    texts = (f"{same[0]:.3f} / {same[1]:.3f}", f"{lots:.3f}") if not alone else ("-", "-")
    return (name, str(count), f"{pairs[0]:.1%} / {pairs[1]:.1%}", *texts), (pairs[1], same[1])


def copies_found(tracks: Collection, name: str) -> list[float]:
    """Give the shares of copies whose nearest original is their own."""
    count = len(tracks.wholes)
    matrix = between([*tracks.wholes, *tracks.copies[name]], tracks.embedding)
    shares = []
    for compared in (matrix, proximity(matrix)):
        among = compared[count:, :count]
        shares.append(float((among.argmin(axis=1) == np.array(tracks.copied)).mean()))
    return shares


def parts(tracks: Collection) -> list[tuple[str, str, str]]:
    """Give for each group by how much the centroid of both halves differs from the whole."""
    apart: dict[str, list[float]] = {}
    for whole, *halves in zip(tracks.wholes, *tracks.halves, strict=True):
        for name, members in whole.groups:
            shares = [[share for _, share in dict(half.groups).get(name, ())] for half in halves]
            if all(shares):
                centroid = np.average(shares, axis=0, weights=[half.seconds for half in halves])
                apart.setdefault(name, []).append(float(np.abs(centroid - [share for _, share in members]).max()))
    return [
        (name, *(f"{float(np.quantile(ones, quantile)):.3f}" for quantile in (0.5, 0.95)))
        for name, ones in apart.items()
    ]


def between(pieces: Sequence[Flavor], embedding: int = 0) -> Matrix:
    rows = features(pieces, embedding)
    return np.array([distances(row, rows) for row in rows], np.float64)


def proximity(matrix: Matrix) -> Matrix:
    """Turn distances into 1 minus mutual proximity (Schnitzer and others 2012)."""
    others = matrix.copy()
    np.fill_diagonal(others, np.nan)
    means, deviations = np.nanmean(others, axis=1), np.nanstd(others, axis=1) + 1e-9
    further = 0.5 - 0.5 * np.vectorize(erf)((matrix - means[:, None]) / (deviations[:, None] * sqrt(2)))
    back = 0.5 - 0.5 * np.vectorize(erf)((matrix - means) / (deviations * sqrt(2)))
    return np.asarray(1 - further * back)


def nearest(matrix: Matrix, most: int) -> NDArray[np.intp]:
    others = matrix.copy()
    np.fill_diagonal(others, np.inf)
    return np.argsort(others, axis=1)[:, :most]


def show_tempos(each: int, folders: Sequence[Path], most: int, targets: Targets) -> None:
    print("\nTempo\n")
    rows = []
    right: dict[str, list[bool]] = {}
    octave: list[bool] = []
    for style, bpm, flavor in drummed(each):
        tempo = None if flavor is None else flavor.tempo
        right.setdefault(style, []).append(octave_free(tempo, bpm))
        octave.append(exact(tempo, bpm))
    every = [one for ones in right.values() for one in ones]
    worst = min(right, key=lambda style: sum(right[style]) / len(right[style]))
    rows.append(("generated drums", len(every), share(every), share(octave), f"{worst} {share(right[worst])}"))
    targets.at_least("tempo of generated drums, but for the octave", float(np.mean(every)), 0.95, ".3f")
    ones: list[bool] = []
    for folder in folders:
        if not can_play(folder):
            print(f"{folder.name} is left out: there is no FluidSynth, or no SoundFont\n")
            continue
        pairs = [(truth, None if flavor is None else flavor.tempo) for truth, flavor in tempos(folder, most)]
        free = [octave_free(tempo, truth) for truth, tempo in pairs]
        ones += free
        octaves = share([exact(tempo, truth) for truth, tempo in pairs])
        rows.append((folder.name, len(free), share(free), octaves, "-"))
    table(("pieces", "number", "right but for the octave", "right", "worst style"), rows)
    if ones:
        targets.at_least("tempo of rendered MIDI, but for the octave", float(np.mean(ones)), 0.88, ".3f")


def show_keys(bach: Sequence[Path], others: Sequence[Path], most: int, targets: Targets) -> None:
    rows = []
    for folders, what, least in ((bach, "Bach", 0.85), (others, "classical scores", 0.70)):
        right: list[bool] = []
        for folder in folders:
            if not can_play(folder):
                print(f"\n{folder.name} is left out: there is no FluidSynth, or no SoundFont")
                continue
            counted: Counter[str] = Counter()
            sure: list[bool] = []
            for truth, flavor in keys(folder, most):
                shares = [value for _, value in dict(flavor.groups)["key"]]
                how = relation(int(np.argmax(shares)), truth)
                counted[how] += 1
                if max(shares) >= 0.6:
                    sure.append(how == "exact")
            number = max(1, sum(counted.values()))
            right += [True] * counted["exact"] + [False] * (sum(counted.values()) - counted["exact"])
            rows.append(
                (
                    folder.name,
                    sum(counted.values()),
                    *(f"{counted[how] / number:.1%}" for how in RELATIONS),
                    f"{share(sure)} of {len(sure)}",
                )
            )
        if right:
            targets.at_least(f"key of {what}, exact", float(np.mean(right)), least, ".3f")
    if rows:
        print("\nKey\n")
        table(("scores", "number", *RELATIONS, "where its share is 0.6"), rows)


def share(ones: Sequence[bool]) -> str:
    return f"{sum(ones) / max(1, len(ones)):.1%}"


if __name__ == "__main__":
    main()
