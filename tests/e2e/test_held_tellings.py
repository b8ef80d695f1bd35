"""A date that may be a slip of the pen is told to nobody until a person has looked at it, over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from deploy.local.addresses import Addresses
from deploy.local.clock import move_clock, time_at
from deploy.local.sample_files import asn
from shared.testing.faults import fault_of
from shared.testing.shift import Played
from shared.testing.until import until
from tests.e2e.conftest import Caller, settled, start_of

FAR = timedelta(days=56)


def test_nobody_is_held_back_by_what_did_not_happen(caller: Callable[..., Caller]) -> None:
    confirmed = {"cause": "supplier/never", "by": "sam", "why": "a guess"}
    answer = caller("admin").client.post("/v1/tellings/confirmed", json=confirmed)
    assert (answer.status_code, fault_of(answer)["field"]) == (422, "cause")


async def test_a_truck_that_slips_far_is_told_once_a_person_confirms_it(
    shift: Played, addresses: Addresses, caller: Callable[..., Caller]
) -> None:
    admin = caller("admin", "read")
    mails = shift.servers.places.mail
    before = len(list(mails.glob("*.eml")))
    truck = asn("asn-1002-revision-2.json", start_of(shift))
    eta = truck.eta.model_copy(update={"earliest": truck.eta.earliest + FAR, "latest": truck.eta.latest + FAR})
    later = truck.model_copy(update={"revision": 9, "eta": eta})
    admin.tell("/v1/asns", later.model_dump(mode="json"))
    await settled(shift)
    await move_clock(addresses.database, await time_at(addresses.database) + timedelta(minutes=1))
    held = partial(admin.rows, "/v1/exceptions", **{"class": "telling_held", "state": "open"})
    (exception,) = await until(held, 60.0)
    assert len(list(mails.glob("*.eml"))) == before, "nobody is told yet"

    confirmed = {"cause": exception["facts"]["cause"], "by": "sam", "why": "the carrier confirmed it"}
    admin.tell("/v1/tellings/confirmed", confirmed)
    orders = int(exception["facts"]["orders"])
    assert orders > 1
    await until(lambda: len(list(mails.glob("*.eml"))) == before + orders, 60.0)
    await settled(shift)
    assert len(list(mails.glob("*.eml"))) == before + orders, "each is told once"
    assert held() == []
    again = admin.client.post("/v1/tellings/confirmed", json=confirmed)
    assert again.status_code == 422, "nobody waits for it any more"
