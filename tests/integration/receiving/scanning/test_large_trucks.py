"""Trucks of thousands of SKUs are closed and told like any other."""

import httpx

from services.receiving.formats import x12
from services.receiving.http import reads
from shared.contracts.advices import ReceivingAdvised
from shared.contracts.asns import AsnReceived
from shared.contracts.dock import ReceivingClosed
from shared.testing.builders import a_close, a_product
from shared.testing.suppliers import a_file
from tests.integration.receiving.conftest import answer
from tests.integration.receiving.scanning.conftest import Desk
from tests.integration.receiving.scanning.test_large_files import EAST, a_long_notice

SKUS = 5_000
NAME = "acme-and-company-of-amsterdam/a-product-of-which-the-name-is-fairly-long-1/{}"


async def test_a_truck_of_five_thousand_skus_is_closed_and_announced_as_far_as_it_fits(desk: Desk) -> None:
    await desk.hears_at_once(EAST, *(a_product(NAME.format(n), packs=()) for n in range(SKUS)))
    await desk.hears(a_file(a_long_notice(SKUS, sku=NAME)))
    (asn,) = await desk.told(AsnReceived)
    await desk.hears(asn, a_close(asn.asn_id))
    (closed,), (advised,) = await desk.told(ReceivingClosed), await desk.told(ReceivingAdvised)
    assert closed.left_out == advised.left_out > 0
    assert len(closed.lines) + closed.left_out == len(advised.lines) + advised.left_out == SKUS
    assert {line.short for line in closed.lines} == {1}
    assert (advised.format, advised.document) == ("x12", None)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(reads(desk.worker)), base_url="http://r") as web:
        whole = await answer(web, "/receiving-advice", asn_id=asn.asn_id)
        status = await answer(web, "/asns", asn_id=asn.asn_id)
    assert len(x12.read_advice(whole["document"].encode()).lines) == len(status["lines"]) == SKUS


async def test_a_truck_that_is_not_closed_has_no_advice(desk: Desk) -> None:
    await desk.hears(EAST, a_product("S0", packs=()), a_file(a_long_notice(1)))
    await desk.hears(*await desk.told(AsnReceived))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(reads(desk.worker)), base_url="http://r") as web:
        refused = await web.get("/receiving-advice", params={"asn_id": "MILLS-01/ASN-1"})
    assert (refused.status_code, refused.json()["detail"]) == (404, "this ASN is not closed")
