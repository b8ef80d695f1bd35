"""Of an ordered bundle its customer hears as one line, whenever something becomes of its components."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Literal

import msgspec

from services.allocation.domain.bundle import BundleState, may_be_component, must_tell_range, state_of_bundle
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.supply import known_as
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decided_position import DecidedPosition, LineEvent, Versions
from services.allocation.handlers.decision.delay_option import NO_OPTION, DelayOption, ToldRange, options_of
from services.allocation.store import bundles, promises, settings
from services.allocation.store.bundles import Bundle, Part
from shared.contracts import allocations
from shared.contracts.allocations import AllocationRevoked, BackorderReleased, LineAllocated, LineCancelled
from shared.contracts.fields import OrderFact
from shared.contracts.promises import BackorderPromised, PromisedLine, PromiseMoved, PromiseWithdrawn
from shared.contracts.structs import Struct, struct_of
from shared.messaging.transaction import Tx

_OF_UNITS: Final = (AllocationRevoked, LineAllocated, BackorderReleased)
_OfBundle: Final = struct_of(allocations.OfBundle)
_CancelledLine: Final = struct_of(allocations.CancelledLine)
_PromisedLine: Final = struct_of(PromisedLine)
_OF_STOCK: Final[tuple[LineEvent, ...]] = ("lost", "again", "allocated", "released")


@dataclass(frozen=True, slots=True)
class BundleEvents:
    """What is told of bundles: `own` lines by event; by the line of a component, its bundle and its units in one.

    `got` and `lost`: what the bundle became or is no longer, as the components name it that get or lose units.
    """

    own: Mapping[type[OrderFact], Sequence[tuple[str, Struct]]] = field(default_factory=dict)
    got: Mapping[LineKey, tuple[Struct, int]] = field(default_factory=dict)
    lost: Mapping[LineKey, tuple[Struct, int]] = field(default_factory=dict)

    def said(self, event: type[OrderFact], lines: Iterable[tuple[str, Struct]]) -> Iterator[tuple[str, Struct]]:
        """The lines of an event: components name their bundle, but of ranges and cancels only the bundle is told."""
        yield from self.own.get(event, ())
        names = self.lost if event is AllocationRevoked else self.got
        for order_id, line in lines:
            named = names.get((order_id, line.line_id)) if names else None
            if named is None:
                yield order_id, line
            elif event in _OF_UNITS:
                yield order_id, msgspec.structs.replace(line, bundle=named[0], per_bundle=named[1])


@dataclass(frozen=True, slots=True)
class _BundleNews:
    """What a bundle came to, and why: as of the component that decides its range, if that is not as it was."""

    bundle: Bundle
    parts: Sequence[Part]
    now_is: BundleState
    why: Why
    supply_id: str | None
    of_stock: bool
    new_line_id: str | None
    launched: bool
    asked: DelayOption = NO_OPTION

    @property
    def told(self) -> list[Literal["cancelled", "stock", "promised"]]:
        """Of what is told, in this order: each is one version of the bundle's line more."""
        before = self.bundle.told
        cancelled = self.now_is.cancelled > before.cancelled
        promised = must_tell_range(before, self.now_is, promised=self.bundle.promised)
        announced = {"cancelled": cancelled, "stock": self.of_stock, "promised": promised}
        return [row for row in ("cancelled", "stock", "promised") if announced[row]]

    def version(self, telling: Literal["cancelled", "stock", "promised"]) -> int:
        return self.bundle.version + self.told.index(telling) + 1


@dataclass(frozen=True, slots=True)
class _DecidedComponents:
    """What was decided of components: by position and by line; `instead` are lines that want cancelled units.

    `pre_ordered` are components that are not launched yet, wherever they were decided.
    """

    at: Mapping[PositionKey, DecidedPosition]
    promises: Mapping[LineKey, Promise]
    instead: Mapping[LineKey, str | None]
    versions: Versions
    pre_ordered: Collection[PositionKey]


async def follow(tx: Tx, known: PositionFacts, served: Sequence[DecidedPosition], versions: Versions) -> BundleEvents:
    """Keeps what became of the bundles whose components were decided, and says what is told of them."""
    changed = {change.line for position in served for change in position.news.changes}
    lines = {line for line, _ in versions} | changed | {line for position in served for line in position.waits}
    named = [line for line in lines if may_be_component(line[1])]
    locked = await bundles.lock(tx, named)
    if not locked:
        return BundleEvents()
    parts = await bundles.parts(tx, locked)
    decided = _DecidedComponents(
        {position.position.key: position for position in served},
        {promise.line.line: promise for position in served for promise in position.decision.promises},
        {cancelled.line: cancelled.new_line_id for position in served for cancelled in position.news.cancelled},
        versions,
        await _pre_ordered(tx, known, {part.key for of_bundle in parts.values() for part in of_bundle}),
    )
    news = await _ask(tx, known, [_news(bundle, parts[line], decided) for line, bundle in locked.items()])
    await bundles.tell(
        tx, [(bundle_news.bundle.line, len(bundle_news.told), bundle_news.now_is) for bundle_news in news]
    )
    await promises.add_of_bundles(tx, [_row(bundle_news) for bundle_news in news if "promised" in bundle_news.told])
    return _told(news)


