"""Events about what people do to a library that an importer holds: in this program, or in another one through it."""

from dataclasses import dataclass

from passagework.domain.edits import Edited
from passagework.domain.forgetting import Forget, Forgotten
from passagework.domain.undo import Undone


@dataclass(frozen=True, slots=True)
class ValuesSet:
    """User values are set, or cuts of a person; what was set already is not among them."""

    values: tuple[Edited, ...]


@dataclass(frozen=True, slots=True)
class RunUndone:
    """What a run made was removed, and what it changed is restored."""

    undone: Undone


@dataclass(frozen=True, slots=True)
class FilesForgotten:
    """Files were forgotten with all that was known of them."""

    forget: Forget
    forgotten: Forgotten


UserEvent = ValuesSet | RunUndone | FilesForgotten
