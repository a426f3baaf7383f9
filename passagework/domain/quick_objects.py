"""Make objects of frozen dataclasses by the thousand."""

from collections.abc import Callable
from dataclasses import field, fields, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def quickly_made(frozen: type[T], *first: str) -> Callable[..., T]:
    """Return a constructor of a frozen dataclass with slots that takes a quarter of the time; the objects are the same.

    It takes the ``first`` fields by position, in this order, and all others by name.

    A frozen class refuses assignments, so its own constructor takes a detour for each field. This one assigns the
    fields while the object is of a subclass that refuses none, and then makes it an object of the frozen class.
    """
    # It would be called for an object that is not frozen yet.
    assert not hasattr(frozen, "__post_init__")

    def freeze(made: object) -> None:
        object.__setattr__(made, "__class__", frozen)

    class_of: Any = frozen
    # Only the constructor of this class is used. It has a docstring, since dataclasses take long to make one.
    plain: Any = make_dataclass(
        frozen.__name__,
        [(name, Any) for name in first]
        + [
            (one.name, Any, field(kw_only=True, default=one.default, default_factory=one.default_factory))
            for one in fields(class_of)
            if one.name not in first
        ],
        namespace={"__doc__": frozen.__doc__, "__post_init__": freeze},
        repr=False,
        eq=False,
    )
    return type(
        frozen.__name__,
        (frozen,),
        {
            "__slots__": (),
            "__init__": plain.__init__,
            "__post_init__": freeze,
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        },
    )
