"""The settings: one immutable value from defaults, profile, file, environment and command line, in this order."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, get_args

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError, ValidationInfo, model_validator

from passagework.config.combinations import Clash, clashes
from passagework.config.layers import (
    CONFIG_FILE_VARIABLE,
    Layer,
    argument_layer,
    command_line_layer,
    environment_layer,
    file_layer,
    profile_layer,
)
from passagework.config.places import default_config_file
from passagework.config.problems import all_keys, explain, with_suggestions
from passagework.config.sections import AllSections, CueSettings, Profile, SegmentationSettings
from passagework.config.toml_text import Keys
from passagework.domain.analysis_rules import AnalysisRules, CueRules, RulesBelow, SegmentationRules, TagRules
from passagework.domain.errors import ConfigError
from passagework.domain.extensions import ExtensionId
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.parts import SECTIONS, Provenance, Wanted


class Settings(AllSections, frozen=True):
    """Everything that can be configured. ``Settings()`` holds the defaults and reads nothing from outside.

    ``Settings(profile="radio")`` has the values of that profile where no other is given. Equal ones have equal hashes.
    Raises ``pydantic.ValidationError`` for invalid values, impossible combinations and unknown keys, of which it says
    what may be meant; :func:`load_settings` raises ConfigError, with the location of each, instead.
    """

    @model_validator(mode="before")
    @classmethod
    def _begin_with_the_profile(cls, given: object, info: ValidationInfo) -> object:
        """Put the values of a profile that is named below those that are given, unless this is one layer of several."""
        if not isinstance(given, dict) or (info.context and info.context.get("partial")):
            return given
        name = given.get("profile", "none")
        if name == "none" or name not in get_args(Profile):
            return given
        sections = {**profile_layer(name).values}
        for section, values in given.items():
            below = sections.get(section)
            sections[section] = {**below, **values} if isinstance(below, dict) and isinstance(values, dict) else values
        return sections

    @model_validator(mode="wrap")
    @classmethod
    def _suggest(cls, given: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        """Say of an unknown key which one may be meant; the layers of :func:`resolve` are explained by it."""
        try:
            return handler(given)
        except ValidationError as error:
            if not isinstance(given, dict) or (info.context and info.context.get("partial")):
                raise
            raise with_suggestions(error, given, cls) from None

    @model_validator(mode="after")
    def _refuse_clashes(self, info: ValidationInfo) -> Self:
        """Refuse impossible combinations, unless this is one layer of several or the caller reports them itself."""
        if not (info.context and info.context.get("partial")):
            for clash in self.clashes():
                raise ValueError(clash.message)
        return self

    def clashes(self) -> Iterator[Clash]:
        """Find every impossible combination, also of those that the profile of a folder makes."""
        found = list(clashes(self))
        yield from found
        messages = {clash.message for clash in found}
        for folder in self.scan.folders:
            for clash in clashes(self._with_profile(folder.profile)):
                if clash.message not in messages:
                    yield Clash(
                        ("scan.folders", *clash.keys), f"with the profile {folder.profile} of a folder, {clash.message}"
                    )

    @property
    def analysis_rules(self) -> AnalysisRules:
        """The settings that affect the result of an analysis, as a value of the domain."""
        return AnalysisRules(
            segmentation=SegmentationRules(**self.segmentation.model_dump()),
            cues=CueRules(**self.cues.model_dump()),
            tags=TagRules(**self.tags.model_dump()),
            true_peak=self.analysis.true_peak,
            video=self.scan.video,
            fingerprint=self.analysis.fingerprint,
            flavor=FlavorLevel(self.flavor.level),
            extensions=tuple(map(ExtensionId.parse, self.extensions.measures)),
        )

    @property
    def provenance(self) -> Provenance:
        """What an import with these settings makes, but in folders with a profile: what differs from it is stale."""
        return Provenance.of_config(self.model_dump(mode="json", include=set(SECTIONS)))

    @property
    def wanted(self) -> Wanted:
        """What an import with these settings makes, and where."""
        return Wanted(self.provenance, tuple((one.folder, Provenance(one.parts)) for one in self.folder_rules))

    @property
    def folder_rules(self) -> tuple[RulesBelow, ...]:
        """The rules of folders with a profile: what it says of segmentation and cues goes before all other settings."""
        found = []
        for folder in self.scan.folders:
            there = self._with_profile(folder.profile)
            found.append(RulesBelow(os.fsencode(folder.path), there.analysis_rules, there.provenance.text))
        return tuple(found)

    def _with_profile(self, profile: str) -> Self:
        said = profile_layer(profile).values if profile != "none" else {}
        cut, cues = (said.get(name, {}) for name in ("segmentation", "cues"))
        if profile == "none":
            return self.model_copy(update={"segmentation": SegmentationSettings(), "cues": CueSettings()})
        return self.model_copy(
            update={
                "segmentation": self.segmentation.model_copy(update=cut if isinstance(cut, dict) else {}),
                "cues": self.cues.model_copy(update=cues if isinstance(cues, dict) else {}),
            }
        )


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings and their sources: ``sources`` has the location of every dotted key, ``file`` is the file read."""

    settings: Settings
    sources: Mapping[str, str]
    file: Path | None


