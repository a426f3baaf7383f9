"""Runs and what they found, for people."""

from collections.abc import Callable, Iterable, Iterator

from passagework.cli.output.waiting_text import moment
from passagework.domain.changes import Found
from passagework.domain.files import display_path
from passagework.domain.views import Finding, RunState, RunView


def headline(run: RunView) -> str:
    """Return the line of a run in the list: number, begin, length, end, what it found."""
    if run.folded:
        since = moment(run.started_ns if run.folded_since_ns is None else run.folded_since_ns)
        return (
            f"{run.id - run.folded}-{run.id}  {since}  {run.folded + 1} runs until {moment(run.started_ns)}: no change"
        )
    return f"{run.id:>5}  {moment(run.started_ns)}  {_length(run):>8}  {_ending(run)}: {counts(run)}"


def run_lines(run: RunView) -> Iterator[str]:
    """Return what is to be said of a run before what it found by name."""
    yield headline(run)
    for root in run.roots:
        yield f"folder: {display_path(root)}"
    if run.files_seen is not None:
        yield f"files seen: {run.files_seen}, of which {run.files_unchanged} had not changed"
    if run.undone_ns is not None:
        yield f"undone {moment(run.undone_ns)}: what it found is no longer in the library"
    elif not run.has_findings:
        yield "what it found is no longer kept by name (library.keep_runs)"


def findings_by_kind(run: RunView, findings: Callable[[], Iterable[Finding]]) -> Iterator[str]:
    """Return the findings under the word for each, after an empty line.

    They are fetched for each, since they may be too many to keep.
    """
    for kind, number in run.found:
        yield ""
        yield f"{kind.value}:"
        forgotten = number
        for one in findings():
            if kind in one.found:
                forgotten -= 1
                yield from finding_lines(one, kind if isinstance(kind, Found) else None)
        if forgotten > 0:
            yield f"  {forgotten} that the library was told to forget"


def counts(run: RunView) -> str:
    """Say how many files a run found what of."""
    found = ", ".join(f"{number} {kind.value}" for kind, number in run.found)
    return found or ("no file changed" if run.changed else "no change")


def finding_lines(one: Finding, kind: Found | None) -> Iterator[str]:
    """Return the lines of a file; one for each place, if that is the kind."""
    if kind in (Found.PLACED, Found.UNPLACED):
        places, now = (one.placed, "a place") if kind is Found.PLACED else (one.unplaced, "no more a place")
        for place in places:
            yield f"  {display_path(place)}: {now} of {display_path(one.path)}"
    else:
        yield _line(one, kind)


def _line(one: Finding, kind: Found | None) -> str:
    """Say where a file came from, why it failed, or of what was warned, if that is the kind."""
    path = display_path(one.path)
    if kind is Found.MOVED and one.from_path is not None:
        return f"  {display_path(one.from_path)} -> {path}"
    if kind is Found.FAILED and one.failure is not None:
        return f"  {path}: {one.failure.code}: {one.failure}"
    if kind is Found.WARNED:
        return f"  {path}: {', '.join(one.warnings)}"
    return f"  {path}"


def _length(run: RunView) -> str:
    return "-" if run.ended_ns is None else f"{(run.ended_ns - run.started_ns) / 1e9:.1f} s"


def _ending(run: RunView) -> str:
    # The next import records that a run has crashed.
    state = "running or crashed" if run.state is RunState.RUNNING else run.state.value
    return f"{state}, undone" if run.undone_ns is not None else state
