"""``passagework list``: the passages of a library, or the files that failed."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

import click

from passagework import Library
from passagework.cli.filter_options import Paging, filter_fields, filter_options, paging_of, paging_options
from passagework.cli.options import Chosen, SettingsCommand, best_only, leave_out
from passagework.cli.output.document import print_line, print_lines
from passagework.cli.output.say import say, say_all
from passagework.cli.output.view_text import verdict, what, why_not
from passagework.config.settings import Settings
from passagework.domain.duplicates import LeaveOut
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.passage_filter import PassageFilter, wanted_of
from passagework.domain.units import clock_time
from passagework.domain.views import PassageView
from passagework.json_forms.views import failed_file_json, passage_json

AT_ONCE: Final = 50
"""Passages that are printed at once: a page at most, since whoever reads the first waits for all of them."""


@click.command("list", cls=SettingsCommand)
@click.argument("words", metavar="[TEXT]...", nargs=-1)
@click.option("--failed", is_flag=True, help="List the files that could not be analysed, with code and reason.")
@click.option(
    "--all", "everything", is_flag=True, help="List also what cannot be played now (missing, excluded, rejected)."
)
@best_only
@filter_options
@paging_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.pass_obj
def list_(
    chosen: Chosen,
    /,
    words: tuple[str, ...],
    *,
    failed: bool,
    everything: bool,
    best_only: bool | None,
    as_json: bool,
    **given: object,
) -> None:
    """List the passages that can be played now.

    With TEXT those in whose title, artists, album and path words begin with each of its words, in any order and without
    regard to accents. A ~ marks names that are only text of the tags and not identified, ~~ those that only the names
    of the file and its folders say. Exit code 4 if there is no such passage. With --limit the last line, on stderr, is
    the PLACE for --after, if there are more.
    """
    text = " ".join(words) if words else None
    paging, fields = paging_of(given), filter_fields(given)
    if failed and (text is not None or everything or fields or paging.is_given):
        raise click.UsageError("--failed lists all files that failed; do not combine it with TEXT or other options")
    wanted = wanted_of(None, text=text, fields=fields, playable=None if everything else True)
    settings = chosen.settings()
    with Library.open(settings.library.path) as library:
        if failed:
            _list_failures(library, as_json=as_json)
            return
        leaving_out = LeaveOut.NONE if everything else leave_out(settings, best_only=best_only)
        if leaving_out is not LeaveOut.NONE and (paging.count or paging.limit is not None):
            raise click.UsageError("--count and --limit take every copy; give --every-copy, too")
        if paging.count:
            say(str(library.count(wanted)))
            return
        if paging.limit is not None:
            page = library.passages_page(
                wanted,
                order=paging.order,
                reverse=paging.reverse,
                limit=paging.limit,
                after=paging.after,
                evidence=as_json,
            )
            passages, behind = iter(page.passages), page.next
        else:
            passages, behind = _all(library, wanted, paging, leaving_out, with_evidence=as_json), None
        found = _print_passages(library, passages, settings) if as_json else _list_passages(passages)
        others = not found and not everything and library.count(replace(wanted, playable=None)) > 0
    if behind is not None:
        say(f"--after {behind}", err=True)
    if not found:
        nothing = "nothing found" if text is not None or fields else "the library has no passages"
        say(f"{nothing} that can be played now; --all lists the others" if others else nothing, err=True)
        sys.exit(ExitCode.NOTHING_FOUND)


def _all(
    library: Library, wanted: PassageFilter, paging: Paging, leaving_out: LeaveOut, *, with_evidence: bool
) -> Iterator[PassageView]:
    return library.passages(
        wanted=wanted,
        order=paging.order,
        reverse=paging.reverse,
        evidence=with_evidence,
        leave_out=leaving_out.value,
    )


def _list_failures(library: Library, *, as_json: bool) -> None:
    for file in library.failures():
        if as_json:
            print_line(failed_file_json(file))
        else:
            say(f"{file.failure.code}: {display_path(file.path)}: {file.failure}")


def _print_passages(library: Library, passages: Iterator[PassageView], settings: Settings) -> bool:
    found = False
    while some := tuple(islice(passages, AT_ONCE)):
        found = True
        gains = library.gains([passage.guid for passage in some], mono=settings.loudness.mono)
        flavors = library.flavors([passage.guid for passage in some])
        print_lines(passage_json(one, gains.get(one.guid), flavors.get(one.guid)) for one in some)
    return found


def _list_passages(passages: Iterator[PassageView]) -> bool:
    found = False
    while some := tuple(islice(passages, AT_ONCE)):
        found = True
        say_all(map(_line, some))
    return found


def _line(passage: PassageView) -> str:
    span = f"{clock_time(passage.start)}-{clock_time(passage.end)}"
    suffix = f"{verdict(passage)}{why_not(passage)}  [{display_path(passage.path)}]"
    return f"{passage.guid[:8]}  {span}  {what(passage)}{suffix}"
