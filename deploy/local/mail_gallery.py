"""Every kind of mail in every language and some brands, on one page: `make mail`."""

from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from html import escape
from itertools import product
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from services.notification.domain.letters import Letter, LetterLine, MailBrand, Option, OtherLine, Parcel, Section
from services.notification.domain.notices import Kind, NoticeId, OrderId, Range
from services.notification.mails.compose import compose
from shared.contracts.brand import best_text
from shared.texts import LANGUAGES

_AT: Final = datetime(2026, 12, 1, 9, tzinfo=UTC)
_TOLD: Final = Range(date(2026, 12, 7), date(2026, 12, 11))
_LATER: Final = Range(date(2026, 12, 14), date(2026, 12, 18))
_MARKETS: Final = {"en": "GB", "de": "DE", "es": "ES"}
_PAGE: Final = "https://orders.example/o/token"
_LOGO: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='160' height='40'%3E"
    "%3Crect width='40' height='40' rx='8' fill='%23b3261e'/%3E"
    "%3Ctext x='52' y='28' font-family='sans-serif' font-size='24'%3EFiglet%3C/text%3E%3C/svg%3E"
)
_BRANDS: Final = (
    MailBrand("Hearth & Home", "hello@hearth.example", "#1f6f5c", "#ffffff"),
    MailBrand("Figlet", "hello@figlet.example", "#f2c230", best_text("#f2c230"), logo_url=_LOGO,
              footer="Figlet GmbH, Fig Street 1, 10115 Berlin\nHRB 12345, VAT DE123456789"),
)  # fmt: skip
_LINE: Final = LetterLine("1", 3, "Fig Preserve", 3, 3, _LATER, _TOLD)
_TEA: Final = replace(_LINE, line_id="2", product="Winter Tea")
_SILENT: Final = Option("silent_until", _TOLD.latest, _LATER.latest, _LATER.latest)
_YES: Final = Option("yes_by", _TOLD.latest, None, date(2027, 1, 8))
_GONE: Final = replace(_LINE, range=None, refund_by=date(2026, 12, 10), refund_amount=3870)
_LINES: Final[dict[Kind, tuple[LetterLine, ...]]] = {
    "confirmed": (
        replace(_LINE, range=_TOLD),
        replace(_TEA, units=2, ordered=5, range=Range(_TOLD.earliest, date(2027, 1, 15)), preorder=True),
    ),
    "moved": (replace(_LINE, option=_SILENT), replace(_TEA, range=None, option=_YES)),
    "released": (_LINE,),
    "shipped": (replace(_LINE, parcels=(Parcel("PostNL", "3SABC123456789", "https://postnl.example/3SABC"),)),),
    "swapped": (replace(_LINE, swapped_for="Plum Preserve"),),
    "cancelled": (replace(_GONE, refused=1, refused_because="they were shipped already"),),
    "declined": (replace(_GONE, reason="it was shown to be out of stock", alternatives=("Plum Preserve", "Quince")),),
    "refused": (replace(_LINE, units=1, refused=1, refused_because="they were shipped already"),),
    "refund": (_GONE,),
    "on_track": (replace(_LINE, range=_LATER),),
    "late": (replace(_LINE, range=_TOLD),),
}  # fmt: skip
_LONG: Final = "Extraordinarily-long-name-of-a-product-without-a-blank-" * 2


def letters() -> list[tuple[str, Letter]]:
    """Return every kind in every language and brand, and one mail with all news and long names."""
    found = [
        (f"{kind}, {language}, {brand.name}", _letter(language, brand, (kind,)))
        for brand, language, kind in product(_BRANDS, LANGUAGES, get_args(Kind))
    ]
    everything = _letter("en", _BRANDS[1], get_args(Kind))
    sections = tuple(replace(x, lines=tuple(replace(y, product=_LONG) for y in x.lines)) for x in everything.sections)
    return [*found, ("all news at once, long names", replace(everything, sections=sections, name=_LONG))]


def _letter(language: str, brand: MailBrand, kinds: tuple[Kind, ...]) -> Letter:
    sections = tuple(Section(NoticeId(kind), kind, _AT, _LINES[kind]) for kind in kinds)
    others = (OtherLine("Walnut Board", 1, 1, "shipped", None), OtherLine("Oat Biscuits", 2, 4, "waits", _TOLD))
    return Letter(
        "sample", OrderId("o1"), "1001", brand, "Anna", "anna@customer.example", ZoneInfo("UTC"), _AT.date(), language,
        _MARKETS.get(language, "GB"), sections, others, currency="EUR",
    )  # fmt: skip


def write_gallery(file: Path, width: int) -> None:
    """Write one page that shows every mail at a width, as a reader has it."""
    frames = [_frame(name, compose(letter, _AT, _PAGE), width) for name, letter in letters()]
    file.write_text(_PAGE_HEAD + "\n".join(frames) + _PAGE_END, encoding="utf-8")


def _frame(name: str, message: EmailMessage, width: int) -> str:
    html = message.get_body(("html",))
    page = escape(str(html.get_content())) if html else ""
    return (
        f"<figure><figcaption>{escape(name)} · {escape(message['Subject'])}</figcaption>"
        f'<iframe title="{escape(name)}" width="{width}" srcdoc="{page}"></iframe></figure>'
    )


_PAGE_HEAD: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mails</title>
<meta name="color-scheme" content="light dark">
<style>body{font-family:sans-serif;display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}
figure{margin:0}iframe{border:1px solid #888;display:block}</style></head><body>
"""
_PAGE_END: Final = """
<script>for (const f of document.querySelectorAll("iframe")) f.onload = () =>
  f.height = f.contentDocument.documentElement.scrollHeight;</script></body></html>
"""


def main() -> None:
    """Write the page for wide and for narrow screens, and say where."""
    for width in (600, 320):
        file = Path(".local") / f"mails-{width}.html"
        file.parent.mkdir(exist_ok=True)
        write_gallery(file, width)
        print(f"{len(letters())} mails at {width} px: {file}")


if __name__ == "__main__":
    main()
