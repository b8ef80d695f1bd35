"""Contracts change additively within a version."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.asyncapi import GENERATED, breaks, schema
from shared.contracts.compatibility import breaking_changes
from shared.contracts.orders import OrderPlaced

OLD: dict[str, Any] = {
    "properties": {
        "units": {"type": "integer", "minimum": 1},
        "state": {"enum": ["open", "settled"], "type": "string"},
        "kind": {"const": "opening"},
        "lot": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
    },
    "required": ["units", "state"],
    "$defs": {"Line": {"properties": {"sku": {"type": "string"}}, "required": ["sku"]}},
}


def _with(path: str, value: object) -> dict[str, Any]:
    """Return OLD with the value at a path, or without what is there when the value is None."""
    new: dict[str, Any] = json.loads(json.dumps(OLD))
    *steps, last = path.split("/")
    place = new
    for step in steps:
        place = place[step]
    place[last] = value
    if value is None:
        del place[last]
    return new


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        _with("properties/note", {"type": "string"}),
        _with("properties/state/enum", ["open", "paused", "settled"]),
        _with("properties/kind", {"enum": ["opening", "nightly"]}),
        _with("properties/units/description", "units, at least 1"),
        _with("properties/lot/anyOf", [{"type": "string", "description": "lot number"}, {"type": "null"}]),
        _with("$defs/Line/properties/units", {"type": "integer"}),
        _with("$defs/Tote", {"type": "string"}),
    ],
)
def test_an_optional_field_a_new_value_or_other_words_break_nobody(new: dict[str, Any]) -> None:
    assert list(breaking_changes(OLD, new)) == []


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (_with("properties/units", None), "body.properties.units: removed"),
        (_with("required", ["state"]), "body.required: units is no longer certain"),
        (_with("required", ["kind", "state", "units"]), "body.required: kind is newly required"),
        (_with("properties/units/type", "string"), "body.properties.units.type: changed"),
        (_with("properties/units/minimum", 2), "body.properties.units.minimum: changed"),
        (_with("properties/units/maximum", 9), "body.properties.units.maximum: changed"),
        (_with("properties/state/enum", ["open"]), "body.properties.state.enum: settled is no longer taken"),
        (_with("properties/state/enum", None), "body.properties.state.enum: changed"),
        (_with("properties/kind/const", "nightly"), "body.properties.kind.enum: opening is no longer taken"),
        (_with("properties/lot/default", "none"), "body.properties.lot.default: changed"),
        (_with("properties/lot/anyOf", [{"type": "string"}]), "body.properties.lot.anyOf: changed"),
        (_with("properties/lines/items/$ref", "#/$defs/Other"), "body.properties.lines.items.$ref: changed"),
        (_with("$defs/Line/required", ["sku", "units"]), "body.$defs.Line.required: units is newly required"),
    ],
)
def test_every_other_difference_is_named(new: dict[str, Any], told: str) -> None:
    assert list(breaking_changes(OLD, new)) == [told]


def test_today_breaks_nothing_that_was_generated_before() -> None:
    assert breaks(GENERATED / "schemas") == []


def test_a_published_event_may_not_change_or_vanish(tmp_path: Path) -> None:
    before = schema(OrderPlaced)
    before["properties"]["coupon"] = {"type": "string"}
    (tmp_path / "OrderPlaced.v1.json").write_text(json.dumps(before))
    (tmp_path / "OrderDreamt.v1.json").write_text(json.dumps(before))
    assert breaks(tmp_path) == [
        "OrderDreamt.v1.json: body: removed",
        "OrderPlaced.v1.json: body.properties.coupon: removed",
    ]
