"""What is not coming after all is told once, and nothing is promised of it any more."""

from shared.contracts.fields import Fact
from shared.contracts.notices import NoticeSuperseded
from shared.testing.allocations import (
    a_cancelled_line,
    a_revoked_line,
    cancelled,
    cancelled_by_us,
    declined,
    refund_due,
    refused_cancel,
    refused_consent,
    revoked,
)
from shared.testing.builders import (
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    a_released_line,
    an_order,
    moved,
    promised,
    released,
)
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part


async def open_with(shop: Shop, *lines: tuple[str, int], contact: bool = True) -> None:
    """Place an order of these lines and units, beside TEE-L; its customer can be reached or not yet."""
    order = an_order("o1", *(a_line(line_id, units=units) for line_id, units in lines))
    facts: list[Fact] = [a_merchant(), a_product(), a_product("TEE-L"), order, *([a_contact()] if contact else [])]
    await shop.world.bus.publish(*facts)
    await until(lambda: shop.count("orders"))
    await until(lambda: shop.count("products", "true having count(*) = 2"))
    if contact:
        await until(lambda: shop.count("contacts", "email is not null"))


async def test_units_cancelled_before_their_confirmation_are_not_confirmed(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1), ("2", 3), ("3", 1), contact=False)
        await shop.world.bus.publish(
            promised("o1", a_promised_line(), a_promised_line(1, line_id="2", units=3), a_promised_line(1, line_id="3"))
        )
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2), a_cancelled_line(2, 1, 2, "2")))
        await shop.reaches(confirmed_superseded=1, confirmed_planned=1, cancelled_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_superseded=1, confirmed_sent=1, cancelled_sent=1)

    (mail,) = shop.mail.taken
    assert mail["Subject"] == "Your order #o1: cancelled, as you asked"
    text = part(mail, "plain")
    assert text.count("× The TEE-M is cancelled") == text.count("× The TEE-M ships") == 2
    assert "2 of 3 × The TEE-M ships" in text
    assert "1 of 3 × The TEE-M is cancelled" in text
    assert len(await shop.world.bus.told(NoticeSuperseded)) == 1


async def test_a_customer_who_cancels_before_the_confirmation_hears_only_of_the_cancel(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1), contact=False)
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(cancelled())
        await shop.reaches(confirmed_superseded=1, cancelled_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_superseded=1, cancelled_sent=1)
    assert "bought elsewhere" not in part(shop.mail.taken[0], "plain")


async def test_a_cancel_that_overtook_its_promise_leaves_nothing_to_confirm(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2)))
        await shop.reaches(cancelled_sent=1)
        await shop.world.bus.publish(promised())
        await shop.heard(1)
        assert await shop.states() == {"cancelled sent": 1}


async def test_dates_of_cancelled_units_are_told_no_more(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5))
        await shop.world.bus.publish(promised("o1", a_promised_line(units=5)))
        await shop.reaches(confirmed_sent=1)
        await shop.mail.stop()
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (19, 25), units=5)))
        await shop.reaches(confirmed_sent=1, moved_planned=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(3, 5)))
        await shop.reaches(confirmed_sent=1, moved_superseded=1, cancelled_planned=1)


async def test_released_units_that_are_stopped_and_cancelled_are_not_told_as_packed(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5), contact=False)
        await shop.world.bus.publish(promised("o1", a_promised_line(units=5)))
        await until(lambda: shop.count("notices"))
        await shop.world.bus.publish(released("o1", a_released_line(2, 5)))
        await shop.reaches(confirmed_superseded=1, released_planned=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(3, 2, 3)))
        await shop.reaches(confirmed_superseded=1, released_superseded=1, released_planned=1, cancelled_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_superseded=1, released_superseded=1, released_sent=1, cancelled_sent=1)
    assert ["3 of 5 ×" in part(mail, "plain") for mail in shop.mail.taken].count(True) == 1


async def test_two_cancels_of_one_line_are_each_told_once(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5))
        await shop.world.bus.publish(promised("o1", a_promised_line(units=5)))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2, 1, 4)))
        await shop.reaches(confirmed_sent=1, cancelled_sent=1)
        await shop.world.bus.publish(
            cancelled("o1", a_cancelled_line(3, 2, 2)), cancelled("o1", a_cancelled_line(2, 1, 4))
        )
        await shop.reaches(confirmed_sent=1, cancelled_sent=2)
    assert "2 of 5 × The TEE-M" in part(shop.mail.taken[2], "plain")


async def test_a_declined_line_is_told_once_with_its_alternatives(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1), ("2", 2))
        await shop.world.bus.publish(declined(), promised("o1", a_promised_line(line_id="2", units=2)))
        await shop.reaches(declined_sent=1, confirmed_sent=1)
        await shop.world.bus.publish(declined())  # the same fact as a new event
        await until(lambda: shop.count("inbox", "topic = 'allocations.v1' having count(*) = 2"))
        assert await shop.states() == {"declined sent": 1, "confirmed sent": 1}

    mail = next(mail for mail in shop.mail.taken if "cannot" in mail["Subject"])
    text = part(mail, "plain")
    assert "1 × The TEE-M is not coming" in text
    assert "Because it was shown to be out of stock\nIn stock instead: The TEE-L\n" in text
    assert "In stock instead: The TEE-L" in part(mail, "html")


