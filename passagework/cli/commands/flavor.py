"""``passagework flavor``: how far passages are apart, and documents about recordings."""

import sys
from collections.abc import Iterable
from itertools import islice
from typing import Final

import click

from passagework import Library
from passagework.api.editing import open_to_edit
from passagework.api.flavor_documents import ImportedFlavors
from passagework.cli.options import Chosen, GivenPath, SettingsCommand
from passagework.cli.output.document import print_document
from passagework.cli.output.say import say, say_forwarded
from passagework.cli.output.update_view import show_update
from passagework.cli.passage_named import passage_named
from passagework.domain.counted import counted
from passagework.domain.exit_codes import ExitCode
from passagework.domain.files import display_path
from passagework.domain.flavor.distance import GroupDistance
from passagework.domain.flavor.sources import PassageDistance, SourceDistance
from passagework.json_forms.document import path_json

_SHOWN: Final = 20
"""So many refused files are named to people."""


@click.group()
def flavor() -> None:
    """Compare the character of passages, and import documents of AcousticBrainz."""


@flavor.command("distance", cls=SettingsCommand)
@click.argument("one", type=GivenPath())
@click.argument("other", type=GivenPath())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def distance(chosen: Chosen, one: str, other: str, *, as_json: bool) -> None:
    """Tell how far two passages are apart.

    By their named shares: 0 is alike, and usually it is at most 1.

    ONE and OTHER are passages, by guid or a prefix of it, or files with one passage. Each source is compared by itself:
    what was heard, documents of AcousticBrainz, and your own characteristics.
    """
    with Library.open(chosen.settings().library.path) as library:
        found = library.flavor_distance(passage_named(library, one), passage_named(library, other))
    if as_json:
        print_document(distance_json(found))
    else:
        for line in _lines(found):
            say(line)


@flavor.command("import", cls=SettingsCommand)
@click.argument("paths", nargs=-1, type=GivenPath(), metavar="FILE|FOLDER...")
@click.option("--all", "all_recordings", is_flag=True, help="Also those about recordings that the library has not.")
@click.option("--clear", is_flag=True, help="Delete all documents that were imported, instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_(chosen: Chosen, paths: tuple[str, ...], *, all_recordings: bool, clear: bool, as_json: bool) -> None:
    """Import documents of AcousticBrainz.

    High-level JSON files as in its dumps, or folders of them.

    They count for passages that are linked to the recording and about as long, as a source of their own. What is no
    such document is refused and named, and the exit code is 1; the others are imported.
    """
    if bool(paths) == clear:
        raise click.UsageError("name a FILE or a FOLDER, or --clear")
    with open_to_edit(chosen.settings().library, on_update=show_update(), on_forwarded=say_forwarded) as library:
        if clear:
            deleted = library.clear_flavors()
            done = ImportedFlavors(added=0, known=0, elsewhere=0, refused=())
        else:
            deleted = 0
            done = library.import_flavors(paths, all_recordings=all_recordings)
    if as_json:
        print_document(imported_json(done, deleted))
    else:
        for line in (f"{counted(deleted, 'document')} deleted",) if clear else _import_lines(done):
            say(line)
        for refused in islice(done.refused, _SHOWN):
            say(f"{refused.code}: {display_path(refused.path)}: {refused.reason}", err=True)
        if len(done.refused) > _SHOWN:
            say(f"and {len(done.refused) - _SHOWN} more (--json lists all)", err=True)
    if done.refused:
        sys.exit(ExitCode.FAILED)


def distance_json(found: PassageDistance) -> dict[str, object]:
    """Return how far two passages are apart."""
    return {
        "one": found.one,
        "other": found.other,
        "distance": found.distance,
        "source": found.sources[0].source if found.sources else None,
        "source_items": [_source_json(each) for each in found.sources],
    }


def imported_json(done: ImportedFlavors, deleted: int) -> dict[str, object]:
    """Return what became of documents."""
    return {
        "added_count": done.added,
        "known_count": done.known,
        "elsewhere_count": done.elsewhere,
        "deleted_count": deleted,
        "refused_items": [{**path_json(one.path), "code": one.code, "reason": one.reason} for one in done.refused],
    }


def _source_json(each: SourceDistance) -> dict[str, object]:
    found = each.distance
    return {
        "source": each.source,
        "made_by": list(each.made),
        "distance": found.distance,
        "binary": found.binary,
        "complex": found.complex,
        "group_items": [_group_json(group) for group in found.groups],
    }


def _group_json(group: GroupDistance) -> dict[str, object]:
    return {"name": group.name, "ways": group.ways, "distance": group.distance, "member_count": group.members}


def _lines(found: PassageDistance) -> Iterable[str]:
    yield f"distance {found.distance:.6f}" if found.sources else "distance 1: no source says something of both"
    for each in found.sources:
        made = f" ({', '.join(each.made)})" if each.made else ""
        yield f"  {each.source}{made}: {each.distance.distance:.6f}"
        yield f"    binary {each.distance.binary:.6f}, complex {each.distance.complex:.6f}"
        for group in each.distance.groups:
            members = "" if group.members == 1 else f" over {group.members} members"
            yield f"    {group.name}: {group.distance:.6f} ({group.ways}{members})"


def _import_lines(done: ImportedFlavors) -> Iterable[str]:
    yield f"{counted(done.added, 'document')} added"
    if done.known:
        yield f"{counted(done.known, 'document')} known already"
    if done.elsewhere:
        yield f"{counted(done.elsewhere, 'document')} left out: the library has not these recordings (--all adds them)"
    if done.refused:
        yield f"{counted(len(done.refused), 'file')} refused"
