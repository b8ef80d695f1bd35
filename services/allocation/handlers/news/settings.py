"""Nodes, merchants and products become known."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from services.allocation.domain.bundle import why_refused
from services.allocation.domain.product import Product
from services.allocation.store import bundles, renewals, settings, timers
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

T = TypeVar("T")


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Nodes and their calendars become known; what waited for them may go on, what hangs on them is decided anew."""
    newest = {event.body.node: event.body for event in sorted(nodes, key=lambda e: e.body.version)}
    rows = [
        (
            n.node,
            n.version,
            n.zone,
            sorted(n.working_days),
            sorted(n.holidays),
            n.cut_off,
            n.rework_days,
            n.orders_per_day,
        )
        for n in newest.values()
    ]
    before = await settings.calendars(tx, newest)
    await settings.keep_nodes(tx, rows)
    after = await settings.calendars(tx, newest)
    others = _others(before, after)
    causes = {event.body.node: event.cause for event in nodes}
    await renewals.renew_nodes(
        tx,
        [
            (node, before[node].version, "the node's calendar changed", causes[node])
            for node in others
            if replace(before[node], rework_days=after[node].rework_days) != after[node]
        ],
    )
    await timers.decide_nodes(tx, others)
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_merchants(tx: Tx, merchants: Sequence[Event[MerchantUpserted]]) -> None:
    """Merchants and where they ship from become known; orders that waited for them may go on."""
    newest = {event.body.merchant: event.body for event in sorted(merchants, key=lambda e: e.body.version)}
    before = await settings.routings(tx, newest)
    rows = [(m.merchant, m.version, m.hub, m.routing, json.dumps(m.nodes)) for m in newest.values()]
    await settings.keep_merchants(tx, rows)
    after = await settings.routings(tx, newest)
    await timers.decide_merchants(tx, [merchant for merchant in newest if before.get(merchant) != after[merchant]])
    tx.arrived(*(f"merchant:{merchant}" for merchant in newest))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """SKUs become known; what waited for them may go on, and what they may be swapped for is looked at anew."""
    able = sorted(await _that_can_be(tx, products), key=lambda event: event.body.version)
    newest = {event.body.sku: event.body for event in able}
    rows = [
        (
            p.sku, p.version, p.merchant, p.backorderable, p.min_life_days, p.launch_on, p.group,
            json.dumps(p.attributes), p.price, p.supplier_id, p.lead_time_days,
            json.dumps({component.sku: component.units for component in p.components}),
        )
        for p in newest.values()
    ]  # fmt: skip
    before = await settings.products(tx, newest)
    await settings.keep_products(tx, rows)
    after = await settings.products(tx, newest)
    await _keep_bundles(tx, before, after)
    others = _others(before, after)
    causes = {event.body.sku: event.cause for event in products}
    await renewals.renew_skus(
        tx,
        [
            (sku, before[sku].launch_on, "the launch day changed", causes[sku])
            for sku in others
            if before[sku].launch_on != after[sku].launch_on
        ],
    )
    await timers.decide_skus(tx, others)
    groups = {(p.merchant, p.group) for sku in others for p in (before[sku], after[sku]) if p.group}
    await timers.decide_groups(tx, groups)
    tx.arrived(*(f"sku:{sku}" for sku in newest))


async def _that_can_be(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> list[Event[ProductUpserted]]:
    """Those that are news. A bundle waits for its components, and may be refused: an older version stands then."""
    news = await settings.newer_products(tx, {(event.body.sku, event.body.version) for event in products})
    asked = [event for event in products if (event.body.sku, event.body.version) in news]
    asked.sort(key=lambda event: (bool(event.body.components), event.body.sku, event.body.version))
    skus = {sku for sku, _ in news} | {component.sku for event in asked for component in event.body.components}
    known = await settings.products(tx, skus)
    if any(event.body.components for event in asked):
        await bundles.one_at_a_time(tx)
        settings.forget(tx, "products")
        known = await settings.products(tx, skus)
    named_by = await bundles.that_name(tx, {sku for sku, _ in news})
    able = []
    for event in asked:
        product = _product(event.body)
        unknown = [sku for sku in product.components if sku not in known]
        if unknown:
            tx.park(event, f"sku:{unknown[0]}")
        elif why := why_refused(product, known, named_by[product.sku]):
            tx.refuse(event, why)
        else:
            known[product.sku] = product
            able.append(event)
            for sku in product.components:
                named_by[sku].append(product.sku)
    return able


def _product(told: ProductUpserted) -> Product:
    """What decides of a product whether it can be."""
    components = {component.sku: component.units for component in told.components}
    return Product(told.sku, told.merchant, told.backorderable, told.min_life_days, components=components)


async def _keep_bundles(tx: Tx, before: Mapping[str, Product], after: Mapping[str, Product]) -> None:
    """What can be had of a bundle is looked at as soon as it is known."""
    new = [sku for sku, product in after.items() if product.components and product != before.get(sku)]
    if new:
        await bundles.decide_new(tx, new)


async def keep_policies(tx: Tx, policies: Sequence[Event[PolicyUpserted]]) -> None:
    """What merchants want of their queues and accept of new customers becomes known, and holds for what is there."""
    newest = {event.key: event.body for event in sorted(policies, key=lambda e: e.body.version)}
    rows = [
        (
            p.merchant, p.sku or "", p.version, p.hold_days, p.padding_days, json.dumps(p.head_starts),
            p.backorderable, p.preorders, p.cap_units, p.longest_wait_days, p.on_time_limit, p.ahead_minutes,
            p.back_days, p.buffer_units, p.gather_minutes,
        )
        for p in newest.values()
    ]  # fmt: skip
    merchants = {p.merchant for p in newest.values()}
    before = await settings.policies(tx, merchants)
    await settings.keep_policies(tx, rows)
    after = await settings.policies(tx, merchants)
    await timers.decide_policies(tx, {key for key in after if after[key] != before.get(key)})


def _others(before: Mapping[str, T], after: Mapping[str, T]) -> list[str]:
    """Those that were known and are not as they were."""
    return [name for name in before if before[name] != after[name]]
