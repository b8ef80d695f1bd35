"""Lines whose deadline under the mail-order rule is over, or can no longer be met."""

from collections import defaultdict
from collections.abc import Collection

from services.allocation.domain.line import LineKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.orders.apply import settle
from services.allocation.handlers.orders.cancel import cancel_open_units
from services.allocation.handlers.orders.order_changes import OwnRequest, OwnRequestBody, read_orders
from services.allocation.handlers.orders.refunds import REASONS, tell_refunds
from services.allocation.store import mail_order_rule as store
from services.allocation.store import order_changes, positions
from shared.messaging.transaction import Tx


async def look_at_lines(tx: Tx, lines: Collection[LineKey]) -> None:
    """Lines whose deadline is over are cancelled; those that can no longer ship in time are promised anew before it."""
    order_ids = {order_id for order_id, _ in lines}
    locked = await positions.lock_positions(tx, await order_changes.positions_of(tx, order_ids))
    await order_changes.lock_orders(tx, order_ids)
    ended = await watch.judge(tx, lines)
    if ended:
        book = await read_orders(tx, order_ids)
        asks = {line: OwnRequest(tx.source, tx.source, OwnRequestBody(line[0])) for line in ended}
        for line, end in ended.items():
            cancel_open_units(book, asks[line], book.parts_of(line), REASONS[end.cause])
        why = Why("a deadline of the law is over", tx.source, None)
        await settle(tx, book, locked, dict.fromkeys((order_id for order_id, _ in ended), why))
        await store.end(tx, ended)
        await tell_refunds(tx, book, ended, asks)
    await _move_late(tx, set(lines) - ended.keys())


async def _move_late(tx: Tx, lines: Collection[LineKey]) -> None:
    late: dict[tuple[str, str], set[LineKey]] = defaultdict(set)
    for served_as in (await store.watched(tx, lines)).values():
        for line, key in served_as.items():
            late[key].add(line)
    if late:
        why = Why("it can no longer ship in time", tx.source, None)
        locked = await positions.lock_positions(tx, late)
        await serve(tx, locked, {key: PositionNews(why, late=late[key], by_fact=False) for key in locked})
