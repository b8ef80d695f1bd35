"""What product pages show: of decided positions, and of their SKUs over all nodes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from services.allocation.domain.acceptance import Article, alternatives
from services.allocation.domain.availability import OpenSupply, PageFacts, page_of
from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.order_route import ANYWHERE, Routing
from services.allocation.domain.page import Page, ShownPage, as_of, look_again_at, must_announce, page_to_text, settle
from services.allocation.domain.position import PositionKey
from services.allocation.domain.product import Product
from services.allocation.domain.rollup import rollup
from services.allocation.domain.supply import IN_STOCK, Supply, SupplyKey
from services.allocation.handlers.decision.announce import tell_page
from services.allocation.handlers.decision.bundle_pages import pages_of_bundles
from services.allocation.handlers.decision.decided_position import DecidedPosition, PageDecision
from services.allocation.handlers.decision.promise import PositionPromises
from services.allocation.store import rollups, settings
from shared.messaging.transaction import Tx

_EVERYWHERE: Final = ""


async def show(
    tx: Tx,
    known: PositionFacts,
    free: Mapping[PositionKey, int],
    promised: Mapping[PositionKey, PositionPromises],
    by_fact: Collection[PositionKey],
) -> dict[PositionKey, PageDecision]:
    """What the pages of positions show after units were served and promised; `free` are those left for sale."""
    wanted: dict[PositionKey, Page] = {}
    settled: dict[PositionKey, ShownPage] = {}
    bundles = await pages_of_bundles(tx, known)
    for key, position in known.positions.items():
        calendar = known.calendar(key)
        first_day = calendar.next_shipping_day(tx.now)
        facts = _page_facts(known, key, free[key], promised[key])
        wanted[key] = bundles.get(key) or page_of(facts, calendar, tx.now)
        settled[key] = settle(position.told, wanted[key], tx.now, first_day, by_fact=key in by_fact)
    others = await instead(tx, {key: known.product(key) for key, page in settled.items() if _is_out(page.page)})
    return {
        key: _shows(known, key, replace(page, page=replace(page.page, alternatives=others.get(key, ()))), wanted[key])
        for key, page in settled.items()
    }


def _page_facts(known: PositionFacts, key: PositionKey, free: int, promised: PositionPromises) -> PageFacts:
    product, loads = known.product(key), _loads(promised, known.calendar(key).orders_per_day)
    held = promised.held
    coming = [
        OpenSupply(
            _units(supply), supply.ready, supply.on_time_share,
            loads.get(supply.key, 0) + held.of(supply.key).padding, supply.counts_from,
            supply.is_estimated,
        )
        for supply in promised.supplies
        if supply.key != IN_STOCK
    ]  # fmt: skip
    accepts, held_until = known.policy(key).accepts, held.at_the_end
    return PageFacts(
        free, promised.end.units, coming, product.backorderable, product.launch_on, accepts, held_until=held_until
    )


def _units(supply: Supply) -> int | None:
    """What will be ordered again brings as many as are asked for."""
    return None if supply.kind == "reorder" else supply.units


def _loads(promised: PositionPromises, orders_per_day: int | None) -> dict[SupplyKey, int]:
    """Working days that the floor needs for those who wait for the same supply as the next customer would."""
    if not orders_per_day:
        return {}
    boundaries = promised.held.boundaries["latest"]
    before = [0, *(boundary.end.lines for boundary in boundaries)]
    return {
        boundary.supply: (promised.end.lines - lines) // orders_per_day
        for boundary, lines in zip(boundaries, before, strict=False)
    }


def _is_out(page: Page) -> bool:
    return page.state == "out_of_stock"


def _shows(known: PositionFacts, key: PositionKey, standing: ShownPage, wanted: Page) -> PageDecision:
    """Another text and version only where a reader, as of today, would see something else."""
    position = known.positions[key]
    page, first_day = position.told, known.ships_on(key)
    again_at = look_again_at(standing, wanted)
    if position.shown and not must_announce(page.page if page else None, standing.page, first_day):
        return PageDecision(standing, position.shown, position.availability_version, again_at)
    return PageDecision(standing, page_to_text(standing.page), position.availability_version + 1, again_at)


async def instead(tx: Tx, asked: Mapping[PositionKey, Product]) -> dict[PositionKey, tuple[str, ...]]:
    """What customers may have instead of these: what is in stock at their node, or at any where none is named."""
    groups = {(product.merchant, product.group) for product in asked.values() if product.group}
    routings = await settings.routings(tx, {merchant for merchant, _ in groups}) if groups else {}
    others: dict[tuple[str, str | None], list[tuple[Product, frozenset[str]]]] = defaultdict(list)
    for product, nodes in await settings.products_of_groups(tx, groups) if groups else ():
        others[product.merchant, product.group].append((product, nodes))
    return {
        (sku, node): alternatives(
            _article(product, in_stock=False),
            (
                _article(other, in_stock=_is_offered(nodes, node, routings.get(product.merchant, ANYWHERE)))
                for other, nodes in others[product.merchant, product.group]
            ),
        )
        for (sku, node), product in asked.items()
    }


def _is_offered(nodes: Collection[str], node: str, routing: Routing) -> bool:
    """Whether a SKU that these nodes have in stock can be had from a node; where none is named from any that ships."""
    return node in nodes if node else any(map(routing.may_ship, nodes))


def _article(product: Product, *, in_stock: bool) -> Article:
    return Article(product.sku, product.merchant, product.group, product.price, product.attributes, in_stock)


async def roll_up(tx: Tx, known: PositionFacts, served: Sequence[DecidedPosition]) -> None:
    """SKUs whose pages changed, or whose alternatives may have, show what holds over their nodes."""
    why = {
        position.position.sku: position.news.why
        for position in served
        if position.is_page_new or _is_out(position.shows.standing.page) or position.news.of_settings
    }
    if not why:
        return
    announced = await rollups.lock_rollups(tx, why)
    of_skus = defaultdict(list)
    for (sku, node), page in await rollups.pages(tx, why):
        of_skus[sku].append((node, page))
    calendars = await settings.calendars(tx, {node for group in of_skus.values() for node, _ in group})
    days = days_of(calendars, tx.now)
    routings = await settings.routings(tx, {known.products[sku].merchant for sku in of_skus})
    whole = {
        sku: rollup(
            {node: as_of(page, days[node].ships_on) for node, page in group},
            routings.get(known.products[sku].merchant, ANYWHERE),
        )
        for sku, group in of_skus.items()
    }
    others = await instead(tx, {(sku, _EVERYWHERE): known.products[sku] for sku in whole if _is_out(whole[sku])})
    rows = []
    for sku, page in whole.items():
        shown, version = announced[sku]
        now_is = replace(page, alternatives=others.get((sku, _EVERYWHERE), ()))
        here = [days[node] for node, _ in of_skus[sku]]
        if must_announce(shown, now_is, min(day.ships_on for day in here)):
            rows.append((sku, page_to_text(now_is), version + 1))
            valid_until = min(day.cuts_off_at for day in here)
            tell_page(tx, known.products[sku], None, now_is, version + 1, valid_until, why[sku])
    await rollups.set_rollups(tx, rows)
