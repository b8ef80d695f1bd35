"""The checks of bundles catch what must never be; each row here is corrupted by hand."""

from typing import Final

from shared.contracts.orders import Shown
from shared.testing.builders import MONDAY, a_day, a_line, a_product, an_order
from shared.testing.invariants import broken_invariants
from tests.integration.allocation.bundles.test_bundles import a_bundle, comes
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.support.mail_order_rule import left

ENDED: Final = """
    with over as (delete from timers)
    update rule_states
    set ended_at = now(), vests_on = now(), end_cause = 'refused', ended_units = 1"""
IN_STOCK: Final = """
    with landed as (
        insert into lots (sku, node, lot, on_hand) select sku, node, '', 2 from positions where sku in ('TENT', 'MAT')
    )
    update positions set on_hand = 2 where sku in ('TENT', 'MAT')"""
OF_BUNDLES: Final = {
    "update bundles set whole = 1": {"bundles_are_what_their_components_came_to"},
    "update bundles set cancelled = 1": {"bundles_are_what_their_components_came_to"},
    "update bundles set waiting = 1": {"bundles_are_what_their_components_came_to"},
    "update promises set latest = latest + 1 where line_id = '1'": {
        "bundles_are_promised_at_their_latest_component",
        "options_were_asked",
    },
    "update promises set units = 1 where line_id = '1'": {"bundles_are_promised_at_their_latest_component"},
    "delete from promises where line_id = '1'": {
        "bundles_are_promised_at_their_latest_component",
        "options_were_asked",
    },
    "update bundles set units = units + 1": {"components_are_of_their_bundle"},
    "update lines set ordered_line_id = 'none', shown_ship_by = null where line_id = '1/MAT'": {
        "components_are_of_their_bundle",
        "what_ships_together_is_promised_together",
    },
    "update queue set own_latest = own_latest + 1 where line_id = '1/MAT'": {
        "what_ships_together_is_promised_together"
    },
    "delete from rule_states": {"lines_under_the_rule_are_watched"},
    "update lines set shown_ship_by = null": {"lines_under_the_rule_are_watched"},
    IN_STOCK: {"whole_bundles_do_not_wait"},
    ENDED: {"cancelled_in_law_is_cancelled"},
    "update promises set consent = 'not_needed'": {"options_were_asked"},
    """update products set components = '{"TENT": 1}' where sku = 'MAT'""": {"no_bundle_in_a_bundle"},
    "update products set merchant = 'rival' where sku = 'MAT'": {
        "components_are_of_their_merchant",
        "lines_are_of_their_merchant",
    },
}


async def test_each_corruption_of_a_bundle_breaks_its_invariant(desk: Desk) -> None:
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle(), comes("TENT", 9, 12), comes("MAT", 9, 15))
    shown = Shown(state="backorder", earliest=a_day(9), latest=a_day(9))
    await desk.hear(an_order("o1", a_line("1", "KIT", 2, shown=shown), market="US"), a_product("HAT"))
    await desk.hear(left(1, MONDAY))
    await desk.decide_due()
    await desk.admin.execute("set session_replication_role = replica")
    found: dict[str, set[str]] = {}
    for statement in OF_BUNDLES:
        transaction = desk.admin.transaction(isolation="repeatable_read")
        await transaction.start()
        await desk.admin.execute(statement)
        found[statement] = set(await broken_invariants(desk.admin, "allocation"))
        await transaction.rollback()
    assert found == OF_BUNDLES
