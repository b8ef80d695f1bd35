"""Letters in words: the range first and as CLDR writes it, then why, then what else there is to know."""

from dataclasses import replace
from datetime import date

import pytest

from services.notification.domain.letters import LetterLine, Option, OtherLine, Section
from services.notification.domain.notices import NoticeId, Range
from services.notification.mails.content import content_of
from tests.unit.notification.test_compose import AT, RANGE, a_letter, a_line

LATER = Range(date(2027, 3, 19), date(2027, 3, 25))


def plain(words: str) -> str:
    """Return words with plain blanks: CLDR puts thin ones around a dash."""
    return words.replace("\u2009", " ")


@pytest.mark.parametrize(
    ("ships", "language", "market", "words"),
    [
        (RANGE, "en", "NL", "1 × Tee ships Tue 16 – Mon 22 Mar"),
        (RANGE, "en", "US", "1 × Tee ships Tue, Mar 16 – Mon, Mar 22"),
        (RANGE, "de", "AT", "1 × Tee: Versand Di., 16. – Mo., 22. März"),
        (RANGE, "de", "US", "1 × Tee: Versand Di., 16. – Mo., 22. März"),
        (RANGE, "es", "ES", "1 × Tee se envía mar, 16 mar – lun, 22 mar"),
        (RANGE, "en", "not/a market", "1 × Tee ships Tue, Mar 16 – Mon, Mar 22"),
        (Range(date(2027, 3, 12), date(2027, 3, 22)), "en", "NL", "1 × Tee ships by Mon, 22 Mar"),
        (Range(date(2027, 3, 22), date(2027, 3, 22)), "en", "NL", "1 × Tee ships on Mon, 22 Mar"),
        (Range(date(2028, 3, 20), date(2028, 3, 22)), "en", "NL", "1 × Tee ships Mon, 20 – Wed, 22 Mar 2028"),
        (Range(date(2027, 12, 30), date(2028, 1, 3)), "en", "NL", "1 × Tee ships Thu, 30 Dec 2027 – Mon, 3 Jan 2028"),
        (None, "en", "NL", "1 × Tee has no ship date yet"),
    ],
)
def test_a_mail_begins_with_the_range_as_its_market_writes_it(
    ships: Range | None, language: str, market: str, words: str
) -> None:
    content = content_of(a_letter(lines=(a_line(ships=ships),), language=language, market=market))
    assert plain(content.headline) == words


def test_a_part_of_a_line_is_told_as_a_part() -> None:
    assert content_of(a_letter(lines=(replace(a_line(), units=2, ordered=5),))).headline.startswith(
        "2 of 5 × Tee ships"
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (a_line(ships=LATER, told=RANGE), "later than we expected"),
        (a_line(ships=RANGE, told=LATER), "earlier than we expected"),
        (a_line(ships=None, told=RANGE), "No delivery with enough of it is announced"),
        (a_line(ships=LATER, told=RANGE, returned=True), "it has to wait again"),
    ],
)
def test_a_move_says_why_and_what_was_told_before(line: LetterLine, why: str) -> None:
    notes = content_of(a_letter("moved", lines=(line,))).blocks[0].notes
    assert why in " ".join(notes)
    assert any(note.startswith("Before: ") for note in notes) is not line.returned


def test_one_mail_tells_all_news_of_an_order_the_most_pressing_first() -> None:
    letter = a_letter("released")
    sections = (*letter.sections, Section(NoticeId("n2"), "moved", AT, (a_line("Mug", LATER, RANGE),)))
    others = (OtherLine("Cap", 1, 2, "waits", RANGE), OtherLine("Pin", 1, 1, "shipped", None))
    content = content_of(replace(letter, sections=sections, others=others))
    assert [plain(block.sentence) for block in content.blocks] == [
        "1 × Mug now ships Fri 19 – Thu 25 Mar",
        "1 × Tee is being packed",
    ]
    assert content.subject == "Your order 1001: the ship date has changed"
    assert tuple((goods, plain(state)) for goods, state in content.others) == (
        ("1 of 2 × Cap", "ships Tue 16 – Mon 22 Mar"),
        ("1 × Pin", "has shipped"),
    )


def test_a_mail_says_when_its_customer_hears_next_at_the_latest() -> None:
    assert content_of(a_letter()).closing.endswith("You hear from us by Tue, 23 Mar at the latest.")
    assert content_of(a_letter("cancelled")).closing == "You need not do anything."
    assert "as soon as there is a date" in " ".join(content_of(a_letter(lines=(a_line(ships=None),))).blocks[0].notes)


def test_a_reason_that_no_catalogue_has_is_told_in_english_only() -> None:
    line = a_line(reason="a meteorite hit it")
    assert "Because a meteorite hit it" in content_of(a_letter("declined", lines=(line,))).blocks[0].notes
    german = content_of(a_letter("declined", lines=(line,), language="de"))
    assert "meteorite" not in str(german)


def test_an_option_says_what_silence_means() -> None:
    option = Option("silent_until", RANGE.latest, LATER.latest, LATER.latest)
    notes = " ".join(
        content_of(a_letter("moved", lines=(a_line(ships=LATER, told=RANGE, option=option),))).blocks[0].notes
    )
    assert "It was to ship by Mon, 22 Mar." in notes
    assert "you agree to wait until Thu, 25 Mar." in notes


@pytest.mark.parametrize(
    ("currency", "market", "words"),
    [("EUR", "NL", "It is €\xa038,50"), ("JPY", "JP", "It is ¥3,850"), ("", "NL", None)],
)
def test_a_refund_says_its_amount_where_the_currency_is_known(currency: str, market: str, words: str | None) -> None:
    line = a_line(refund_amount=3850)
    for kind in ("refund", "cancelled"):
        notes = content_of(a_letter(kind, lines=(line,), currency=currency, market=market)).blocks[0].notes
        assert [note for note in notes if note.startswith("It is")] == ([words] if words else [])
