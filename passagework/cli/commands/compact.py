"""``passagework compact``: give back the unused space of the library."""

import click

from passagework import Library
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import say


@click.command(cls=SettingsCommand)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_obj
def compact(chosen: Chosen, *, yes: bool) -> None:
    """Make the library smaller: copy it without unused space, and put the copy in its place.

    Its content stays the same. It says what it needs, and asks, before it begins; an interruption at any moment leaves
    the library as it was, or compacted. No other program may have the library open.
    """
    settings = chosen.settings().library
    found = Library.compactable(settings.path)
    unused = f"{found.unused} of them ({_mb(found.unused)}) unused"
    say(f"{settings.path}: {found.size} bytes ({_mb(found.size)}), {unused}, pages of {found.page_size} bytes")
    say(
        f"compacting needs up to {found.needed} bytes ({_mb(found.needed)}) beside it, and {found.free_on_disk} "
        f"({_mb(found.free_on_disk)}) are free"
    )
    if not yes and not click.confirm("Compact it?"):
        say("left as it is")
        return
    done = Library.compact(settings.path, synced=settings.synchronous == "full", replicated=settings.replicated)
    if done.after < done.before:
        say(f"compacted: {done.before} bytes ({_mb(done.before)}) before, {done.after} ({_mb(done.after)}) now")
    else:
        say("nothing to gain: a copy would not be smaller; the library is as it was")


def _mb(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
