"""List the extensions: which are installed, and whether those that the settings name can be used."""

from passagework.api.chosen_extensions import with_installed_extensions
from passagework.config.settings import Settings
from passagework.doctor.finding import Finding
from passagework.extensions.installed import ExtensionError, installed


def examine_extensions(settings: Settings) -> tuple[Settings, Finding]:
    """Return the settings with the versions of the extensions, and what there is; nothing of an extension is run."""
    there = ", ".join(f"{one.id} ({', '.join(one.kinds) or 'for other protocols'})" for one in installed())
    try:
        settings = with_installed_extensions(settings)
    except ExtensionError as error:
        none = settings.extensions.model_copy(update={"measures": (), "evidence": (), "listeners": ()})
        return settings.model_copy(update={"extensions": none}), Finding("extensions", ok=False, detail=str(error))
    chosen = settings.extensions
    used = ", ".join(dict.fromkeys((*chosen.measures, *chosen.evidence, *chosen.listeners)))
    return settings, Finding("extensions", ok=True, detail=f"installed: {there or 'none'}; used: {used or 'none'}")
