"""Code stays small enough to be read in one go."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, python_files, tree_of

CODE = ("services", "shared", "deploy")
LONGEST_FILE = 300
LONGEST_BODY = 40
MEDIAN_BODY = 8
NINE_OF_TEN_BODIES = 25


def bodies(file: Path) -> Iterator[tuple[str, int]]:
    """Return each function's place, and the lines of its body without the docstring."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stmts = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - stmts[0].lineno + 1 if stmts else 0
            yield f"{file.relative_to(PROJECT)}:{node.lineno} {node.name}", lines


@pytest.fixture(scope="module")
def sizes() -> dict[str, int]:
    return {place: lines for file in python_files(*CODE) for place, lines in bodies(file)}


def test_no_file_is_too_long_to_read() -> None:
    lengths = {str(file.relative_to(PROJECT)): len(file.read_text().splitlines()) for file in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_too_long_to_see_at_once(sizes: dict[str, int]) -> None:
    assert {place: lines for place, lines in sizes.items() if lines > LONGEST_BODY} == {}


def test_nine_of_ten_functions_are_short(sizes: dict[str, int]) -> None:
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= NINE_OF_TEN_BODIES


def test_the_middle_function_is_a_few_lines(sizes: dict[str, int]) -> None:
    assert statistics.median(sizes.values()) <= MEDIAN_BODY


def test_a_body_is_counted_without_its_docstring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PROJECT", tmp_path)
    (file := tmp_path / "code.py").write_text('def f():\n    """Says\n    much."""\n    a = 1\n\n    return a\n')
    assert dict(bodies(file)) == {"code.py:1 f": 3}
