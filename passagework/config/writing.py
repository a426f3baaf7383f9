"""What ``passagework config show`` prints and ``passagework config init`` writes."""

import re
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, SecretStr

from passagework.config.places import default_config_file
from passagework.config.settings import Resolved
from passagework.config.toml_text import toml_value
from passagework.domain.errors import ConfigError


def effective_toml(resolved: Resolved) -> str:
    """Write every setting in force as TOML, each with the place it comes from behind it.

    Read back as a configuration file, the text gives the same settings, but for secrets, which it does not hold.
    """
    top: list[str] = []
    sections: list[str] = []
    for name in type(resolved.settings).model_fields:
        value = getattr(resolved.settings, name)
        if isinstance(value, BaseModel):
            keys = type(value).model_fields
            lines = [_line(resolved, f"{name}.{key}", getattr(value, key)) for key in keys]
            sections.append("\n".join([f"[{name}]", *lines]))
        else:
            top.append(_line(resolved, name, value))
    return "\n\n".join(["\n".join(top), *sections]) + "\n"


def _line(resolved: Resolved, key: str, value: object) -> str:
    # A place may hold what a command line holds, a line break too, and must stay a comment.
    place = " ".join(resolved.sources[key].splitlines())
    if isinstance(value, SecretStr):
        hidden = ", set, but not shown" if value.get_secret_value() else ""
        return f'{key.rpartition(".")[2]} = ""  # {place}{hidden}'
    return f"{key.rpartition('.')[2]} = {toml_value(value)}  # {place}"


def starter_text() -> str:
    """Return the text of a first configuration file: every key explained and commented out, so that defaults stay."""
    text = resources.files("passagework.config").joinpath("default.toml").read_text(encoding="utf-8")
    return re.sub(r"^(?=\w+ = )", "# ", text, flags=re.MULTILINE)


def write_starter(path: Path | None = None) -> Path:
    """Write a first configuration file to ``path``, by default to the user's own place, and give its path.

    Creates the folders above it. Never overwrites: raises ConfigError if anything is there, or if it cannot be written.
    """
    target = path or default_config_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError as error:
        raise ConfigError(f"{error.filename or target}: exists and is left as it is; name another place") from error
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    return target
