"""``passagework status`` and ``show``: questions to a library, also while somebody imports into it."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.plain_text import plain
from passagework.cli.report import LINK_WORDS
from passagework.cli.view_json import file_json, passage_json
from passagework.cli.view_text import file_lines, passage_lines
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.units import clock_time, seconds


@click.command(cls=SettingsCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(chosen: Chosen, *, as_json: bool) -> None:
    """Count what the library holds, and say how the last import ended."""
    path = chosen.settings().library.path
    with Library.open(path) as library:
        found = library.status()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "library": str(path),
                    "guid": found.guid,
                    "schema_version": found.schema_version,
                    "bytes": found.bytes,
                    "files": dict(found.file_states),
                    "missing": found.missing,
                    "audio_seconds": round(seconds(found.audio), 3),
                    "passages": found.passages,
                    "links": dict(found.link_states),
                    "rows": dict(found.rows),
                    "last_run": found.last_run and found.last_run.state,
                },
                indent=2,
            )
        )
        return
    click.echo(f"library   {plain(str(path))} ({found.bytes / 1e6:.1f} MB, schema {found.schema_version})")
    click.echo(f"files     {_counts((state, count) for state, count in found.file_states)}")
    if found.missing:
        click.echo(f"missing   {found.missing} (kept; they come back when the files do)")
    click.echo(f"audio     {clock_time(found.audio)}")
    click.echo(f"passages  {found.passages} ({_counts((LINK_WORDS[s], n) for s, n in found.link_states)})")
    click.echo(f"rows      {_counts(found.rows)}")
    if found.last_run is not None:
        when = datetime.fromtimestamp(found.last_run.started_ns / 1e9, UTC).astimezone()
        click.echo(f"last run  {found.last_run.id}, {found.last_run.state}, started {when:%Y-%m-%d %H:%M:%S}")


@click.command(cls=SettingsCommand)
@click.argument("target", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(chosen: Chosen, target: str, *, as_json: bool) -> None:
    """Show a FILE with its passages, or a PASSAGE by (the beginning of) its guid, with the evidence."""
    path = os.path.abspath(os.fsencode(target))
    with Library.open(chosen.settings().library.path) as library:
        try:
            file = library.file(path)
        except NotFoundError:
            try:
                passage = library.passage(target)
            except NotFoundError as error:
                raise NotFoundError(
                    f"the library knows no file {plain(display_path(path))}, "
                    f"and no single passage whose guid begins with {plain(target)}"
                ) from error
            click.echo(json.dumps(passage_json(passage), indent=2) if as_json else _text(passage_lines(passage)))
            return
    click.echo(json.dumps(file_json(file), indent=2) if as_json else _text(file_lines(file)))


def _text(lines: Iterable[str]) -> str:
    return "\n".join(plain(line) for line in lines)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts) or "none"
