"""The extensions that the settings name: each with the version that is installed."""

from passagework.config.settings import Settings
from passagework.domain.extensions import ExtensionId


def with_installed_extensions(settings: Settings) -> Settings:
    """Return the settings with the version of each extension, so that files tell by which one they were made.

    Nothing of an extension is run. Raises ExtensionError, with what is installed, if one cannot be used.
    """
    chosen = settings.extensions
    if not (chosen.measures or chosen.evidence or chosen.listeners):
        return settings
    from passagework.extensions import EVIDENCE, LISTENERS, MEASURES  # noqa: PLC0415 - most importers use none
    from passagework.extensions.installed import wanted  # noqa: PLC0415 - as above

    pinned = {
        "measures": _texts(wanted(chosen.measures, MEASURES)),
        "evidence": _texts(wanted(chosen.evidence, EVIDENCE)),
        "listeners": _texts(wanted(chosen.listeners, LISTENERS)),
    }
    return settings.model_copy(update={"extensions": chosen.model_copy(update=pinned)})


def _texts(found: tuple[ExtensionId, ...]) -> tuple[str, ...]:
    return tuple(map(str, found))
