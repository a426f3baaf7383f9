"""Values in messages. Every message that repeats a value of a source asks here whether it may be seen."""

from pydantic import BaseModel, SecretStr

from passagework.config.toml_text import Keys, toml_value
from passagework.domain.credentials import HIDDEN, without_credentials


def may_be_shown(keys: Keys, model: type[BaseModel]) -> bool:
    """Return whether the value of a key may be in a message: the key is known, and neither secret nor a section.

    An unknown key may be a secret one with a typing error in it.
    """
    kind = declared(model, keys)
    return kind is not None and kind is not SecretStr and not _is_section(kind)


def shown(keys: Keys, value: object, model: type[BaseModel]) -> str:
    """Return a value as TOML, or a mark in place of one that may not be shown."""
    return "a table" if isinstance(value, dict) else shown_text(keys, toml_value(value), model)


def shown_text(keys: Keys, text: str, model: type[BaseModel]) -> str:
    """Return the text of a value as it was given, or a mark in place of one that may not be shown."""
    if not may_be_shown(keys, model):
        return HIDDEN
    # What is refused as an address may have a password or a key in any of its parts.
    if keys[-1] == "url" and any(mark in text for mark in "@?#"):
        return HIDDEN
    return without_credentials(text)


def declared(model: object, keys: Keys) -> object:
    """Return the declared type of a key, or of the key that an entry belongs to; None for an unknown one."""
    kind: object = model
    for name in keys:
        if not _is_section(kind):
            return kind
        fields = getattr(kind, "model_fields", {})
        if name not in fields:
            return None
        kind = fields[name].annotation
    return kind


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
