"""``passagework status``, ``show`` and ``list``: questions to a library, also while somebody imports into it."""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.plain_text import plain
from passagework.cli.report import LINK_WORDS
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.units import clock_time, seconds
from passagework.domain.views import FileView, Named, PassageView


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
            click.echo(json.dumps(_passage_json(passage), indent=2) if as_json else _text(_passage_lines(passage)))
            return
    click.echo(json.dumps(_file_json(file), indent=2) if as_json else _text(_file_lines(file)))


@click.command("list", cls=SettingsCommand)
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def list_(chosen: Chosen, text: str | None, *, as_json: bool) -> None:
    """List the passages; with TEXT those whose title, artist, album or path holds it.

    A ~ marks names that come from the text of the tags and are not identified.
    """
    with Library.open(chosen.settings().library.path) as library:
        for passage in library.passages(text):
            if as_json:
                click.echo(json.dumps(_passage_json(passage)))
            else:
                span = f"{clock_time(passage.start)}-{clock_time(passage.end)}"
                click.echo(plain(f"{passage.guid[:8]}  {span}  {_what(passage)}  [{display_path(passage.path)}]"))


def _text(lines: Iterable[str]) -> str:
    return "\n".join(plain(line) for line in lines)


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts) or "none"


def _name(named: Named) -> str:
    mark = "" if named.mbid or named.name is None else "~"
    return f"{mark}{named.name or named.mbid or '?'}"


def _what(passage: PassageView) -> str:
    artists = ", ".join(_name(artist) for artist in passage.artists) or "?"
    album = f" ({_name(passage.album)})" if passage.album.name or passage.album.mbid else ""
    return f"{artists} - {_name(passage.title)}{album}"


def _number(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.1f} {unit}"


def _passage_lines(passage: PassageView) -> Iterable[str]:
    loudness = passage.loudness
    yield f"passage   {passage.guid}"
    yield f"  what    {_what(passage)}"
    yield f"  file    {display_path(passage.path)}"
    yield f"  span    {clock_time(passage.start)} - {clock_time(passage.end)}"
    yield f"  leads   in {seconds(passage.lead_in):.3f} s, out {seconds(passage.lead_out):.3f} s"
    fades = [
        f"{name} {seconds(fade):.3f} s"
        for name, fade in (("in", passage.fade_in), ("out", passage.fade_out))
        if fade is not None
    ]
    if fades:
        yield f"  fades   {', '.join(fades)}"
    yield (
        f"  loud    {_number(loudness.integrated, 'LUFS')}, range {_number(loudness.range, 'LU')}, "
        f"true peak {_number(loudness.true_peak, 'dBTP')}"
    )
    yield f"  state   {LINK_WORDS[passage.link_state]}"
    for evidence in passage.evidence:
        yield f"  because {evidence.source} {evidence.kind} {evidence.value}"


def _file_lines(file: FileView) -> Iterable[str]:
    yield f"file      {display_path(file.path)}"
    yield f"  state   {file.state}" + (", missing on disk" if file.missing else "")
    if file.failure is not None:
        yield f"  reason  {file.failure.code}: {file.failure}"
    if file.warnings:
        yield f"  warns   {', '.join(file.warnings)}"
    if file.format is not None and file.duration is not None:
        rate = f", {file.format.bit_rate // 1000} kbit/s" if file.format.bit_rate else ""
        yield (
            f"  audio   {file.format.codec} in {file.format.container}, {file.format.sample_rate} Hz, "
            f"{file.format.channels} channels{rate}, {clock_time(file.duration)}"
        )
    for key, values in file.tags.raw:
        yield f"  tag     {key}: {' / '.join(values)[:200]}"
    for passage in file.passages:
        yield from _passage_lines(passage)


def _named_json(named: Named) -> dict[str, str | None]:
    return {"name": named.name, "mbid": named.mbid}


def _passage_json(passage: PassageView) -> dict[str, object]:
    loudness = passage.loudness
    return {
        "guid": passage.guid,
        "path": display_path(passage.path),
        "start": passage.start,
        "end": passage.end,
        "lead_in": passage.lead_in,
        "lead_out": passage.lead_out,
        "fade_in": passage.fade_in,
        "fade_out": passage.fade_out,
        "integrated_lufs": loudness.integrated,
        "range_lu": loudness.range,
        "true_peak_dbtp": loudness.true_peak,
        "fingerprint": passage.fingerprint,
        "state": passage.link_state,
        "title": _named_json(passage.title),
        "artists": [_named_json(artist) for artist in passage.artists],
        "album": _named_json(passage.album),
        "medium": passage.medium,
        "track": passage.track,
        "evidence": [[e.source, e.kind, e.value] for e in passage.evidence],
    }


def _file_json(file: FileView) -> dict[str, object]:
    return {
        "guid": file.guid,
        "path": display_path(file.path),
        "state": file.state,
        "missing": file.missing,
        "failure": file.failure and {"code": file.failure.code, "reason": str(file.failure)},
        "warnings": list(file.warnings),
        "duration": file.duration,
        "samples": file.samples,
        "format": file.format
        and {
            "container": file.format.container,
            "codec": file.format.codec,
            "sample_rate": file.format.sample_rate,
            "channels": file.format.channels,
            "bit_rate": file.format.bit_rate,
        },
        "content_hash": file.content_hash and file.content_hash.hex(),
        "audio_hash": file.audio_hash and file.audio_hash.hex(),
        "tags": dict(file.tags.raw),
        "passages": [_passage_json(passage) for passage in file.passages],
    }
