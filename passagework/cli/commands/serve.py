"""``passagework serve``: the library, its imports and its music over HTTP."""

import os
import sys

import click

from passagework.cli.logging_setup import configure_logging
from passagework.cli.options import Chosen, SettingsCommand
from passagework.cli.output.say import put, say
from passagework.config.settings import Settings
from passagework.domain.exit_codes import ExitCode


@click.command(cls=SettingsCommand)
@click.option("--check", "only_check", is_flag=True, help="Say whether it could begin here, and end.")
@click.option("--make-token", "new_token", is_flag=True, help="Make a token, print it once, keep its hash, and end.")
@click.pass_obj
def serve(chosen: Chosen, *, only_check: bool, new_token: bool) -> None:
    """Serve the library over HTTP, follow the roots and import what changes, in the foreground.

    The configuration ([serve], [scan], [watch]) says where and what. SIGTERM and Ctrl-C end it within two seconds, a
    second one at once; SIGHUP reads the configuration again. The log is JSON on stderr, unless log.file names a file.
    """
    settings = chosen.settings()
    if new_token:
        from passagework.service.tokens import make_token  # noqa: PLC0415 - most starts need none

        put(make_token(settings.serve.token_file))
        say(f"only its hash is kept, in {settings.serve.token_file}; the token is not shown again", err=True)
        return
    if only_check:
        sys.exit(_check(settings))
    from passagework.service.extra import check_extra  # noqa: PLC0415 - the packages are an extra

    check_extra()
    from passagework.service.daemon import Daemon  # noqa: PLC0415 - as above

    log = settings.log.model_copy(update={"format": "json"})
    configure_logging(log, to_stderr=settings.log.file is None)
    Daemon(settings, chosen.settings, os.environ).run()


def _check(settings: Settings) -> int:
    from passagework.service.checkup import check  # noqa: PLC0415 - most starts need none

    code = ExitCode.OK
    for item in check(settings):
        if item.error is None:
            say(f"{item.name}: {item.found}")
        else:
            say(f"{item.name}: {item.error.code}: {item.error}")
            code = code or item.error.exit_code
    return code
