"""A letter in the words of its customer, as data: what a text, a page and a shop's own mail are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from services.notification.domain.letters import Letter, LetterLine, Option, OtherLine, Section, in_order
from services.notification.domain.notices import Kind, Range
from shared.texts import Texts, texts

_WIDE: Final = timedelta(days=7)
Form = Literal["line", "now", "still", "range"]


@dataclass(frozen=True, slots=True)
class Button:
    """What the customer can do, and where; its text names the line."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Block:
    """The news of one line: a sentence, what there is to say about it, and what the customer can do."""

    sentence: str
    notes: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a mail. The first block's sentence is its headline, and holds the range if there is one."""

    language: str
    direction: str
    subject: str
    greeting: str
    opening: str
    blocks: tuple[Block, ...]
    others_title: str
    others: tuple[tuple[str, str], ...]
    closing: str
    order_at: str
    always_sent: str
    unsubscribe: Button | None

    @property
    def headline(self) -> str:
        return self.blocks[0].sentence


def content_of(letter: Letter, status_page: str = "") -> Content:
    """Put a letter in words, with links to the order's status page if there is one."""
    words = _Words(texts(letter.language, letter.market), letter.today, letter.currency)
    sections = in_order(letter.sections)
    lines = list(_news(sections))
    order = {"order": letter.order_number}
    return Content(
        language=words.texts.language,
        direction=words.texts.direction,
        subject=words.texts.text(f"subject.{_subject(sections[0])}", **order),
        greeting=words.texts.text("hello", name=letter.name) if letter.name else words.texts.text("hello.nobody"),
        opening=words.texts.text(_opening(sections), **order),
        blocks=tuple(
            replace(words.block(kind, line), buttons=tuple(words.buttons(kind, line, status_page)))
            for kind, line in lines
        ),
        others_title=words.texts.text("others"),
        others=tuple((words.goods(line), words.state(line)) for line in letter.others),
        closing=words.closing(letter),
        order_at=words.texts.text("order_at", **order, merchant=letter.brand.name),
        always_sent=words.texts.text("always_sent"),
        unsubscribe=words.unsubscribe(letter, status_page),
    )


def _news(sections: Sequence[Section]) -> Iterator[tuple[Kind, LetterLine]]:
    """Return the news of each line; that units are packed is none where the same mail says that they have left."""
    shipped = {line.line_id: line.units for section in sections if section.kind == "shipped" for line in section.lines}
    for section in sections:
        for line in section.lines:
            if section.kind != "released" or line.units > shipped.get(line.line_id, 0):
                yield section.kind, line


def _subject(section: Section) -> str:
    """Return the key of a subject that promises no more than the mail says."""
    kind: str = section.kind
    if kind == "confirmed" and all(line.preorder for line in section.lines):
        kind = "preorder"
    has_date = any(line.range for line in section.lines)
    return kind if has_date or section.kind not in ("confirmed", "moved", "on_track") else f"{kind}.no_date"


