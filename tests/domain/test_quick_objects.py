"""Objects that are made by the thousand are those that the class itself makes."""

from dataclasses import FrozenInstanceError, dataclass, fields

import pytest

from passagework.domain.quick_objects import quickly_made


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    one: int
    two: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Base):
    three: float
    four: tuple[int, ...] = ()
    five: str | None = "five"


def test_each_value_is_in_the_field_of_its_place_or_name():
    make = quickly_made(Value, "three", "one")
    made = make(3.0, 1, two="2", five=None)
    assert (made, repr(made), hash(made)) == (
        (wanted := Value(one=1, two="2", three=3.0, five=None)),
        repr(wanted),
        hash(wanted),
    )


def test_they_are_of_the_class_and_refuse_assignments():
    made = quickly_made(Value)(one=1, two="2", three=3.0)
    assert type(made) is Value
    for one in fields(Value):
        with pytest.raises(FrozenInstanceError):
            setattr(made, one.name, 0)
        with pytest.raises(FrozenInstanceError):
            delattr(made, one.name)


def test_a_missing_and_an_unknown_field_are_errors():
    make = quickly_made(Value, "three", "one")
    for values, named in (((3.0,), {"two": "2"}), ((3.0, 1), {}), ((3.0, 1), {"two": "2", "six": 6})):
        with pytest.raises(TypeError):
            make(*values, **named)
