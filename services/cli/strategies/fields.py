"""What the fields of a Struct mean: the docstrings that stand below them in its source."""

import ast
import inspect
from itertools import pairwise
from textwrap import dedent

import msgspec


def described(cls: type[msgspec.Struct]) -> dict[str, str]:
    """What is said of each field of a class, its parents' among them, by the name that it has in a file."""
    said: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        if issubclass(part, msgspec.Struct) and part is not msgspec.Struct:
            said |= _own(part)
    return {
        field.encode_name: said[field.name] for field in msgspec.structs.fields(cls) if field.name in said
    }


def _own(cls: type) -> dict[str, str]:
    tree = ast.parse(dedent(inspect.getsource(cls))).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101 - it is the source of a class
    found = {}
    for field, below in pairwise(tree.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(sentence))),
            ):
                found[name] = " ".join(sentence.split())
    return found
