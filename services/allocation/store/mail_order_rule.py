"""Lines under the Mail, Internet or Telephone Order Rule. Whoever changes or judges them has locked their positions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import asyncpg

from services.allocation.domain.bundle import shipped_bundles
from services.allocation.domain.line import LineKey
from services.allocation.domain.mail_order_rule import (
    Bounced,
    Consented,
    Ended,
    Fact,
    OptionSent,
    Refused,
    RuleState,
    Shipped,
)
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, read, timers, write
from shared.messaging.transaction import Tx

Option = tuple[str, str, int, str, datetime]


@dataclass(frozen=True, slots=True)
class WatchedLine:
    """An ordered line under the rule, the day by which it was shown to ship, and whether it was shown in stock."""

    line: LineKey
    by: date
    in_stock: bool
    units: int


@dataclass(frozen=True, slots=True)
class LineCase:
    """The facts that decide about a line besides the time: `units` wanted, where it ships from, what happened."""

    shown_ship_by: date
    node: str
    units: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class KeptState:
    """The rule state of a line at its last news, and whether it was shown in stock."""

    standing: RuleState
    shown_in_stock: bool


async def watch(tx: Tx, shown: Collection[WatchedLine]) -> None:
    """Put lines under the rule."""
    await write(tx, "show_lines", ((*line.line, line.by) for line in shown))
    rows = ((*line.line, line.by, line.in_stock, line.units) for line in shown)
    await write(tx, "watch_lines", rows)


async def markets(tx: Tx, order_ids: Collection[str]) -> dict[str, str]:
    """Return in which market these orders were sold."""
    return {row["order_id"]: row["market"] for row in await tx.fetch(QUERIES["markets"], list(order_ids))}


async def watched(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, dict[LineKey, PositionKey]]:
    """Return those of these lines that are under the rule and not ended, as they were ordered.

    Returned with them are the lines that each is served as, a bundle as several, with their positions.
    """
    found: dict[LineKey, dict[LineKey, PositionKey]] = defaultdict(dict)
    for row in await read(tx, "watched", lines):
        served_as = (row["order_id"], row["served_as"])
        found[row["order_id"], row["line_id"]][served_as] = (row["sku"], row["node"])
    return found


async def add_facts(tx: Tx, facts: Iterable[tuple[LineKey, str, datetime, Fact]]) -> None:
    """Store (order, line, name, when, fact); each name once for ever."""
    rows = [(*line, *_row(name, at, fact)) for line, name, at, fact in facts]
    await write(tx, "add_facts", rows)


def _row(name: str, at: datetime, fact: Fact) -> tuple[str, str, datetime, date | None, int | None]:
    match fact:
        case OptionSent() | Bounced():
            kind = "told" if isinstance(fact, OptionSent) else "bounced"
            return (kind, name, at, fact.revised_by if isinstance(fact, OptionSent) else None, None)
        case Consented():
            return ("agreed", name, at, fact.revised_by, None)
        case Refused():
            return ("refused", name, at, None, None)
        case Shipped():
            return ("shipped", name, at, None, fact.units)
        case _:
            assert_never(fact)


async def add_options(tx: Tx, notices: Collection[Option]) -> None:
    """Store (order, line, line version, notice, when it left); only promises that ask something have options."""
    await write(tx, "add_options", notices)


async def ended(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, Ended]:
    """Return how those of these lines ended in law that did."""
    return {
        (row["order_id"], row["line_id"]): Ended(row["ended_at"], row["vests_on"], row["end_cause"], row["ended_units"])
        for row in await read(tx, "ended", lines)
    }


async def cases(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, LineCase]:
    """Read all that decides about those of these lines that are under the rule and have not ended."""
    facts: dict[LineKey, list[Fact]] = defaultdict(list)
    for row in await read(tx, "facts", lines):
        facts[row["order_id"], row["line_id"]].append(_fact(row))
    for line, parts in (await _shipped(tx, lines)).items():
        facts[line] += shipped_bundles([*parts.values()])
    found: dict[LineKey, LineCase] = {}
    for row in await read(tx, "cases", lines):
        line = (row["order_id"], row["line_id"])
        found[line] = LineCase(row["shown_ship_by"], row["node"], row["units"], tuple(facts[line]))
    return found


async def _shipped(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, dict[str, tuple[int, list[Shipped]]]]:
    """Read what shipped of each line that these are served as, and how many units of it go into one."""
    found: dict[LineKey, dict[str, tuple[int, list[Shipped]]]] = defaultdict(dict)
    for row in await read(tx, "shipments_of_lines", lines):
        parts = found[row["order_id"], row["line_id"]]
        _, shipped = parts.setdefault(row["served_as"], (row["per_bundle"], []))
        if row["units"]:
            shipped.append(Shipped(row["happened_at"], row["units"]))
    return found


def _fact(row: asyncpg.Record) -> Fact:
    at, name, revised_by = row["happened_at"], row["name"], row["revised_by"]
    facts: dict[str, Fact] = {
        "told": OptionSent(at, name, revised_by),
        "bounced": Bounced(name),
        "agreed": Consented(at, revised_by),
        "refused": Refused(at),
        "shipped": Shipped(at, row["units"]),
    }
    return facts[row["kind"]]


async def keep(tx: Tx, rule_states: Mapping[LineKey, tuple[RuleState, datetime | None]]) -> None:
    """Store how lines stand now, and when to look at each next."""
    rows = [
        (*line, state.applicable_by, state.open_units, state.revised, state.asked, state.offered)
        for line, (state, _) in rule_states.items()
    ]
    await write(tx, "keep_standings", rows)
    await timers.replace(tx, "deadline", {line: look_at for line, (_, look_at) in rule_states.items()})


async def end(tx: Tx, ended: Mapping[LineKey, Ended]) -> None:
    """Mark lines that the rule cancels, for good."""
    rows = [(*line, end.at, end.vests_on, end.cause, end.units) for line, end in ended.items()]
    await write(tx, "end_lines", rows)
    await timers.replace(tx, "deadline", dict.fromkeys(ended))


async def rule_states(tx: Tx, lines: Mapping[LineKey, ZoneInfo]) -> dict[LineKey, KeptState]:
    """Read how those of these lines stand that are under the rule and not ended, by the zones of their nodes."""
    found: dict[LineKey, KeptState] = {}
    for row in await read(tx, "rule_states", lines):
        line = (row["order_id"], row["line_id"])
        standing = RuleState(
            lines[line], row["applicable_by"], row["open_units"], row["revised"], row["asked"], row["offered"]
        )
        found[line] = KeptState(standing, row["shown_in_stock"])
    return found