def _opening(sections: list[Section]) -> str:
    confirmed = [line for section in sections if section.kind == "confirmed" for line in section.lines]
    if not confirmed:
        return "about"
    return "thanks.preorder" if all(line.preorder for line in confirmed) else "thanks"


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one language on one day."""

    texts: Texts
    today: date
    currency: str = ""

    def day(self, on: date) -> str:
        return self.texts.day(on, self.today)

    def goods(self, line: LetterLine | OtherLine) -> str:
        """Write how many units of which product: "3 of 5" where it is about a part of the units ordered."""
        key = "goods.part" if line.units < line.ordered else "goods"
        return self.texts.text(key, units=line.units, ordered=line.ordered, product=line.product)

    def ships(self, form: Form, ships: Range | None, goods: str = "") -> str:
        """Write a range; of one wider than 7 days only the end, since its start would mislead."""
        if ships is None:
            return self.texts.text(f"{form}.none", goods=goods)
        if ships.earliest == ships.latest:
            return self.texts.text(f"{form}.on", goods=goods, day=self.day(ships.latest))
        if ships.latest - ships.earliest > _WIDE:
            return self.texts.text(f"{form}.by", goods=goods, day=self.day(ships.latest))
        days = self.texts.days(ships.earliest, ships.latest, self.today)
        return self.texts.text(f"{form}.between", goods=goods, days=days)

    def state(self, line: OtherLine) -> str:
        return self.ships("range", line.range) if line.state == "waits" else self.texts.text(f"state.{line.state}")

    def block(self, kind: Kind, line: LetterLine) -> Block:
        """Write the news of a line."""
        goods = self.goods(line)
        if kind == "confirmed":
            return Block(self.ships("line", line.range, goods), self._about_waiting(line))
        if kind == "moved":
            return Block(self.ships("now", line.range, goods), self._about_move(line))
        if kind == "refund" and line.refund_by:
            sentence = self.texts.text("refund", goods=goods, day=self.day(line.refund_by))
            return Block(sentence, self._amount(line))
        if kind == "on_track":
            return Block(self.ships("still", line.range, goods), (self.texts.text("why.on_track"),))
        if kind == "late" and line.range:
            sentence = self.texts.text("late", goods=goods, day=self.day(line.range.latest))
            return Block(sentence, (self.texts.text("why.late"),))
        return Block(self.texts.text(kind, goods=goods), self._about(kind, line))

    def buttons(self, kind: Kind, line: LetterLine, status_page: str) -> Iterator[Button]:
        """Return what can be done about a line: follow its parcels, change it while it waits, or look at it."""
        for parcel in line.parcels:
            if parcel.url:
                yield Button(self.texts.text("track", product=line.product), parcel.url)
        if status_page:
            key = "act" if kind in ("confirmed", "moved", "on_track") else "look"
            yield Button(self.texts.text(key, product=line.product), status_page)

    def unsubscribe(self, letter: Letter, status_page: str) -> Button | None:
        """Return how to get no reminders any more, in a mail that is one."""
        if not letter.is_reminder:
            return None
        if not status_page:
            return Button(self.texts.text("unsubscribe.answer"), "")
        return Button(self.texts.text("unsubscribe"), f"{status_page}/reminders")

    def _about(self, kind: Kind, line: LetterLine) -> tuple[str, ...]:
        if kind == "released":
            return (self.texts.text("why.released"),)
        if kind == "shipped":
            return tuple(self.texts.text("carrier", carrier=x.carrier, tracking=x.tracking) for x in line.parcels)
        if kind == "swapped":
            return (self.texts.text("swapped.for", product=line.swapped_for),) if line.swapped_for else ()
        return self._about_end(kind, line)

    def _about_waiting(self, line: LetterLine) -> tuple[str, ...]:
        why = self.texts.text("why.preorder" if line.preorder else "why.waits")
        no_date = () if line.range else (self.texts.text("why.no_date"),)
        return (why, *no_date, *self._option(line.option))

    def _about_move(self, line: LetterLine) -> tuple[str, ...]:
        before = () if line.returned else (self.texts.text("before", range=self.ships("range", line.told)),)
        why = (self.texts.text(key),) if (key := _why_moved(line)) else ()
        return (*why, *before, *self._option(line.option))

    def _about_end(self, kind: Kind, line: LetterLine) -> tuple[str, ...]:
        """Write why units do not come, what there is instead, what could not be done, and the day of the refund."""
        notes: list[str | None] = []
        if kind == "declined":
            notes.append(self._because(line.reason))
        if line.alternatives:
            notes.append(self.texts.text("instead", products=", ".join(line.alternatives)))
        if line.refused:
            notes.append(self._refused(kind, line))
        if line.refund_by:
            notes.append(self.texts.text("refund.by", day=self.day(line.refund_by)))
            notes += self._amount(line)
        return tuple(note for note in notes if note)

    def _amount(self, line: LetterLine) -> tuple[str, ...]:
        """Write what is sent back, where the merchant says in which currency."""
        if not (self.currency and line.refund_amount):
            return ()
        return (self.texts.text("refund.amount", amount=self.texts.money(line.refund_amount, self.currency)),)

    def _refused(self, kind: Kind, line: LetterLine) -> str | None:
        reason = self.texts.find(f"reason: {line.refused_because}")
        if kind == "refused":
            return self._because(line.refused_because)
        return self.texts.text("refused.more", units=line.refused, reason=reason or line.refused_because)

    def _because(self, reason: str) -> str | None:
        """Write a reason; one that no catalogue has is told in the language in which it was given, or not at all."""
        words = self.texts.find(f"reason: {reason}") or (reason if self.texts.language == "en" else "")
        return self.texts.text("because", reason=words) if words else None

    def _option(self, option: Option | None) -> tuple[str, ...]:
        if option is None:
            return ()
        if option.consent == "silent_until":
            later = option.answer_by > option.applicable_by
            was = self.texts.text("option.was" if later else "option.shown", day=self.day(option.applicable_by))
            return (f"{was} {self.texts.text('option.silent', day=self.day(option.answer_by))}",)
        no_date = () if option.revised_by else (self.texts.text("option.no_date"),)
        return (*no_date, self.texts.text("option.yes", day=self.day(option.answer_by)))

    def closing(self, letter: Letter) -> str:
        """Say when the customer hears next, or that they need not do anything."""
        dated = ("confirmed", "moved", "on_track")
        waiting = [line.range for section in letter.sections if section.kind in dated for line in section.lines]
        waiting += [line.range for line in letter.others if line.state == "waits"]
        days = [ships.latest + timedelta(days=1) for ships in waiting if ships]
        if not waiting:
            return self.texts.text("nothing_to_do")
        return self.texts.text("next", day=self.day(min(days))) if days else self.texts.text("next.no_date")


def _why_moved(line: LetterLine) -> str | None:
    """Return the key of why a line moved."""
    if line.returned:
        return "why.returned"
    if line.range is None:
        return None if line.option else "why.lost"
    if line.told is None:
        return None
    return "why.later" if line.range.latest > line.told.latest else "why.earlier"
