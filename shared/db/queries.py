"""Named SQL statements, read from the file or folder that stands beside the module that uses them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


class Queries(Mapping[str, str]):
    """The statements of one .sql file by name, or of all such files in a folder.

    A statement begins with `-- name: its_name`, one sentence of comment, and ends before the next.
    """

    def __init__(self, path: Path) -> None:
        files = sorted(path.glob("*.sql")) if path.is_dir() else [path]
        parts = [part for file in files for part in _NAME.split(file.read_text(encoding="utf-8"))[1:]]
        names, texts = parts[::2], parts[1::2]
        if len(set(names)) != len(names):
            raise ValueError(f"{path}: a statement's name is used twice")
        self._texts = {name: text.strip().rstrip(";") for name, text in zip(names, texts, strict=True)}

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turn rows of `width` values into the arrays that a statement over sets takes."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
