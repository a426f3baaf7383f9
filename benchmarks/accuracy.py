"""Measure how often identification is right on recorded lookups.

    python benchmarks/accuracy.py [LOOKUPS] [--plot FILE.svg] [--list FILE.txt]

LOOKUPS is a file with one JSON object per line: source (folder and file name), duration, fingerprint and response.
Without it, acoustid/lookups.jsonl below PASSAGEWORK_FIXTURES is taken, the lookups that the weights were fitted to.
docs/identification-accuracy.md says what is measured and why so.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from accuracy_data import Lookup, groups, read_lookups, scorable_list
from accuracy_fit import FITTED, example, fit
from accuracy_plot import draw
from accuracy_score import Result, baselines, score, score_albums
from accuracy_truth import NORMALISATION
from seams.identification import STARTING_WEIGHTS, WEIGHTS, AlbumVote, PassageDecision, Weights, decide

COMMITTED = Path(__file__).with_name("accuracy_scorable.txt")


def decide_all(
    lookups: Sequence[Lookup], weights: Weights, folders: Iterable[int] | None = None
) -> tuple[dict[int, PassageDecision], dict[int, tuple[AlbumVote, ...]]]:
    """Decide folder by folder; by index of the lookup what it is, by folder its albums."""
    wanted = None if folders is None else set(folders)
    decided: dict[int, PassageDecision] = {}
    albums = {}
    for folder, group in groups(lookups).items():
        if wanted is None or folder in wanted:
            decision = decide(group, weights)
            decided.update((int(passage.key), passage) for passage in decision.passages)
            albums[folder] = decision.albums
    return decided, albums


def fit_all(lookups: Sequence[Lookup], version: str, left_out: int | None = None) -> Weights:
    """Fit to all scorable lookups except those of one fold."""
    decided, _ = decide_all(lookups, STARTING_WEIGHTS)
    examples = [
        example(one, decided[index])
        for index, one in enumerate(lookups)
        if one.scorable and one.fold != left_out and decided[index].candidates
    ]
    return fit(examples, version)


def leave_one_album_out(lookups: Sequence[Lookup]) -> tuple[dict[int, PassageDecision], list[Weights]]:
    """Decide each fold with weights that were fitted to all the others."""
    decided: dict[int, PassageDecision] = {}
    fitted = []
    for fold in sorted({one.fold for one in lookups}):
        weights = fit_all(lookups, f"without fold {fold}", fold)
        found, _ = decide_all(lookups, weights, {one.folder for one in lookups if one.fold == fold})
        decided.update(found)
        fitted.append(weights)
    return decided, fitted


def table(rows: Mapping[str, Result], plain: Mapping[str, object]) -> Iterable[str]:
    """Write the results as a table in Markdown."""
    yield "| decided by | title right | accepted | right of the accepted |"
    yield "|---|---|---|---|"
    yield from (f"| {name} | {count} | all | |" for name, count in plain.items())
    for name, one in rows.items():
        yield f"| {name} | {one.right} | {one.accepted} | {one.accepted_right} |"


def report(lookups: Sequence[Lookup], plot: Path | None) -> None:
    """Print everything, and draw the plot where one is wanted."""
    scorable = [one for one in lookups if one.scorable]
    distinct = len({one.digest for one in scorable})
    folds = len({one.fold for one in lookups})
    print(f"{len(lookups)} lookups, {len(scorable)} scorable ({distinct} distinct fingerprints), {folds} albums")
    print(f"normalisation {NORMALISATION}, weights {WEIGHTS.version}\n")
    shipped, albums = decide_all(lookups, WEIGHTS)
    held_out, fitted = leave_one_album_out(lookups)
    first, highest = baselines(lookups)
    unseen = score(lookups, held_out)
    results = {
        "leave one album out": unseen,
        f"weights {WEIGHTS.version} as shipped": score(lookups, shipped),
        "starting weights, nothing fitted": score(lookups, decide_all(lookups, STARTING_WEIGHTS)[0]),
    }
    print("\n".join(table(results, {"first recording": first, "highest score": highest})))
    for name, one in results.items():
        print(f"\n{name}: {one.doubtful} with a doubt, confidence {one.mean_confidence:.3f} in the mean,")
        print(f"  Brier score {one.brier:.4f}; by band:")
        print("\n".join(f"  {band}: {count.hits} of {count.of} right" for band, count in one.bands.items()))
        print("\n".join(f"  wrong: {line}" for line in one.wrong))
    found, missed = score_albums(lookups, albums)
    print(f"\nalbums by votes, folders with two tracks or more: {found}")
    print("\n".join(f"  missed: {line}" for line in missed))
    print("\nweight | start | fitted to all | least and greatest with one album left out")
    whole = fit_all(lookups, "all")
    for kind in FITTED:
        spread = [weights.of[kind] for weights in fitted]
        print(f"{kind} | {STARTING_WEIGHTS.of[kind]} | {whole.of[kind]} | {min(spread)} to {max(spread)}")
    if plot is not None:
        plot.write_text(draw(unseen.bins, f"{unseen.right.of} tracks, each album left out of the fit"), "utf-8")


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lookups", nargs="?", type=Path)
    parser.add_argument("--plot", type=Path, help="draw the calibration here (SVG)")
    parser.add_argument("--list", type=Path, help="write the list of what is scored here, and stop")
    options = parser.parse_args()
    path = options.lookups
    if path is None:
        if "PASSAGEWORK_FIXTURES" not in os.environ:
            print("name a file of lookups, or set PASSAGEWORK_FIXTURES", file=sys.stderr)
            return 2
        path = Path(os.environ["PASSAGEWORK_FIXTURES"]) / "acoustid" / "lookups.jsonl"
    lookups = read_lookups(path)
    listed = scorable_list(lookups, NORMALISATION)
    if options.list is not None:
        options.list.write_text(listed, "utf-8")
        return 0
    if not any(one.scorable for one in lookups):
        print("no lookup has a title both in its file name and in its answer", file=sys.stderr)
        return 1
    same = listed == COMMITTED.read_text("utf-8")
    print("what is scored: " + ("the committed list" if same else "not the committed list, other lookups"))
    report(lookups, options.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
