"""What a promise of a line under the mail-order rule asks of its customer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import structs

from services.allocation.domain import mail_order_rule
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.line import LineKey
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.handlers.decision.promise import PositionPromises
from services.allocation.store import mail_order_rule as store
from services.allocation.store.mail_order_rule import KeptState
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class ToldRange:
    """The latest of a range that a customer is told now, if it has one, in the zone of the node."""

    zone: ZoneInfo
    latest: date | None


@dataclass(frozen=True, slots=True)
class DelayOption:
    """By when a line must ship, and what a promise of it asks of the customer."""

    applicable_by: date | None
    delay: mail_order_rule.Delay


NO_OPTION: Final = DelayOption(None, mail_order_rule.NO_DELAY)


async def add_delay_options(
    tx: Tx, known: PositionFacts, promised: Mapping[PositionKey, PositionPromises]
) -> dict[PositionKey, PositionPromises]:
    """Each promise to a line under the rule says by when it applies, and what it asks of the customer, if anything.

    Components of bundles ask nothing: their bundle does.
    """
    announced = {
        promise.line.line: ToldRange(known.calendar(key).zone, promise.after.latest if promise.after else None)
        for key, position_promises in promised.items()
        for promise in position_promises.promises
        if promise.told and promise.line.shown_ship_by
    }
    asked = await options_of(tx, announced)
    if not asked:
        return dict(promised)
    return {
        key: replace(
            position_promises,
            promises=[_with_option(promise, asked.get(promise.line.line)) for promise in position_promises.promises],
        )
        for key, position_promises in promised.items()
    }


def _with_option(promise: Promise, asked: DelayOption | None) -> Promise:
    return structs.replace(promise, applicable_by=asked.applicable_by, delay=asked.delay) if asked else promise


async def options_of(tx: Tx, told: Mapping[LineKey, ToldRange]) -> dict[LineKey, DelayOption]:
    """What the law says of ranges that are told now of ordered lines; nothing of those that it does not look at."""
    rule_states = (
        await store.rule_states(tx, {line: told_range.zone for line, told_range in told.items()}) if told else {}
    )
    return {line: _option(kept, told[line].latest, tx.now) for line, kept in rule_states.items()}


def _option(kept: KeptState, latest: date | None, now: datetime) -> DelayOption:
    fell = kept.shown_in_stock and not kept.standing.offered
    return DelayOption(kept.standing.applicable_by, mail_order_rule.delay(kept.standing, latest, now, fell))
