"""Names are those of shared/glossary.md, and tell a reader what they are."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = ("services", "shared", "deploy", "tests")
NO_NAMES = {"one", "some", "said", "told", "mine", "whose", "what"}
# Nouns of the trade that end like a gerund, and adverbs nowhere.
ALLOWED = {"receiving", "messaging", "scanning", "testing", "padding", "test_receiving", "test_padding"}
ADVERBS = {"later", "coming", "across", "together", "ahead", "again", "few"}
DOCUMENT = re.compile(r"[\w./-]*\b[\w-]+\.md\b")


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders or FOLDERS:
        yield from sorted((PROJECT / folder).rglob("*.py"))


def names_bound(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The variables of functions: of loops, comprehensions and assignments."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.lineno, node.id


def test_variables_carry_their_type() -> None:
    found = [
        f"{file.relative_to(PROJECT)}:{line} {name}"
        for file in python_files()
        for line, name in names_bound(ast.parse(file.read_text(encoding="utf-8")))
        if name in NO_NAMES
    ]
    assert found == []


def test_modules_are_nouns_or_verbs_with_their_object() -> None:
    stems = {file.stem: file.relative_to(PROJECT) for file in python_files()}
    bare = [path for stem, path in stems.items() if is_bare(stem) and stem not in ALLOWED]
    assert bare == []


def is_bare(stem: str) -> bool:
    """Whether a module is called by a single gerund, participle or adverb."""
    words = stem.removeprefix("test_").split("_")
    return len(words) == 1 and (words[0] in ADVERBS or re.fullmatch(r"\w{2,}(ing|ed)", words[0]) is not None)


@pytest.mark.parametrize(("stem", "bare"), [("allocating", True), ("served", True), ("later", True), ("queue", False)])
def test_a_bare_gerund_is_told_from_a_noun(stem: str, bare: bool) -> None:
    assert is_bare(stem) is bare


@pytest.mark.parametrize("service", sorted(PROJECT.glob("services/*/app.py")), ids=lambda app: app.parent.name)
def test_a_class_name_means_one_thing_in_its_service(service: Path) -> None:
    classes: dict[str, list[str]] = defaultdict(list)
    for file in sorted(service.parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name.lstrip("_")].append(str(file.relative_to(PROJECT)))
    assert {name: files for name, files in classes.items() if len(files) > 1} == {}


def test_no_source_cites_a_document_that_is_not_here() -> None:
    known = {file.name for file in PROJECT.rglob("*.md") if ".venv" not in file.parts}
    files = [file for folder in FOLDERS for file in sorted((PROJECT / folder).rglob("*")) if file.is_file()]
    cited = [
        f"{file.relative_to(PROJECT)}: {name}"
        for file in files
        if file.suffix in {".py", ".sql", ".md", ".sh", ".toml"}
        for name in DOCUMENT.findall(file.read_text(encoding="utf-8"))
        if Path(name).name not in known
    ]
    assert cited == []