def load_settings(
    path: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    *,
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings, like :func:`resolve` but without their sources."""
    return resolve(path, overrides, profile=profile, environ=environ).settings


def resolve(
    path: Path | None = None,
    overrides: Mapping[str, str] | None = None,
    *,
    profile: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Resolved:
    """Read the settings and the location of each: defaults < profile < file < environment < ``overrides``.

    ``path`` None: the file that ``PASSAGEWORK_CONFIG`` names, else the user's ``config.toml`` if there is one.
    ``overrides`` maps ``section.key`` to the text of a value. ``environ`` None: the environment of the process.
    Raises ConfigError with one line for every problem of every source.
    """
    environ = os.environ if environ is None else environ
    if path is None:
        path = _user_file(environ)
    layers = [file_layer(path, Settings)] if path else []
    layers += [environment_layer(environ, Settings), command_line_layer(overrides or {}, Settings)]
    if profile is not None:
        layers.append(argument_layer(profile))
    chosen = [layer.values["profile"] for layer in layers if "profile" in layer.values]
    if chosen and chosen[-1] in get_args(Profile) and chosen[-1] != "none":
        layers.insert(0, profile_layer(str(chosen[-1])))

    problems: list[str] = []
    values: dict[str, dict[str, object]] = {}
    sources = dict.fromkeys(all_keys(Settings), "default")
    top: dict[str, object] = {}
    for layer in layers:
        valid, found = _valid_part(layer)
        problems += [*layer.problems, *found]
        for keys, value in _given(valid):
            sources[".".join(keys)] = layer.place(keys)
            if len(keys) == 1:
                top[keys[0]] = value
            else:
                values.setdefault(keys[0], {})[keys[1]] = value
    settings = Settings.model_validate({**top, **values}, context={"partial": True})
    problems += _clash_lines(settings, sources)
    if problems:
        raise ConfigError("\n".join(problems))
    return Resolved(settings, sources, path)


def _user_file(environ: Mapping[str, str]) -> Path | None:
    named = environ.get(CONFIG_FILE_VARIABLE)
    if named:
        return Path(named).expanduser()
    usual = default_config_file()
    return usual if usual.exists() else None


def _valid_part(layer: Layer) -> tuple[Settings, list[str]]:
    """Validate one layer; leave out invalid values, so that the rest can still be checked."""
    context = {"partial": True, "base": layer.base}
    try:
        return Settings.model_validate(layer.values, context=context), []
    except ValidationError as error:
        found = list(explain(error, layer, Settings))
    kept: dict[str, object] = {
        name: {key: value for key, value in table.items() if (name, key) not in wrong}
        if isinstance(table, dict)
        else table
        for wrong in [{keys[:2] for keys, _ in found}]
        for name, table in layer.values.items()
        if (name,) not in wrong
    }
    return Settings.model_validate(kept, context=context), [line for _, line in found]


def _given(settings: BaseModel) -> Iterator[tuple[Keys, object]]:
    """Yield the keys and values that a layer sets, without defaults."""
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from (((name, key), getattr(value, key)) for key in value.model_fields_set)
        else:
            yield (name,), value


def _clash_lines(settings: Settings, sources: Mapping[str, str]) -> Iterator[str]:
    for clash in settings.clashes():
        places = dict.fromkeys(sources[key] for key in clash.keys if sources[key] != "default")
        yield f"{' and '.join(places)}: {clash.message}"
