import time
from shared.testing.builders import a_contact, an_order, promised
from shared.testing.until import until
from tests.integration.notification.conftest import Shop

async def test_speed(shop: Shop) -> None:
    orders = [f"o{n}" for n in range(3000)]
    await shop.mail.stop()
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(*(an_order(o) for o in orders))
        await shop.world.bus.publish(*(a_contact(o) for o in orders))
        await until(lambda: shop.count("contacts", "email is not null having count(*) = 3001"), timeout=60)
        t = time.perf_counter()
        await shop.world.bus.publish(*(promised(o) for o in orders))
        await until(lambda: shop.count("notices", "true having count(*) = 3000"), timeout=60)
        print("planned", time.perf_counter() - t)
        await shop.mail.start()
        await until(lambda: shop.count("notices", "state = 'sent'"), timeout=60)
        t = time.perf_counter()
        await until(lambda: shop.count("notices", "state = 'sent' having count(*) = 3000"), timeout=120)
        print("sent", time.perf_counter() - t)