async def test_a_cancel_by_us_and_its_refund_are_one_mail(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(currency="EUR"), a_product(), an_order(), a_contact())
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(cancelled_by_us())
        await shop.reaches(confirmed_sent=1, declined_planned=1)
        await shop.world.bus.publish(refund_due())
        await shop.reaches(confirmed_sent=1, declined_superseded=1, declined_sent=1)

    text = part(shop.mail.taken[1], "plain")
    assert "Because it cannot ship in time\nYour money goes back by Mon, 22 Mar\nIt is €\xa019,00\n" in text


async def test_a_cancel_by_us_without_a_refund_is_told_after_the_quiet_window(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(cancelled_by_us())
        await shop.reaches(declined_planned=1)
        await shop.in_time_reaches(declined_sent=1)
        await shop.world.bus.publish(refund_due(), refund_due())
        await shop.reaches(declined_sent=1, refund_sent=1)
        await shop.world.bus.publish(refund_due(due=24, cause="firstfill/allocation/2"))
        await shop.reaches(declined_sent=1, refund_sent=2)

    assert ["goes back by Mon, 22 Mar" in part(mail, "plain") for mail in shop.mail.taken] == [False, True, False]
    assert "goes back by Wed, 24 Mar" in part(shop.mail.taken[2], "html")


async def test_the_old_lines_news_is_of_no_interest_after_a_swap(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 3))
        await shop.world.bus.publish(promised("o1", a_promised_line(units=3)))
        await shop.reaches(confirmed_sent=1)
        new = a_promised_line(1, (18, 19), "9", sku="TEE-L", units=3)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2, 3, new_line_id="9")), promised("o1", new))
        await shop.in_time_reaches(confirmed_sent=2, swapped_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(2, 3, "9", sku="TEE-L")))
        await shop.reaches(confirmed_sent=2, swapped_sent=1, released_sent=1)


async def test_a_swap_before_the_confirmation_leaves_one_confirmation_of_the_new_line(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1), contact=False)
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2, new_line_id="9")))
        await shop.reaches(confirmed_superseded=1, swapped_planned=1)
        await shop.world.bus.publish(promised("o1", a_promised_line(1, line_id="9", sku="TEE-L")), a_contact())
        await shop.in_time_reaches(confirmed_superseded=1, confirmed_sent=1, swapped_sent=1)


async def test_a_customer_whose_part_is_released_still_waits_for_the_rest(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5))
        await shop.world.bus.publish(promised("o1", a_promised_line(2, units=5)))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(3, 3)))
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(4, (19, 25), units=2)))
        await shop.in_time_reaches(confirmed_sent=1, released_sent=1, moved_sent=1)
    assert "2 of 5 × The TEE-M" in part(shop.mail.taken[-1], "plain")


async def test_every_ending_delivered_twice_is_told_once(shop: Shop) -> None:
    facts = (
        declined("o1", "2"), cancelled("o1", a_cancelled_line(2)), refund_due(), refused_cancel(), refused_consent(),
        revoked("o1", a_revoked_line(3, 1, "3")),
    )  # fmt: skip
    async with shop.start():
        await open_with(shop, ("1", 1), ("2", 1), ("3", 1))
        records = await shop.world.bus.publish(*facts)
        await until(lambda: shop.count("inbox", f"topic = 'allocations.v1' having count(*) = {len(facts)}"))
        await until(shop.all_sent)
        number = len(shop.mail.taken)
        await shop.world.bus.publish(*records, *facts)  # the same events, and the same facts as new events
        await until(lambda: shop.count("inbox", f"topic = 'allocations.v1' having count(*) = {2 * len(facts)}"))
        assert await shop.all_sent()
        assert len(shop.mail.taken) == number


async def test_every_ending_waits_for_its_order_and_a_new_line_for_its_sku(shop: Shop) -> None:
    facts = (declined("o1", "2"), cancelled("o1", a_cancelled_line(2)), refund_due(), refused_cancel())
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), a_contact(), *facts)
        await until(lambda: shop.count("parked", f"waits_for = 'order:o1' having count(*) = {len(facts)}"))
        await shop.world.bus.publish(an_order("o1", a_line("1"), a_line("2"), a_line("3")))
        await until(lambda: shop.count("refunds"))
        await until(lambda: shop.count("line_endings", "true having count(*) = 2"))
        await shop.world.bus.publish(promised("o1", a_promised_line(1, line_id="9", sku="TEE-L")))
        await until(lambda: shop.count("parked", "waits_for = 'sku:TEE-L'"))
        await shop.world.bus.publish(a_product("TEE-L"))
        await until(lambda: shop.count("lines", "line_id = '9' and told_by is not null"))
