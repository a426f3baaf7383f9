"""The output of ``passagework config show`` and the file of ``passagework config init``."""

import os
import re
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, SecretStr

from passagework.config.places import default_config_file
from passagework.config.settings import Resolved
from passagework.config.toml_text import toml_value
from passagework.domain.errors import OutputFileError


def effective_toml(resolved: Resolved) -> str:
    """Format every effective setting as TOML, each with its source in a comment.

    Read as a configuration file, the text gives the same settings, except for secrets, which it does not contain.
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
    # A location may contain text of a command line, even a line break, and must stay a comment.
    place = " ".join(resolved.sources[key].splitlines())
    if isinstance(value, SecretStr):
        hidden = ", set, but not shown" if value.get_secret_value() else ""
        return f'{key.rpartition(".")[2]} = ""  # {place}{hidden}'
    return f"{key.rpartition('.')[2]} = {toml_value(value)}  # {place}"


def starter_text() -> str:
    """Return the text of a first configuration file: every key explained and commented out, so that defaults apply."""
    text = resources.files("passagework.config").joinpath("default.toml").read_text(encoding="utf-8")
    return re.sub(r"^(?=\w+ = )", "# ", text, flags=re.MULTILINE)


def write_starter(path: Path | None = None) -> Path:
    """Write a first configuration file to ``path``, by default to the user's configuration folder; return its path.

    Creates its folders. Never overwrites: raises OutputFileError if the path exists, or if it cannot be written.
    """
    target = path or default_config_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Keys of services will stand in it, so only its owner may read it.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError as error:
        raise OutputFileError(f"{error.filename or target}: exists and was not changed; name another path") from error
    except OSError as error:
        raise OutputFileError(f"{target}: cannot be written: {error.strerror}") from error
    return target
