"""Names are those of shared/glossary.md, and tell a reader what they are."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import FOLDERS, PROJECT, python_files, tree_of

NO_NAMES = {"one", "some", "said", "told", "mine", "whose", "what"}
# Nouns of the trade that end like a gerund, and adverbs nowhere.
ALLOWED = {"receiving", "messaging", "scanning", "testing", "padding", "test_receiving", "test_padding"}
ADVERBS = {"later", "coming", "across", "together", "ahead", "again", "few"}
VERBS = (
    "accept acknowledge add allocate announce answer append apply ask attribute be begin bind bring build call "
    "cancel carry change charge check choose claim close commit compare complete compose confirm connect consume copy "
    "correct count create cut decide decode defer delete describe disable do download draw drop empty end erase expect "
    "extend fill find forget format free give go grant group hand handle hash have hear hold install interrupt "
    "join judge keep kill lay let limit list listen lock log look loop make mark match measure merge move name "
    "note open pack pad parse pass ping place plan play post prepare print promise publish put rank read refuse "
    "release remove replace replay report request return revoke ring run say scan seal sell send serve set settle "
    "share shift ship show sort split spoil start stop store strand subtract sum sweep take tell total translate "
    "try turn undo unpack wait wake walk work write "
)
# Handlers of allocation are rewritten as one decision, and their docstrings with them.
REWRITTEN = PROJECT / "services/allocation/handlers"
PEOPLE = re.compile(r"\b(he|his|him|himself)\b", re.IGNORECASE)
DOCUMENT = re.compile(r"[\w./-]*\b[\w-]+\.md\b")


def names_bound(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Return the variables of functions: of loops, comprehensions and assignments."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in tree.body]
    while waiting:
        node, inside = waiting.pop()
        if inside and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        inside = inside or isinstance(node, functions)
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))


def test_variables_carry_their_type() -> None:
    found = [
        f"{file.relative_to(PROJECT)}:{line} {name}"
        for file in python_files()
        for line, name in names_bound(tree_of(file))
        if name in NO_NAMES
    ]
    assert found == []


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    found = [
        f"{file.relative_to(PROJECT)}:{function.lineno} {docstring.splitlines()[0]}"
        for file in python_files()
        if not file.is_relative_to(REWRITTEN)
        for function in ast.walk(tree_of(file))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not function.name.startswith("test_")
        for docstring in [ast.get_docstring(function)]
        if docstring and not begins_with_a_verb(docstring.split()[0].strip(":,.;").lower(), function)
    ]
    assert found == [], "begin with a verb such as Return, Read, Store (a new one: add it to VERBS)"


def begins_with_a_verb(word: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether the first word is a verb; what returns nothing does not begin with Return."""
    returns_nothing = isinstance(function.returns, ast.Constant) and function.returns.value is None
    return word in VERBS.split() and not (word == "return" and returns_nothing)


def test_people_are_they() -> None:
    here = Path(__file__)
    found = [
        f"{file.relative_to(PROJECT)}:{number} {line.strip()}"
        for folder in FOLDERS
        for file in sorted((PROJECT / folder).rglob("*"))
        if file.suffix in {".py", ".sql", ".md"} and not file.is_relative_to(REWRITTEN)
        if file != here and "generated" not in file.parts  # the story there is about people with names
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if PEOPLE.search(line)
    ]
    assert found == []


def test_modules_are_nouns_or_verbs_with_their_object() -> None:
    stems = {file.stem: file.relative_to(PROJECT) for file in python_files()}
    bare = [path for stem, path in stems.items() if is_bare(stem) and stem not in ALLOWED]
    assert bare == []


def is_bare(stem: str) -> bool:
    """Return whether a module is called by a single gerund, participle or adverb."""
    words = stem.removeprefix("test_").split("_")
    return len(words) == 1 and (words[0] in ADVERBS or re.fullmatch(r"\w{2,}(ing|ed)", words[0]) is not None)


@pytest.mark.parametrize(("stem", "bare"), [("allocating", True), ("served", True), ("later", True), ("queue", False)])
def test_a_bare_gerund_is_told_from_a_noun(stem: str, bare: bool) -> None:
    assert is_bare(stem) is bare


@pytest.mark.parametrize("service", sorted(PROJECT.glob("services/*/app.py")), ids=lambda app: app.parent.name)
def test_a_class_name_means_one_thing_in_its_service(service: Path) -> None:
    classes: dict[str, list[str]] = defaultdict(list)
    for file in sorted(service.parent.rglob("*.py")):
        for node in ast.walk(tree_of(file)):
            if isinstance(node, ast.ClassDef):
                classes[node.name.lstrip("_")].append(str(file.relative_to(PROJECT)))
    assert {name: files for name, files in classes.items() if len(files) > 1} == {}


def test_no_source_cites_a_document_that_is_not_here() -> None:
    known = {
        file.name for folder in (*FOLDERS, "") for file in (PROJECT / folder).glob("**/*.md" if folder else "*.md")
    }
    files = [file for folder in FOLDERS for file in sorted((PROJECT / folder).rglob("*")) if file.is_file()]
    cited = [
        f"{file.relative_to(PROJECT)}: {name}"
        for file in files
        if file.suffix in {".py", ".sql", ".md", ".sh", ".toml"}
        for text in [file.read_text(encoding="utf-8")]
        if ".md" in text
        for name in DOCUMENT.findall(text)
        if Path(name).name not in known
    ]
    assert cited == []
