"""The sources of settings: a profile, a file, the environment, the command line. Each becomes one layer of values."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import UnionType
from typing import Final, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr

from passagework.config.shown import may_be_shown, shown_text
from passagework.config.toml_text import Keys, key_lines, syntax_problem
from passagework.domain.errors import ConfigError

ENVIRONMENT_PREFIX: Final = "PASSAGEWORK_"
CONFIG_FILE_VARIABLE: Final = "PASSAGEWORK_CONFIG"


@dataclass(frozen=True, slots=True)
class Layer:
    """The content of one source: raw values by section and key, and the location of each.

    ``base`` is the folder for relative paths; ``problems`` were found while reading;
    ``spell`` writes a dotted key in the syntax of this source.
    """

    values: dict[str, object]
    where: str
    places: Mapping[Keys, str] = field(default_factory=dict)
    base: Path | None = None
    problems: tuple[str, ...] = ()
    spell: Callable[[str], str] = str

    def place(self, keys: Keys) -> str:
        """Return the location where a key, the first entry of a table, or the nearest table around it, is set."""
        if keys not in self.places:
            within = (place for known, place in self.places.items() if known[: len(keys)] == keys and len(keys) > 1)
            if (first := next(within, None)) is not None:
                return first
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.places:
                return self.places[keys[:length]]
        return self.where


def file_layer(path: Path, model: type[BaseModel]) -> Layer:
    """Read a configuration file. Raises ConfigError if it cannot be read or is not TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file; 'passagework config init' writes a first one") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save the file with that encoding") from error
    try:
        values: dict[str, object] = tomllib.loads(text)
        places = {keys: f"{path}:{line}" for keys, line in key_lines(text).items()}
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: lists or tables are nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        # Not "from error": it has the text of the file, with all that is secret in it.
        raise ConfigError(syntax_problem(path, text, error, lambda keys: may_be_shown(keys, model))) from None
    return Layer(values, str(path), places, base=path.absolute().parent)


def profile_layer(name: str) -> Layer:
    """Read one of the profiles that come with the package."""
    text = resources.files("passagework.config").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    return Layer(tomllib.loads(text), f"profile {name}")


def environment_layer(environ: Mapping[str, str], model: type[BaseModel]) -> Layer:
    """Read the variables ``PASSAGEWORK_SECTION__KEY`` and ``PASSAGEWORK_PROFILE``.

    Other names with the prefix are ignored, except a section followed by a single underscore: that is
    a mistake, and ignoring it would hide it.
    """
    values: dict[str, object] = {}
    places: dict[Keys, str] = {}
    problems: list[str] = []
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT_PREFIX) or name == CONFIG_FILE_VARIABLE:
            continue
        keys = _keys(name.removeprefix(ENVIRONMENT_PREFIX).lower(), "__")
        section, _, rest = keys[0].partition("_")
        if len(keys) > 1 or keys[0] in model.model_fields:
            _set(values, keys, environ[name], model)
            places[keys] = name
        elif section in model.model_fields and rest:
            meant = _environment_name(f"{section}.{rest}")
            problems.append(f"{name} is not a known variable; did you mean {meant}?")
    return Layer(values, "environment", places, problems=tuple(problems), spell=_environment_name)


def command_line_layer(overrides: Mapping[str, str], model: type[BaseModel]) -> Layer:
    """Read overrides given as ``{"section.key": "text of the value"}``."""
    values: dict[str, object] = {}
    places: dict[Keys, str] = {}
    for name, text in overrides.items():
        keys = _keys(name.strip(), ".")
        _set(values, keys, text, model)
        places[keys] = f"--set {name}={shown_text(keys, str(text), model)}"
    return Layer(values, "command line", places)


def argument_layer(profile: str) -> Layer:
    """Read the profile that a caller names."""
    return Layer({"profile": profile}, f"--profile {profile}")


def _environment_name(key: str) -> str:
    return ENVIRONMENT_PREFIX + key.replace(".", "__").upper()


def _keys(name: str, separator: str) -> Keys:
    section, _, key = name.partition(separator)
    return (section, key) if key else (section,)


def _set(values: dict[str, object], keys: Keys, text: str, model: type[BaseModel]) -> None:
    section = keys[0]
    if len(keys) == 1:
        values[section] = _from_text(text, _kind(model, section))
        return
    table = values.setdefault(section, {})
    if isinstance(table, dict):
        table[keys[1]] = _from_text(text, _kind(_kind(model, section), keys[1]))


def _kind(model: object, name: str) -> object:
    """Return the declared type of a field, ``str`` for an unknown one."""
    fields = getattr(model, "model_fields", {})
    return fields[name].annotation if name in fields else str


def _from_text(text: str, kind: object) -> object:
    """Parse a value: texts unchanged, everything else as TOML; a single text becomes a list of one."""
    kinds = get_args(kind) if get_origin(kind) is UnionType else (kind,)
    if any(one in (str, SecretStr, Path) or get_origin(one) is Literal for one in kinds):
        return text
    if get_origin(kind) is tuple and not text.lstrip().startswith("["):
        return [part for part in text.split(os.pathsep) if part]
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text
