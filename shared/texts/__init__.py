"""Every sentence that customers read, by language: dates, numbers and plurals are those of CLDR.

A language is a folder: copy `en`, translate its texts, and it is known.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, get_currency_precision

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = tuple(sorted(folder.name for folder in FOLDER.iterdir() if (folder / "LC_MESSAGES").is_dir()))
FALLBACK: Final = "en"


@cache
def _translations(language: str) -> GNUTranslations:
    with (FOLDER / language / "LC_MESSAGES" / "texts.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of(locale: str, languages: Iterable[str]) -> str:
    """Return the language to write in: the reader's own if it is among the merchant's, else the merchant's first.

    A locale is written as en-GB; languages that are not here are left out.
    """
    known = [language for language in languages if language in LANGUAGES] or [FALLBACK]
    own = locale.partition("-")[0]
    return own if own in known else known[0]


@lru_cache(maxsize=1000)
def texts(language: str, market: str) -> "Texts":
    """Return the texts of a language, with the dates and numbers as a market (ISO 3166-1 alpha-2) writes them."""
    try:
        locale = Locale.parse(f"{language}_{market}")
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(language)
    return Texts(locale)


class Texts:
    """The texts of one language, as one market writes them."""

    def __init__(self, locale: Locale) -> None:
        self.locale: Final = locale
        self._translations = _translations(locale.language)

    @property
    def language(self) -> str:
        return str(self.locale.language)

    @property
    def direction(self) -> str:
        """Return the direction of writing: ltr or rtl."""
        return str(self.locale.text_direction)

    def text(self, key: str, **values: object) -> str:
        """Return the text of a key, with values put in as they are."""
        if (found := self.find(key)) is None:
            raise LookupError(f"no text {key} in {self.language}: add it to shared/texts")
        return found.format(**values)

    def find(self, key: str) -> str | None:
        """Return the text of a key as it is, if there is one."""
        found = self._translations.gettext(key)
        return None if found == key else found

    def day(self, on: date, today: date) -> str:
        """Write a day, with its year where that is another than today's."""
        return str(format_skeleton(_skeleton(today, on), on, locale=self.locale))

    def days(self, first: date, last: date, today: date) -> str:
        """Write an interval of days, with the year where one of them is in another than today."""
        return str(format_interval(first, last, _skeleton(today, first, last), locale=self.locale))

    def money(self, amount: int, currency: str) -> str:
        """Write an amount that is given in minor units of a currency (ISO 4217)."""
        digits = get_currency_precision(currency)
        return str(format_currency(Decimal(amount).scaleb(-digits), currency, locale=self.locale))


def _skeleton(today: date, *days: date) -> str:
    return "MMMEd" if {day.year for day in days} == {today.year} else "yMMMEd"
