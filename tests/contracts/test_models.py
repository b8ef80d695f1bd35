"""Bad news is refused at the door: the field is named, what was said is not repeated."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.fields import Fact
from shared.contracts.story import EVENTS, Example, examples, examples_of

Path = tuple[str | int, ...]
MISSING = object()
WHOLE_FILES = {"content", "answer", "document"}
WORDS = {"subject", "sentence", "notes", "closing"}  # of a mail
MARK = "5800"  # stands in every bad value that could be repeated
each_example = pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)


@each_example
def test_every_text_is_bounded_and_free_of_nul(example: Example) -> None:
    for path, value in _leaves(example.body):
        if isinstance(value, str):
            longest = 800_000 if path[-1] in WHOLE_FILES else 8_000 if WORDS.intersection(path) else 800
            for bad in (f"{value}{MARK}\x00", value + MARK * (longest // len(MARK)), int(MARK), True, [MARK]):
                assert _refusal(example, path, bad)


@each_example
def test_every_number_is_a_whole_number_that_a_database_can_keep(example: Example) -> None:
    for path, value in _leaves(example.body):
        if isinstance(value, int) and not isinstance(value, bool):
            for bad in (
                str(value),
                float(value),
                value + 0.5,
                True,
                int(f"{MARK}{2**63}"),
                -(2**63),
                float("nan"),
            ):
                assert _refusal(example, path, bad)


@each_example
def test_a_missing_required_field_is_refused(example: Example) -> None:
    required = [name for name, field in example.event.model_fields.items() if field.is_required()]
    for name in required:
        text = example.event.model_fields[name].alias or name
        assert "Field required" in _refusal(example, (text,), MISSING)
        assert _refusal(example, (text,), None)


@pytest.mark.parametrize(
    ("event", "path", "bad"),
    [
        ("ReceiptPosted", ("sku",), f"acme|{MARK}"),
        ("ReceiptPosted", ("node",), f"venlo|{MARK}"),
        ("OrderPlaced", ("order_id",), f"acme|{MARK}"),
        ("ReceiptPosted", ("sku",), ""),
        ("ReceiptPosted", ("sku",), f"{MARK}\n"),
        ("ReceiptPosted", ("scanned_at",), f"{MARK}-03-08T08:00:00"),
        ("ReceiptPosted", ("scanned_at",), 1804492800),
        ("ReceiptPosted", ("scanned_at",), "1804492800"),
        ("ReceiptPosted", ("expires_on",), 0),
        ("ReceiptPosted", ("expires_on",), "-86400"),
        ("ReceiptPosted", ("disposition",), f"lost {MARK}"),
        ("OrderPlaced", ("lines", 0, "units"), 0),
        ("OrderPlaced", ("lines", 0, "units"), -5800),
        ("OrderPlaced", ("lines", 0, "unit_price"), -5800),
        ("OrderPlaced", ("lines", 0, "units"), 5_800_000),
        ("OrderPlaced", ("lines", 0, "unit_price"), 580_000_000_000),
        ("OrderPlaced", ("lines", 0), {"line_id": "1", "sku": "A", "units": 2, "unit_price": 58_000_000_000}),
        ("OrderPlaced", ("lines",), []),
        ("OrderPlaced", ("lines", 1, "line_id"), "1"),
        ("AsnReceived", ("eta",), {"earliest": "2027-01-02", "latest": "2027-01-01"}),
        ("PurchaseOrderUpserted", ("lines", 0, "due_on"), f"{MARK}-12-31"),
        ("CountRecorded", ("counted_at",), f"{MARK}-01-01T00:00:00Z"),
        ("OnHandReported", ("as_of",), "0001-01-01T00:00:00Z"),
        ("NodeUpserted", ("lanes",), [{"lane": MARK, "capacity": 1}, {"lane": MARK, "capacity": 2}]),
        ("AsnReceived", ("cartons", 0, "lines", 0), {"qty": 1}),
        ("ScanRecorded", ("gtin",), "\u0665\u0668\u0660\u0660\u0661\u0662\u0663\u0664"),
        ("ContactGiven", ("email",), f"{MARK}@"),
        ("ContactGiven", ("email",), f"anna{MARK}\x01@example.com"),
        ("ContactGiven", ("time_zone",), f"Europe/{MARK}"),
        ("ProductUpserted", ("dated",), "no"),
        ("ProductUpserted", ("attributes",), {MARK: 1}),
        ("ProductUpserted", ("attributes",), {f"{MARK}\x00": "red"}),
        ("ExceptionChanged", ("facts",), {"sku": f"{MARK}\x00"}),
        ("PolicyUpserted", ("head_starts",), {MARK: 8761}),
        ("PolicyUpserted", ("head_starts",), {f"{MARK}|": 1}),
        ("OrderLineChanged", ("new_line_id",), "1"),
        ("LineSwapped", ("new_line_id",), "1"),
        ("DelayRefused", ("line_ids",), []),
        ("OrderSplit", ("max_shipments",), 0),
        ("LinePriorityChanged", ("reason",), ""),
        ("NodeUpserted", ("working_days", 0), 8),
        ("NodeUpserted", ("cut_off",), 900),
        ("NodeUpserted", ("cut_off",), "15:58:00+01:00"),
    ],
)
def test_nonsense_is_refused(event: str, path: Path, bad: object) -> None:
    assert _refusal(examples_of(EVENTS[event])[0], path, bad)


def test_a_scan_names_what_was_scanned() -> None:
    scan = examples_of(EVENTS["ScanRecorded"])[0]
    assert "gtin or barcode is needed" in _error(scan, _changed(scan.body, ("gtin",), MISSING))
    by_carton = _changed(_changed(scan.body, ("mode",), "by_carton"), ("carton_id",), MISSING)
    assert "carton_id or barcode is needed" in _error(scan, by_carton)


def test_a_purchase_order_line_and_its_supply_id_name_each_other() -> None:
    order = examples_of(EVENTS["PurchaseOrderUpserted"])[0]
    slash = _refusal(order, ("lines", 0, "line"), f"1/{MARK}")
    assert "lines.0.line" in slash
    assert "write 1-2 for 1/2" in slash
    long = _error(order, _changed(order.body, ("po_number",), f"{MARK}{'0' * 195}"))
    assert "has 200 characters at most: shorten line or both" in long
    assert _read(order, _changed(order.body, ("po_number",), "0" * 190))


@each_example
def test_fields_that_nobody_knows_yet_are_left_aside(example: Example) -> None:
    assert _read(example, _with_news(example.body)) == _read(example, example.body)


@each_example
def test_a_read_event_cannot_be_changed(example: Example) -> None:
    event = _read(example, example.body)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(event, next(iter(type(event).model_fields)), "other")


def test_an_instant_may_come_with_any_offset() -> None:
    receipt = examples_of(EVENTS["ReceiptPosted"])[0]
    local = _changed(receipt.body, ("scanned_at",), "2027-03-11T10:05:09+01:00")
    assert _read(receipt, local) == _read(receipt, receipt.body)


def test_a_set_is_written_in_one_order_under_any_hash_seed() -> None:
    node = examples_of(EVENTS["NodeUpserted"])[0]
    days = [f"2027-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 28)]
    written = _read(node, _changed(node.body, ("holidays",), days[::-1])).model_dump_json()
    assert json.loads(written)["holidays"] == days


def _leaves(part: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(part, dict | list):
        for step, value in part.items() if isinstance(part, dict) else enumerate(part):
            yield from _leaves(value, (*path, step))
    else:
        yield path, part


def _changed(body: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    new = deepcopy(body)
    place: Any = new
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return new


def _with_news(part: Any) -> Any:
    """Return the body with a field of tomorrow in it and in each of its parts."""
    if isinstance(part, list):
        return [_with_news(item) for item in part]
    if isinstance(part, dict):
        free = {name: value for name, value in part.items() if name in {"attributes", "facts", "head_starts"}}
        return {name: _with_news(value) for name, value in part.items()} | free | {"not_yet_known": [float("nan")]}
    return part


def _read(example: Example, body: dict[str, Any]) -> Fact:
    return example.event.model_validate_json(json.dumps(body))


def _error(example: Example, body: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as refused:
        _read(example, body)
    assert MARK not in str(refused.value)
    return str(refused.value)


def _refusal(example: Example, path: Path, bad: object) -> str:
    """Return the error text, which names the field or a whole that it is in, and repeats no value."""
    text = _error(example, _changed(example.body, path, bad))
    wholes = {".".join(map(str, path[:length])) for length in range(1, len(path) + 1)}
    assert wholes & set(text.splitlines()), text
    return text
