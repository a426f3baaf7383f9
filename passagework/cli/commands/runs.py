"""``passagework runs``: the imports, and what each found."""

from collections.abc import Iterable, Iterator

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document, print_line
from passagework.cli.output.run_text import findings_by_kind, headline, run_lines
from passagework.cli.output.say import say
from passagework.domain.views import RunView
from passagework.json_forms.runs import finding_json, run_json


@click.command(cls=SettingsCommand)
@click.argument("show", type=click.Choice(["show"]), required=False, metavar="[show]")
@click.argument("run", type=int, required=False)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="List so many runs.")
@click.option("--all", "all_", is_flag=True, help="List all runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a line for each run, or one object with show.")
@click.pass_obj
def runs(chosen: Chosen, show: str | None, run: int | None, *, limit: int, all_: bool, as_json: bool) -> None:
    """List the imports, newest first; or show RUN: what it found, by name.

    The findings of the latest imports are kept by name (library.keep_runs); of older ones the numbers are. Imports that
    changed nothing are listed in one line where there are many.
    """
    if (show is None) != (run is None):
        raise click.UsageError("write: passagework runs, or: passagework runs show RUN")
    with Library.open(chosen.settings().library.path) as library:
        if run is not None:
            _show(library, library.run(run), as_json=as_json)
        else:
            _list(_pages(library, limit=None if all_ else limit), as_json=as_json)


def _pages(library: Library, *, limit: int | None) -> Iterator[RunView]:
    """Fetch the runs in pages."""
    before: int | None = None
    left = limit
    while left != 0 and (page := library.runs(min(left or 500, 500), before=before)):
        yield from page
        before = page[-1].id
        left = None if left is None else left - len(page)


def _list(found: Iterable[RunView], *, as_json: bool) -> None:
    for run in found:
        if as_json:
            print_line(run_json(run))
        else:
            say(headline(run))


def _show(library: Library, run: RunView, *, as_json: bool) -> None:
    if as_json:
        print_document({**run_json(run), "findings": [finding_json(one) for one in library.findings(run.id)]})
        return
    for line in run_lines(run):
        say(line)
    if run.has_findings and run.undone_ns is None:
        for line in findings_by_kind(run, lambda: library.findings(run.id)):
            say(line)
