"""Every text is there in every language, with the same values, and is used."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from services.allocation.domain.acceptance import Reason
from services.allocation.handlers.orders.refunds import REASONS
from services.notification.domain.notices import Kind
from shared.texts import FOLDER, LANGUAGES, language_of, texts

ROOT = Path(__file__).parents[2]


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "texts.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalogue(language) if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    own, english = messages(language), messages("en")
    assert own.keys() == english.keys()
    assert [key for key, words in own.items() if not words.strip()] == []
    values = {key: set(re.findall(r"{(\w+)}", words)) for key, words in english.items()}
    assert {key: set(re.findall(r"{(\w+)}", words)) for key, words in own.items()} == values


def shapes(file: Path) -> Iterator[re.Pattern[str]]:
    """Return what the texts of a source may be: what is put into one of them may be anything."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield re.compile(re.escape(node.value) + "$")
        elif isinstance(node, ast.JoinedStr) and isinstance(node.values[-1], ast.Constant | ast.FormattedValue):
            parts = [re.escape(str(x.value)) if isinstance(x, ast.Constant) else ".+" for x in node.values]
            yield re.compile("".join(parts) + "$")


def test_every_text_is_used() -> None:
    sources = [file for file in (ROOT / "services").rglob("*.py") if "texts" in file.read_text(encoding="utf-8")]
    used = [shape for file in sources for shape in shapes(file) if shape.pattern not in (".+$", "$")]
    used += [re.compile(kind + "$") for kind in get_args(Kind)]
    assert [key for key in messages("en") if not any(shape.match(key) for shape in used)] == []


@pytest.mark.parametrize("reason", [*get_args(Reason), *REASONS.values()])
def test_every_reason_that_a_customer_is_given_is_translated(reason: str) -> None:
    assert all(texts(language, "NL").find(f"reason: {reason}") for language in LANGUAGES)


@pytest.mark.parametrize(
    ("locale", "languages", "language"),
    [
        ("de-AT", ["en", "de"], "de"),
        ("fr-FR", ["de", "en"], "de"),
        ("es", ["en", "de"], "en"),
        ("xx", ["xx"], "en"),
        ("de", ["xx", "de"], "de"),
    ],
)
def test_a_customer_reads_their_own_language_or_the_merchants(locale: str, languages: list[str], language: str) -> None:
    assert language_of(locale, languages) == language


def test_a_text_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="no text nonsense in de: add it to shared/texts"):
        texts("de", "DE").text("nonsense")


@given(market=st.text(max_size=20), language=st.sampled_from(LANGUAGES))
def test_a_market_that_is_none_is_written_to_all_the_same(market: str, language: str) -> None:
    today = date(2027, 3, 8)
    assert texts(language, market).day(today, today)
