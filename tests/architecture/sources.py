"""The sources that the tests of architecture look at, each parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("services", "shared", "deploy", "tests")


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders or FOLDERS:
        yield from sorted((PROJECT / folder).rglob("*.py"))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))
