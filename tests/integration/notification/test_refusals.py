"""What a customer asked for and could not be done is told once, in one mail with what could."""

from shared.testing.allocations import a_cancelled_line, cancelled, refused_cancel, refused_consent
from shared.testing.builders import a_contact, a_promised_line, promised
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part
from tests.integration.notification.test_endings import open_with


async def test_a_cancel_that_came_too_late_is_told_in_one_mail_with_the_reason(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5))
        await shop.world.bus.publish(promised("o1", a_promised_line(units=5)))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(refused_cancel(2))
        await shop.reaches(confirmed_sent=1, refused_sent=1)
        the_law = refused_cancel(7, change_no=0)
        await shop.world.bus.publish(refused_cancel(2), the_law)
        await until(lambda: shop.count("inbox", "topic = 'allocations.v1' having count(*) = 3"))
        assert await shop.states() == {"confirmed sent": 1, "refused sent": 1}
    mail = shop.mail.taken[1]
    assert mail["Subject"] == "Your order #o1: we could not do what you asked"
    assert "2 of 5 × The TEE-M: we could not do what you asked" in part(mail, "plain")
    assert "Because it was shipped already" in part(mail, "html")


async def test_what_is_cancelled_and_what_is_not_of_one_click_is_one_mail(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5), contact=False)
        await shop.world.bus.publish(refused_cancel(2), cancelled("o1", a_cancelled_line(2, 3)))
        await until(lambda: shop.count("line_endings"))
        await shop.world.bus.publish(a_contact())
        await until(shop.all_sent)
    (mail,) = shop.mail.taken
    assert "2 more we could not cancel, because it was shipped already\n" in part(mail, "plain")


async def test_two_requests_that_one_parcel_was_quicker_than_are_told_together(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 5), contact=False)
        first = refused_cancel(1)
        second = refused_cancel(2, change_no=2).model_copy(update={"cause": first.cause})
        await shop.world.bus.publish(first, second)
        await until(lambda: shop.count("refusals", "true having count(*) = 2"))
        await shop.world.bus.publish(a_contact())
        await until(shop.all_sent)
    (mail,) = shop.mail.taken
    assert "3 of 5 × The TEE-M" in part(mail, "plain")


async def test_a_bundle_that_could_not_be_cancelled_is_told_once_for_all_its_components(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1))
        await shop.world.bus.publish(
            refused_cancel(1, line_id="1/TENT", bundles=1), refused_cancel(2, line_id="1/MAT", bundles=1)
        )
        await until(lambda: shop.count("refusals", "true having count(*) = 2"))
        await until(shop.all_sent)
        assert await shop.states() in ({"refused sent": 1}, {"refused sent": 1, "refused superseded": 1})
    assert "1 × The TEE-M: we could not" in part(shop.mail.taken[0], "plain")


async def test_a_yes_that_came_after_the_cancel_is_answered(shop: Shop) -> None:
    async with shop.start():
        await open_with(shop, ("1", 1))
        await shop.world.bus.publish(refused_consent())
        await shop.reaches(refused_sent=1)
    assert "Because we had cancelled it before your answer came" in part(shop.mail.taken[0], "plain")
