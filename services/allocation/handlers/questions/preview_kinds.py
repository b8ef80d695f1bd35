"""The questions that can be previewed: what is asked becomes the news that would be heard."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.handlers.news import inbound, settings, stock
from services.allocation.handlers.orders.move import move_lines
from services.allocation.handlers.questions.preview import MOST_POSITIONS, Trial
from services.allocation.store import bundles, positions, previews
from services.allocation.store import order_changes as lines
from services.allocation.store import settings as known
from services.allocation.store.previews import Listed
from shared.contracts.fields import DateRange
from shared.contracts.inbound import InboundChanged, Supply, SupplyLot
from shared.contracts.orders import LinePriorityChanged
from shared.contracts.previews import MoveAsked, ReceiptAsked, SlipAsked
from shared.contracts.settings import PolicyUpserted
from shared.contracts.stock import Movement, StockAdjusted

_NAME: Final = "preview"
_A_MOMENT: Final = timedelta(seconds=1)


class NotThere(Exception):
    """What a field names does not exist, or not for this caller."""

    def __init__(self, what: str, field: str, fix: str) -> None:
        super().__init__(f"no such {what}")
        self.field, self.fix = field, fix


class CannotBe(Exception):
    """What is asked cannot happen."""

    def __init__(self, why: str, field: str, fix: str) -> None:
        super().__init__(why)
        self.field, self.fix = field, fix


async def receive(trial: Trial, asked: ReceiptAsked) -> None:
    """Sellable units are posted, as inventory would tell of them."""
    await _expect_position(trial, asked.sku, asked.node)
    key = (asked.sku, asked.node)
    position = (await positions.lock_positions(trial.tx, [key]))[key]
    comes = (await previews.listed(trial.tx, [key])).get(key, ())
    if asked.supply_id and asked.supply_id not in {supply.supply_id for supply in comes}:
        raise _no_supply()
    await trial.look([key])
    movement = Movement(
        movement_id=_NAME, reason="receipt", supply_id=asked.supply_id, cause=_NAME, lot=asked.lot,
        expires_on=asked.expires_on, status="sellable", delta=asked.units, on_hand=asked.units,
    )  # fmt: skip
    news = StockAdjusted(sku=asked.sku, node=asked.node, sequence=position.stock_sequence + 1, movements=(movement,))
    await trial.hear(stock.serve_from_stock, news)
    await trial.end_gathering(key)


async def slip(trial: Trial, asked: SlipAsked) -> None:
    """A supply has another window or brings other units, as receiving would tell of it."""
    if asked.sku and asked.node:
        await _expect_position(trial, asked.sku, asked.node)
    keys = await _for_supply(trial, asked)
    locked = await positions.lock_positions(trial.tx, keys)
    comes = await previews.listed(trial.tx, keys)
    await trial.look(keys)
    inbounds = [
        InboundChanged(
            sku=sku, node=node, version=locked[sku, node].inbound_version + 1,
            supplies=tuple(_supply(supply, asked) for supply in comes.get((sku, node), ())),
        )
        for sku, node in keys
    ]  # fmt: skip
    await trial.hear(inbound.repromise, *inbounds)


async def _for_supply(trial: Trial, asked: SlipAsked) -> list[PositionKey]:
    keys = await previews.positions_of(trial.tx, asked.supply_id)
    if asked.sku and asked.node:
        keys = [key for key in keys if key == (asked.sku, asked.node)]
    if trial.bounds.merchants is not None:
        products = await known.products(trial.tx, {sku for sku, _ in keys})
        keys = [key for key in keys if trial.bounds.cover_merchant(products[key[0]].merchant)]
    if not keys:
        raise _no_supply()
    if len(keys) > MOST_POSITIONS:
        fix = "give sku and node, and ask for one position after the other"
        raise CannotBe(f"it is for more than {MOST_POSITIONS} positions", "supply_id", fix)
    return keys


def _supply(one: Listed, asked: SlipAsked) -> Supply:
    """What allocation does not look at (basis, supplier) is nobody's."""
    is_so = one.supply_id == asked.supply_id
    window = DateRange(earliest=one.earliest, latest=one.latest)
    if is_so and asked.window:
        window = asked.window
    elif is_so and asked.later_by_days:
        by = timedelta(days=asked.later_by_days)
        window = DateRange(earliest=one.earliest + by, latest=one.latest + by)
    return Supply(
        supply_id=one.supply_id, expected_units=asked.units if is_so and asked.units else one.expected, window=window,
        basis="asn", supplier_id=_NAME, on_time_share=one.on_time_share, reliable_on=one.reliable_on,
        lots=tuple(SupplyLot(expires_on=lot.expires_on, units=lot.units) for lot in one.lots),
        is_estimated=one.is_estimated,
        cause=_NAME if is_so else one.cause,
        reason=_NAME if is_so else one.reason,
    )  # fmt: skip


