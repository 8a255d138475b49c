"""What a field of the language accepts, in words: the half of a refusal that helps."""

from functools import cache

import msgspec.inspect as kinds

from events.base import Data

TIME = "an RFC 3339 time with an offset, for example 2026-11-22T09:30:00+01:00"


@cache
def of_field(data: type[Data], name: str) -> str:
    """What the field of a type accepts; an empty string where the type has no such field."""
    info = kinds.type_info(data)
    assert isinstance(info, kinds.StructType)  # noqa: S101 - every class of the language is one
    return next((_words(field.type) for field in info.fields if field.encode_name == name), "")


@cache
def of_data(data: type[Data]) -> str:
    """What a type asks for: its required fields."""
    info = kinds.type_info(data)
    assert isinstance(info, kinds.StructType)  # noqa: S101 - every class of the language is one
    required = [f"`{field.encode_name}` ({_words(field.type)})" for field in info.fields if field.required]
    return f"an object with {', '.join(required)}" if required else "an object"


def _words(kind: kinds.Type) -> str:
    match kind:
        case kinds.UnionType(types=types):
            return _words(next(one for one in types if not isinstance(one, kinds.NoneType)))
        case kinds.LiteralType(values=values):
            return f"one of {', '.join(map(str, values))}"
        case kinds.BoolType():
            return "true or false"
        case kinds.FloatType(ge=least, le=most):
            return f"a number{_bounds(least, most)}"
        case kinds.DateTimeType():
            return TIME
        case kinds.StrType(pattern=pattern) if pattern is not None:
            return f"a string like {pattern}"
        case kinds.StrType(min_length=least, max_length=most):
            return f"a string of {least or 0} to {most} characters"
        case kinds.ListType(item_type=item, max_length=most):
            return f"a list of at most {most}, each {_words(item)}"
    raise TypeError(f"the language has a new kind of field: {kind}")


def _bounds(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:g} to {most:g}"
    return "" if least is None else f", at least {least:g}"