async def _pre_ordered(tx: Tx, known: PositionFacts, keys: Collection[PositionKey]) -> set[PositionKey]:
    products = await settings.products(tx, {sku for sku, _ in keys})
    launches = {(sku, node): products[sku].launch_on for sku, node in keys}
    return {key for key, launch_on in launches.items() if launch_on and launch_on > known.days[key[1]].today}


async def _ask(tx: Tx, known: PositionFacts, news: Sequence[_BundleNews]) -> list[_BundleNews]:
    """What the law asks of their customers goes by the range of the whole."""
    announced = {
        bundle_news.bundle.line: ToldRange(
            known.calendars[bundle_news.bundle.node].zone,
            bundle_news.now_is.promised.latest if bundle_news.now_is.promised else None,
        )
        for bundle_news in news
        if "promised" in bundle_news.told
    }
    asked = await options_of(tx, announced)
    return [replace(bundle_news, asked=asked.get(bundle_news.bundle.line, bundle_news.asked)) for bundle_news in news]


def _news(bundle: Bundle, parts: Sequence[Part], decided: _DecidedComponents) -> _BundleNews:
    last = max((part for part in parts if part.key in decided.at), key=_ends)
    news, promise = decided.at[last.key].news, decided.promises.get(last.line)
    why = news.behind(promise) if promise else news.of(last.line)
    supply_id = known_as(promise.supply) if promise else None
    of_stock = any((part.line, telling) in decided.versions for part in parts for telling in _OF_STOCK)
    instead = next((decided.instead[part.line] for part in parts if part.line in decided.instead), None)
    launched = not any(part.key in decided.pre_ordered for part in parts)
    return _BundleNews(
        bundle, parts, state_of_bundle([part.component for part in parts]), why, supply_id, of_stock, instead, launched
    )


def _ends(part: Part) -> tuple[bool, date]:
    """When a component is ready, later than all that are not waited for; who waits without a date comes last."""
    component = part.component
    return (component.waiting > 0, component.promised.latest if component.promised else date.max)


def _row(one: _BundleNews) -> promises.BundleRow:
    bundle, now_is = one.bundle, one.now_is
    return (
        bundle.line, one.version("promised"), (bundle.sku, bundle.node), now_is.waiting, now_is.promised, one.supply_id,
        one.why.reason, one.why.cause, one.asked.delay.consent,
    )  # fmt: skip


def _told(news: Sequence[_BundleNews]) -> BundleEvents:
    own: dict[type[OrderFact], list[tuple[str, Struct]]] = {}
    for row in news:
        order_id = row.bundle.line[0]
        if "cancelled" in row.told:
            own.setdefault(LineCancelled, []).append((order_id, _cancelled(row)))
        if "promised" in row.told:
            own.setdefault(_event(row), []).append((order_id, _promised(row)))
    got = {
        part.line: (_of(bundle_news, bundle_news.now_is.whole - bundle_news.bundle.told.whole), part.component.per)
        for bundle_news in news
        for part in bundle_news.parts
    }
    lost = {
        part.line: (_of(bundle_news, bundle_news.bundle.told.whole - bundle_news.now_is.whole), part.component.per)
        for bundle_news in news
        for part in bundle_news.parts
    }
    return BundleEvents(own, got, lost)


def _event(one: _BundleNews) -> type[OrderFact]:
    if not one.bundle.promised:
        return BackorderPromised
    return PromiseMoved if one.now_is.promised else PromiseWithdrawn


def _of(one: _BundleNews, units: int) -> Struct:
    version = one.version("stock") if one.of_stock else max(1, one.bundle.version)
    return _OfBundle(
        line_id=one.bundle.line[1],
        line_version=version,
        sku=one.bundle.sku,
        units=max(0, units),
        components=len(one.parts),
    )


def _cancelled(one: _BundleNews) -> Struct:
    bundle, cancelled = one.bundle, one.now_is.cancelled
    return _CancelledLine(
        line_id=bundle.line[1], line_version=one.version("cancelled"), sku=bundle.sku, node=bundle.node,
        units=cancelled - bundle.told.cancelled, left=bundle.units - cancelled, new_line_id=one.new_line_id,
        reason=one.why.reason, cause=one.why.cause,
    )  # fmt: skip


def _promised(one: _BundleNews) -> Struct:
    bundle, delay = one.bundle, one.asked.delay
    return _PromisedLine(
        line_id=bundle.line[1], line_version=one.version("promised"), sku=bundle.sku, node=bundle.node,
        units=one.now_is.waiting, before=bundle.told.promised, after=one.now_is.promised,
        kind="backorder" if one.launched else "preorder", supply_id=one.supply_id, reason=one.why.reason,
        cause=one.why.cause,
        applicable_by=one.asked.applicable_by, revised_by=delay.revised_by, consent=delay.consent,
        answer_by=delay.answer_by, send_before=delay.send_before,
    )  # fmt: skip
