"""``passagework stand-in``: serve a stand-in for AcoustID and MusicBrainz on this machine."""

import shlex
from pathlib import Path

import click

from passagework.cli.output.say import say
from passagework.standin import (
    Recorded,
    StandIn,
    StandInCatalogue,
    catalogue_of,
    read_catalogue,
    read_recorded,
    write_catalogue,
)


@click.command("stand-in")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--catalogue", type=click.Path(path_type=Path), metavar="FILE", help="Serve this saved catalogue.")
@click.option(
    "--recorded", type=click.Path(path_type=Path), metavar="FOLDER", help="Serve the recorded answers of this folder."
)
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Save the catalogue of FOLDER here.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port on 127.0.0.1; 0: any free port.")
def stand_in(folder: Path | None, catalogue: Path | None, recorded: Path | None, save: Path | None, port: int) -> None:
    """Answer like AcoustID and MusicBrainz, with the tagged music in FOLDER as their database.

    For trying identification without a network and without a key. Ctrl-C ends it.
    """
    if folder is not None and catalogue is not None:
        raise click.UsageError("name a FOLDER of tagged music, or a --catalogue, not both")
    if folder is None and catalogue is None and recorded is None:
        raise click.UsageError("name a FOLDER of tagged music, a --catalogue, or a --recorded folder")
    known = StandInCatalogue()
    if folder is not None:
        say(f"reading {folder}")
        known = catalogue_of(folder)
    elif catalogue is not None:
        known = read_catalogue(catalogue)
    told = Recorded() if recorded is None else read_recorded(recorded)
    if save is not None:
        write_catalogue(known, save)
    with StandIn(known, port=port, recorded=told) as running:
        url = running.acoustid_url
        made_by = f", made by {known.fingerprints_by}" if known.fingerprints_by else ""
        say(f"{len(known.releases)} releases, {len(known.references)} fingerprints{made_by}")
        if recorded is not None:
            say(f"{len(told)} recorded answers")
        say(f"a stand-in for AcoustID and MusicBrainz answers on {url}; in another terminal:")
        options = (
            *("--set", "acoustid.key=any", "--set", f"acoustid.url={url}"),
            *("--set", f"musicbrainz.url={running.musicbrainz_url}"),
        )
        say(f"  passagework import {shlex.join(options)} FOLDER")
        running.wait()
