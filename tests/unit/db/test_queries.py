"""Statements are read by name from the file beside the module that uses them."""

from pathlib import Path

import pytest

from shared.db.migrations import url_for
from shared.db.queries import Queries, columns


def test_each_statement_goes_from_its_name_to_the_next(tmp_path: Path) -> None:
    (file := tmp_path / "q.sql").write_text(
        "-- name: one\n-- The first.\nselect 1;\n\n-- name: two\n-- Another.\nselect 2"
    )
    assert dict(Queries(file)) == {"one": "-- The first.\nselect 1", "two": "-- Another.\nselect 2"}


def test_a_name_used_twice_is_a_mistake(tmp_path: Path) -> None:
    (file := tmp_path / "q.sql").write_text("-- name: one\nselect 1;\n-- name: one\nselect 2;")
    with pytest.raises(ValueError, match="used twice"):
        Queries(file)


def test_rows_become_the_arrays_that_a_statement_over_sets_takes() -> None:
    assert columns([("a", 1), ("b", 2)], 2) == [["a", "b"], [1, 2]]
    assert columns([], 2) == [[], []]


def test_an_address_for_another_role_survives_any_password() -> None:
    url = url_for("postgresql://admin:x@db:5432/shop?sslmode=disable", "firstfill_inventory", "a/b@c:d")
    assert url == "postgresql://firstfill_inventory:a%2Fb%40c%3Ad@db:5432/shop?sslmode=disable"
