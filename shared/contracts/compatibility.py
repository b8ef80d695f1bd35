"""Compatibility of a changed JSON Schema with those who read and write by the old one."""

from collections.abc import Callable, Iterator
from typing import Any, Final

_ANNOTATIONS: Final = {"title", "description", "examples", "$schema"}


def breaking_changes(old: object, new: object, at: str = "body") -> Iterator[str]:
    """Return what differs, except what is additive: a new optional field, a new value of an enumeration, other words.

    A new value is safe only where readers are upgraded before writers.
    """
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from breaking_changes(before, after, f"{at}.{number}")
        return
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield f"{at}: {'removed' if new is None else 'changed'}"
        return
    old, new = _plain(old), _plain(new)
    for keyword in sorted(old.keys() | new.keys()):
        yield from _CHECKS.get(keyword, breaking_changes)(old.get(keyword), new.get(keyword), f"{at}.{keyword}")


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without words, and with a constant as an enumeration of one."""
    enum = {"enum": [schema["const"]]} if "const" in schema else {}
    return {name: value for name, value in schema.items() if name not in {"const", *_ANNOTATIONS}} | enum


def _named(old: dict[str, Any] | None, new: dict[str, Any] | None, at: str) -> Iterator[str]:
    """Compare named parts: each must still be there; whether a new one may be left out, `required` says."""
    for name, schema in (old or {}).items():
        if name in (new or {}):
            yield from breaking_changes(schema, (new or {})[name], f"{at}.{name}")
        else:
            yield f"{at}.{name}: removed"


def _required(old: list[str] | None, new: list[str] | None, at: str) -> Iterator[str]:
    yield from (f"{at}: {name} is newly required" for name in sorted(set(new or ()) - set(old or ())))
    yield from (f"{at}: {name} is no longer certain" for name in sorted(set(old or ()) - set(new or ())))


def _values(old: list[Any] | None, new: list[Any] | None, at: str) -> Iterator[str]:
    if old is None or new is None:
        yield f"{at}: changed"
    else:
        yield from (f"{at}: {value} is no longer taken" for value in old if value not in new)


_CHECKS: Final[dict[str, Callable[[Any, Any, str], Iterator[str]]]] = {
    "properties": _named,
    "$defs": _named,
    "required": _required,
    "enum": _values,
}
