"""The level of flavor that this machine can make."""

from passagework.config.settings import Settings
from passagework.domain.flavor.values import FlavorLevel


def with_possible_flavor(settings: Settings) -> tuple[Settings, str | None]:
    """Return the settings with the level of flavor that this machine can make, and why it is another one.

    Files that are made then say so, and are heard again once the nets are there; others keep what the nets heard.
    """
    if FlavorLevel(settings.flavor.level) is not FlavorLevel.FULL:
        return settings, None
    from passagework.audio.flavor.model_files import NoNets, installed_nets  # noqa: PLC0415 - loads numpy

    if not isinstance(found := installed_nets(), NoNets):
        return settings, None
    lacking = settings.flavor.model_copy(update={"level": FlavorLevel.LACKING.value})
    return settings.model_copy(update={"flavor": lacking}), found.reason
