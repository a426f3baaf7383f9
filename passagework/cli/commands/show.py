"""``passagework show``: a file or a passage of a library, also during an import."""

import os

import click

from passagework import Library
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say_all
from passagework.cli.output.view_text import file_lines, passage_lines
from passagework.domain.errors import NotFoundError
from passagework.domain.files import display_path
from passagework.domain.plain_text import plain
from passagework.json_forms.views import file_json, passage_json


@click.command(cls=SettingsCommand)
@click.argument("target", type=GivenPath())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(chosen: Chosen, target: str, *, as_json: bool) -> None:
    """Show a FILE with its passages, or a PASSAGE by its guid or a prefix of it, with the evidence."""
    path = os.path.abspath(os.fsencode(target))
    settings = chosen.settings()
    with Library.open(settings.library.path) as library:
        try:
            file = library.file(path)
        except NotFoundError:
            try:
                passage = library.passage(target)
            except NotFoundError as error:
                raise NotFoundError(
                    f"the library has no file {plain(display_path(path))}, "
                    f"and no single passage whose guid begins with {plain(target)}"
                ) from error
            gains = library.gains([passage.guid], mono=settings.loudness.mono)[passage.guid]
            flavor = library.flavors([passage.guid]).get(passage.guid)
            values = library.values([passage.guid]).get(passage.guid)
            if as_json:
                print_document(passage_json(passage, gains, flavor, values))
            else:
                say_all(passage_lines(passage, gains, flavor, values or ()))
            return
        guids = [passage.guid for passage in file.passages]
        of_file = library.gains(guids, mono=settings.loudness.mono), library.flavors(guids), library.values(guids)
    if as_json:
        print_document(file_json(file, *of_file))
    else:
        say_all(file_lines(file, *of_file))
