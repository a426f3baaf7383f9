"""From the tags of the nets to the characteristics that they can tell: instruments, voice, character and speed.

Tags are what listeners wrote about music, so a share tells how much of what they write about such sounds is of a kind.
What they felt (happy, sad, sexy), how old or loud they found it, and whether they heard a woman or a man is left out:
moods, decades and genders are not claimed.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from passagework.domain.flavor.tag_names import MSD_TAGS, MTT_TAGS
from passagework.domain.flavor.values import Groups

_Kinds = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""The kinds of a characteristic, each with the tags of the Million Song Dataset and of MagnaTagATune that mean it."""

_INSTRUMENTS: Final[_Kinds] = {
    "guitar": (("guitar",), ("guitar",)),
    "piano": ((), ("piano",)),
    "harpsichord": ((), ("harpsichord",)),
    "harp": ((), ("harp",)),
    "strings": ((), ("strings", "violin", "cello")),
    "flute": ((), ("flute",)),
    "sitar": ((), ("sitar",)),
    "synthesizer": ((), ("synth",)),
    "drums": ((), ("drums", "beat", "beats")),
}
_VOICE: Final[_Kinds] = {
    "voice": (
        ("female vocalists", "male vocalists", "female vocalist"),
        (
            *("vocal", "female", "male", "singing", "vocals", "woman", "male vocal", "man", "voice", "male voice"),
            *("female vocal", "female voice"),
        ),
    ),
    "opera": ((), ("opera",)),
    "choir": ((), ("choir", "choral")),
    "no voice": (("instrumental",), ("no vocals", "no vocal", "no voice")),
}
_CHARACTER: Final[_Kinds] = {
    "acoustic": (("acoustic",), ()),
    "ambient": (("ambient",), ("ambient", "new age")),
    "blues": (("blues",), ()),
    "classical": ((), ("classical", "classic")),
    "country": (("country",), ("country",)),
    "dance": (("dance", "House"), ("dance", "techno")),
    "electronic": (("electronic", "electronica", "electro"), ("electronic",)),
    "experimental": (("experimental",), ("weird",)),
    "folk": (("folk",), ()),
    "hip-hop": (("Hip-Hop",), ()),
    "indian": ((), ("indian",)),
    "indie": (("alternative", "indie", "alternative rock", "indie rock", "indie pop"), ()),
    "jazz": (("jazz",), ()),
    "metal": (("metal", "heavy metal"), ("metal",)),
    "pop": (("pop",), ("pop",)),
    "punk": (("punk",), ()),
    "rock": (("rock", "classic rock", "hard rock", "Progressive rock"), ("rock",)),
    "soul": (("soul", "funk", "rnb"), ()),
}
_SPEED: Final[_Kinds] = {
    "slow": ((), ("slow",)),
    "fast": ((), ("fast",)),
}
_GROUPS: Final[Mapping[str, _Kinds]] = {
    "instruments": _INSTRUMENTS,
    "voice": _VOICE,
    "character": _CHARACTER,
    "speed": _SPEED,
}

_LEAST: Final = 1e-6
"""Of a tag that is not heard at all."""


def groups_of_tags(msd: NDArray[np.float32], mtt: NDArray[np.float32]) -> Groups:
    """Return the characteristics of a passage from the tags of its patches, each of shape (patches, 50).

    Of the tags that mean the same, the strongest counts. Each patch counts alike: a share is the mean of the shares of
    all patches. So what the parts of a passage have, weighted with their patches, is what the passage has.
    """
    heard = dict(zip([*_of_msd(MSD_TAGS), *MTT_TAGS], np.concatenate([msd, mtt], axis=1).T, strict=True))
    groups = []
    for name, kinds in _GROUPS.items():
        strongest = [
            np.maximum.reduce([heard[tag] for tag in (*_of_msd(of_msd), *of_mtt)], dtype=np.float64)
            for of_msd, of_mtt in kinds.values()
        ]
        strengths = np.maximum(strongest, _LEAST)
        shares = (strengths / strengths.sum(axis=0)).mean(axis=1)
        groups.append((name, tuple(zip(kinds, map(float, shares), strict=True))))
    return tuple(groups)


def _of_msd(tags: tuple[str, ...]) -> list[str]:
    """Tell tags from those of MagnaTagATune that have the same names."""
    return [f"msd {tag}" for tag in tags]
