"""``passagework status``: the content of a library, its last import, and statistics of the writer."""

from collections.abc import Iterable
from dataclasses import replace
from textwrap import wrap
from typing import Final

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say
from passagework.cli.output.stale_text import stale_lines
from passagework.cli.output.waiting_text import moment, waiting_words
from passagework.cli.output.writer_text import accounts_lines
from passagework.domain.units import clock_time
from passagework.domain.views import LibraryStatus, RunState
from passagework.domain.writer_statistics import Writer
from passagework.json_forms.stale import stale_json
from passagework.json_forms.status import status_json

_WIDTH: Final = 100
_NO_BREAK: Final = "\0"


@click.command(cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(chosen: Chosen, *, as_json: bool) -> None:
    """Count what the library holds, and show how the last import ended or the progress of the current one."""
    settings = chosen.settings()
    path = settings.library.path
    with Library.open(path) as library:
        before, found, writer = library.writer(), library.status(), library.writer()
        stale = library.stale(settings)
    commanded = False
    if writer is not None and not as_json:
        from passagework.api.door.client import takes_commands  # noqa: PLC0415 - usually nobody writes

        commanded = takes_commands(path)
    if found.last_run is not None and found.last_run.state is RunState.RUNNING and before is None and writer is None:
        # The next import will record the crash. Read twice, because a run may end or begin at this moment.
        found = replace(found, last_run=replace(found.last_run, state=RunState.CRASHED))
    if as_json:
        print_document({"library": str(path), **status_json(found, writer), **stale_json(stale)})
        return
    say(f"library   {path} ({found.bytes / 1e6:.1f} MB, schema {found.schema_version})")
    for line in (
        *_status_lines(found, writer, commanded=commanded),
        *(f"stale     {one}" for one in stale_lines(stale)),
    ):
        say(line)


def _status_lines(found: LibraryStatus, writer: Writer | None, *, commanded: bool) -> Iterable[str]:
    yield f"files     {_counts((state, count) for state, count in found.file_states)}"
    if found.missing:
        yield f"missing   {found.missing} (kept; they return when the files do)"
    if found.excluded:
        yield f"excluded  {found.excluded} (kept; they return when the rules of the scan take them)"
    yield f"audio     {clock_time(found.audio)}"
    yield f"passages  {found.passages} ({_counts((state.explanation, count) for state, count in found.link_states)})"
    for items in found.put_off:
        yield f"waiting   {waiting_words(items)}"
    counts = ", ".join(
        f"{count} {name}".replace("_", " ").replace(" ", _NO_BREAK) for name, count in found.rows if count
    )
    for line in wrap(counts or "none", _WIDTH, initial_indent="rows      ", subsequent_indent=" " * 10):
        yield line.replace(_NO_BREAK, " ")
    last = found.last_run
    if last is not None:
        how = f"{last.state}, undone" if last.undone_ns is not None else last.state
        yield f"last run  {last.id}, {how}, started {moment(last.started_ns)}"
        if last.accounts is not None:
            yield from accounts_lines(last.accounts)
    if writer is not None:
        yield f"writer    {writer.holder}" + ("; it does what other commands ask (library.socket)" if commanded else "")
        if writer.accounts is not None:
            yield from accounts_lines(writer.accounts)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts) or "none"
