"""The checks catch what must never be; each row here is corrupted by hand, as only a superuser could."""

import pytest

from deploy.local.places import PROJECT
from shared.db.queries import Queries
from shared.testing.builders import MONDAY, a_line, a_supply, an_inbound, an_order, landed
from shared.testing.invariants import broken_invariants
from tests.integration.allocation.bundles.test_invariants import OF_BUNDLES
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.support.mail_order_rule import left

PLACE = ("queue_at", "completed_at", "order_id", "line_id", "units_before", "lines_before")
ENDED = """
    with over as (delete from timers)
    update rule_states
    set ended_at = now(), vests_on = now(), end_cause = 'refused', ended_units = 1"""
A_NEEDLESS_REORDER = """
    with more as (update boundaries set units = units + 99)
    insert into supplies (sku, node, kind, supply_id, is_listed, expected, stocked, earliest, latest, cause, reason)
    select sku, node, 'reorder', 'reorder', true, 9, 0, '2027-03-09', '2027-03-09', '', '' from positions"""
AN_EARLY_PAGE = """
    update positions set page = '{"state": "backorder", "breaks": [{"ships": {"latest": "2027-03-21"}}]}'"""
CORRUPTIONS = {
    "update lots set allocated = allocated - 1": {"allocated_within_on_hand", "positions_equal_lots"},
    "update lots set on_hand = on_hand + 1": {"positions_equal_lots"},
    "update positions set on_hand = on_hand + 1": {"positions_equal_lots"},
    "update positions set allocated = allocated - 1": {"positions_equal_lots"},
    "update releases set units = units + 1 where way = 'given'": {"owned_is_what_is_left_of_what_was_given"},
    "update departures set units = units + 1 where way = 'shipped'": {
        "lines_got_what_left_for_them",
        "owned_is_what_is_left_of_what_was_given",
    },
    "update departures set lot = 'other'": {"owned_is_what_is_left_of_what_was_given"},
    "update departures set sku = 'other'": {"units_are_of_their_line"},
    "delete from departures": {"lines_got_what_left_for_them", "owned_is_what_is_left_of_what_was_given"},
    "update releases set on_floor = on_floor - 1": {
        "allocated_within_on_hand",
        "lines_wait_for_the_rest",
        "owned_is_what_is_left_of_what_was_given",
    },
    "delete from releases": {
        "allocated_within_on_hand",
        "lines_wait_for_the_rest",
        "owned_is_what_is_left_of_what_was_given",
    },
    "update releases set node = 'other'": {"allocated_within_on_hand", "units_are_of_their_line"},
    "update releases set queue_at = queue_at + interval '1 s'": {"places_are_kept"},
    "update queue set completed_at = completed_at + interval '1 s'": {
        "boundaries_count_what_waits_before_them",
        "boundaries_are_where_supplies_end",
        "places_are_kept",
    },
    "update positions set waiting_value = waiting_value + 1": {"queue_is_counted"},
    "update queue set unit_price = 1": {"queue_is_counted"},
    "update lines set shipped = shipped + 1": {"lines_got_what_left_for_them", "lines_wait_for_the_rest"},
    "update lines set cancelled = 1": {"lines_wait_for_the_rest"},
    "update queue set units = units + 1": {
        "boundaries_count_what_waits_before_them",
        "lines_wait_for_the_rest",
        "queue_is_counted",
        "promise_is_the_last_made",
    },
    "delete from queue": {
        "boundaries_count_what_waits_before_them",
        "boundaries_are_where_supplies_end",
        "lines_wait_for_the_rest",
        "queue_is_counted",
        "versions_are_not_ahead_of_their_line",
    },
    "update queue set sku = 'other'": {
        "boundaries_count_what_waits_before_them",
        "boundaries_are_where_supplies_end",
        "queue_is_counted",
        "queue_is_of_its_line",
    },
    "update queue set line_id = '9'": {
        "boundaries_are_where_supplies_end",
        "lines_wait_for_the_rest",
        "queue_is_of_its_line",
        "promise_is_the_last_made",
        "versions_are_not_ahead_of_their_line",
    },
    "update positions set waiting_lines = waiting_lines - 1": {"queue_is_counted"},
    "update queue set latest = latest + 1": {"promise_is_the_last_made"},
    "update queue set earliest = null, latest = null": {"promise_is_the_last_made"},
    "delete from promises": {"options_were_asked", "promise_is_the_last_made"},
    "update promises set line_version = line_version + 7": {"versions_are_not_ahead_of_their_line"},
    "update rollups set page = null": {"rollups_are_of_their_pages"},
    "update positions set version = 0": {"versions_are_not_ahead_of_their_position"},
    "update boundaries set units_before = units_before + 1": {"boundaries_count_what_waits_before_them"},
    "update boundaries set lines_before = lines_before + 1": {"boundaries_count_what_waits_before_them"},
    "update boundaries set queue_at = queue_at + interval '1 s'": {
        "boundaries_count_what_waits_before_them",
        "boundaries_are_where_supplies_end",
    },
    f"update boundaries set {', '.join(f'{column} = null' for column in PLACE)}": {"boundaries_are_where_supplies_end"},
    "update boundaries set units = units + 99": {"boundaries_are_of_what_comes", "boundaries_are_where_supplies_end"},
    "update boundaries set ready_on = ready_on + 1": {"boundaries_are_of_what_comes"},
    "update boundaries set supply_id = 'other'": {"boundaries_are_of_what_comes"},
    "delete from boundaries": {"boundaries_are_of_what_comes"},
    "delete from boundaries where ranking = 'latest'": {"boundaries_are_of_what_comes"},
    "update boundaries set kind = 'rework'": {"boundaries_are_of_what_comes"},
    "update boundaries set kind = 'reorder'": {"boundaries_are_of_what_comes"},
    A_NEEDLESS_REORDER: {
        "boundaries_are_of_what_comes",
        "boundaries_are_where_supplies_end",
        "reorders_are_for_those_whom_nothing_serves",
    },
    "update positions set claimed = 1": {"claims_are_free_units"},
    "update positions set renews = true": {"renewals_are_due"},
    "update lines set node = 'nowhere' where order_id = 'o2'": {"lines_are_of_their_order", "queue_is_of_its_line"},
    "update queue set claimed = 1, kept_for = 'load' where order_id = 'o2'": {
        "claims_are_free_units",
        "claims_are_of_the_oldest",
        "queue_is_counted",
    },
    "update queue set latest = '2027-03-01', earliest = '2027-03-01'": {
        "no_promise_is_past",
        "promise_is_the_last_made",
    },
    "update supplies set stocked = stocked + 1": {"boundaries_are_of_what_comes"},
    "update supplies set short_lived = 1": {"boundaries_are_of_what_comes"},
    AN_EARLY_PAGE: {"pages_ship_no_sooner_than_those_who_wait", "rollups_are_of_their_pages"},
    "update lines set shown_ship_by = null": {"lines_under_the_rule_are_watched"},
    "delete from rule_states": {"lines_under_the_rule_are_watched"},
    "delete from timers": {"lines_under_the_rule_are_watched"},
    "update rule_states set ended_at = now(), vests_on = now(), end_cause = 'refused', ended_units = 1": {
        "cancelled_in_law_is_cancelled",
        "lines_under_the_rule_are_watched",
    },
    ENDED: {"cancelled_in_law_is_cancelled"},
    ENDED.replace("refused", "cancelled"): {
        "cancelled_in_law_is_cancelled",
        "refunds_are_of_units_that_did_not_leave",
    },
    """insert into stops (stop_id, order_id, line_id, change_no, purpose, units, reason, cause, asked_at)
       select 'stop', order_id, line_id, 1, 'hold', 99, '', '', now() from lines limit 1""": {
        "stops_are_of_units_on_the_floor"
    },
    "update promises set consent = 'not_needed'": {"options_were_asked"},
    "update rule_facts set revised_by = '2027-03-30'": {"options_were_asked"},
}


