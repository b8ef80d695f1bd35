"""Structs of contracts: the same fields without the checks, for events that one decision tells by the thousand."""

from functools import cache
from typing import Any, TypeAlias

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Struct: TypeAlias = Any  # what `struct_of` makes: its fields are those of a contract, which no type checker can see


@cache
def struct_of(model: type[BaseModel]) -> type[Struct]:
    """Return a class of the fields of a contract, that is written as the contract is: the same values, the same bytes.

    It checks nothing: only what our own tables hold goes into it. What has no value is left out.
    """
    fields = [(name, Any, _default(field)) for name, field in model.model_fields.items()]
    return msgspec.defstruct(model.__name__, fields, frozen=True, omit_defaults=True, kw_only=True, gc=False)


def _default(field: FieldInfo) -> object:
    name = field.serialization_alias or field.alias
    if field.is_required():
        return msgspec.field(name=name)
    if field.default is None:
        return msgspec.field(default=None, name=name)
    return msgspec.field(default_factory=lambda: field.default, name=name)  # a factory's value is always written


encode = msgspec.json.Encoder().encode