async def change_policy(trial: Trial, asked: PolicyUpserted) -> None:
    """A merchant wants something else of his queues and pages."""
    unknown = NotThere("merchant", "merchant", "send it to /v1/settings/merchants first, or name another")
    if not trial.bounds.cover_merchant(asked.merchant) or not await known.routings(trial.tx, {asked.merchant}):
        raise unknown
    if asked.sku:
        products = await known.products(trial.tx, {asked.sku})
        if asked.sku not in products or products[asked.sku].merchant != asked.merchant:
            raise _no_sku()
    version = await previews.policy_version(trial.tx, asked.merchant, asked.sku)
    if asked.version <= version:
        raise CannotBe("a newer policy is in force", "version", f"send {version + 1} or more")
    await trial.hear(settings.keep_policies, asked)


async def move(trial: Trial, asked: MoveAsked) -> None:
    """A person moves a line in its queue."""
    own = await lines.lines(trial.tx, {asked.order_id})
    order = (await lines.orders(trial.tx, {asked.order_id})).get(asked.order_id)
    if order is None or not trial.bounds.cover_merchant(order.merchant):
        raise NotThere("order", "order_id", "name an order that was placed")
    kits = await bundles.of_orders(trial.tx, {asked.order_id})
    named = (asked.order_id, asked.line_id)
    components = {part for kit in kits.values() for part in kit}
    asked_for: Mapping[LineKey, Iterable[LineKey]] = {**{line: [line] for line in own.keys() - components}, **kits}
    if named not in asked_for:
        raise NotThere("line", "line_id", f"it is one of {', '.join(sorted(name for _, name in asked_for))[:300]}")
    keys: Collection[PositionKey] = await lines.positions_of(trial.tx, {asked.order_id})
    await positions.lock_positions(trial.tx, keys)
    await trial.look(keys)
    queue_at = asked.queue_at or min([await _front(trial, own[line].placed.key) for line in asked_for[named]])
    changed = LinePriorityChanged(
        order_id=asked.order_id, change_no=1, changed_at=trial.tx.now, line_id=asked.line_id, queue_at=queue_at,
        by=_NAME, reason=_NAME,
    )  # fmt: skip
    await trial.hear(move_lines, changed)


async def _front(trial: Trial, key: PositionKey) -> datetime:
    first = await previews.front(trial.tx, key)
    return (first or trial.tx.now) - _A_MOMENT


async def _expect_position(trial: Trial, sku: str, node: str) -> None:
    products = await known.products(trial.tx, {sku})
    if sku not in products or not trial.bounds.cover_merchant(products[sku].merchant):
        raise _no_sku()
    if node not in await known.calendars(trial.tx, {node}):
        raise NotThere("node", "node", "send it to /v1/settings/nodes first, or name another")


def _no_sku() -> NotThere:
    return NotThere("product", "sku", "send it to /v1/products first, or name another")


def _no_supply() -> NotThere:
    return NotThere("supply", "supply_id", "ask /v1/inbound what is on its way here")