@pytest.fixture
async def served(desk: Desk) -> Desk:
    """Serve a line that owns two units, got one and waits for three, and one that waits for more than comes."""
    await desk.know()
    await desk.hear(landed(3, 1, supply_id=None), an_inbound(a_supply()), an_order("o1", a_line(units=6)))
    await desk.hear(an_order("o2", a_line(units=90), market="US"), left(1, MONDAY, order="o2"))
    await desk.hear(landed(-1, 2, supply_id=None, reason="ship", order_id="o1", line_id="1"))
    return desk


async def test_each_corruption_breaks_its_invariants(served: Desk) -> None:
    assert await broken_invariants(served.admin, "allocation") == {}
    await served.admin.execute("set session_replication_role = replica")  # no foreign keys, as a broken disk has none
    found: dict[str, set[str]] = {}
    for statement in CORRUPTIONS:
        transaction = served.admin.transaction(isolation="repeatable_read")
        await transaction.start()
        await served.admin.execute(statement)
        found[statement] = set(await broken_invariants(served.admin, "allocation"))
        await transaction.rollback()
    assert found == CORRUPTIONS


def test_every_check_has_a_corruption_that_it_catches() -> None:
    checks = Queries(PROJECT / "services/allocation/invariants.sql")
    corruptions = CORRUPTIONS | OF_BUNDLES
    assert {name for names in corruptions.values() for name in names} == set(checks)


async def test_free_units_beside_a_line_that_could_have_them_are_caught(served: Desk) -> None:
    async def find(units: int) -> None:
        for table in ("lots", "positions"):
            await served.admin.execute(f"update {table} set on_hand = on_hand + $1", units)

    await find(1)
    assert await broken_invariants(served.admin, "allocation") == {}
    with pytest.raises(AssertionError, match="Match"):
        await served.check()
    await find(-1)
