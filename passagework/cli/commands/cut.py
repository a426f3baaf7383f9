"""``passagework cut``: cut a file by hand."""

import os
import shlex
import sys
from collections.abc import Callable, Iterable

import click

from passagework import WritableLibrary
from passagework.api.importing import open_to_import
from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, GivenPath, SettingsCommand, how_to_cut
from passagework.cli.output.document import print_document
from passagework.cli.output.progress_view import show_progress
from passagework.cli.output.report import exit_code_for
from passagework.cli.output.say import say, say_forwarded, say_to_stderr
from passagework.cli.output.update_view import show_update
from passagework.config.settings import Settings
from passagework.domain.edits import Edited, EditError
from passagework.domain.files import display_path
from passagework.domain.given_cuts import read_bounds
from passagework.domain.library_update import unheard
from passagework.domain.units import clock_time
from passagework.domain.user_fields import moment_from_text
from passagework.domain.views import FileView
from passagework.json_forms.views import file_json

Cut = Callable[[WritableLibrary], tuple[Edited, ...]]


@click.command("cut", cls=SettingsCommand)
@click.argument("file", type=GivenPath())
@click.option("--at", "at", multiple=True, metavar="TIME", help="Cut the passage at this moment in two.")
@click.option("--join", "join", multiple=True, metavar="TIME", help="Join the two passages whose cut is nearest.")
@click.option("--clear", is_flag=True, help="Cut it again as it was before a person cut it.")
@click.option("--undo", is_flag=True, help="Take the last of these changes back.")
@how_to_cut
@click.pass_obj
def cut(  # noqa: PLR0913 - one for each option
    chosen: Chosen,
    file: str,
    *,
    at: tuple[str, ...],
    join: tuple[str, ...],
    clear: bool,
    undo: bool,
    later: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Cut FILE by hand: move it to passages of your own, which no import changes.

    TIME is in seconds, or as 3:20.5, from the beginning of the file. Passages that are still there keep their guid and
    all that was set on them. The file is read again for the loudness and the fingerprints of its passages; other new
    and changed files of its folder are imported with it.
    """
    moments = [[moment_from_text(name, one) for one in given] for name, given in (("--at", at), ("--join", join))]
    if bool(at or join) + clear + undo != 1:
        raise EditError("say where: --at TIME, --join TIME, --clear or --undo; nothing was changed")
    cut_by_hand(
        chosen.settings(),
        file,
        lambda library: library.cut(file, at=moments[0], join=moments[1], clear=clear, undo=undo),
        later=later,
        as_json=as_json,
        quiet=quiet,
    )


def cut_by_hand(settings: Settings, file: str, cut: Cut, *, later: bool, as_json: bool, quiet: bool) -> None:
    """Have ``cut`` cut a file, import it unless ``later``, tell how it is cut now, and end with the code of that."""
    configure_logging(settings.log, to_stderr=False)
    path = os.path.abspath(os.fsencode(file))
    code = 0
    with open_to_import(
        settings, on_update=unheard if quiet else show_update(), say=say_to_stderr, on_forwarded=say_forwarded
    ) as importer:
        edited = cut(importer.library)
        if not later:
            run = importer.start(os.path.dirname(importer.library.file(path).path), subfolders=False)
            show_progress(run, quiet=quiet or as_json)
            code = exit_code_for(run.wait())
        found = importer.library.file(path)
    if as_json:
        print_document(file_json(found))
    else:
        wanted = next((str(one.after) for one in edited if one.after is not None), None)
        for line in _lines(found, wanted if later else None, changed=bool(edited)):
            say(line)
    sys.exit(code)


def _lines(file: FileView, wanted: str | None, *, changed: bool) -> Iterable[str]:
    if not changed:
        yield "nothing to change: it is cut like that already"
    yield f"{display_path(file.path)}" + ("" if wanted is None else ", at the next import:")
    if wanted is not None:
        for bound in read_bounds(wanted):
            yield f"  {clock_time(bound.start)}-{clock_time(bound.end)}  {bound.keeps or 'new'}"
    else:
        for passage in file.passages:
            yield f"  {clock_time(passage.start)}-{clock_time(passage.end)}  {passage.guid}"
    if changed:
        yield f"to take it back: passagework cut --undo {shlex.quote(display_path(file.path))}"
