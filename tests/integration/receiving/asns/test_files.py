"""Partners' files are taken whole or refused whole, and answered."""

import json

import pytest

from services.receiving.formats import edifact, x12
from services.receiving.store.asns import files
from shared.contracts.advices import AcknowledgedAsn, AsnAcknowledged, AsnRefused, ReceivingAdvised
from shared.contracts.asns import AsnReceived
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.settings import SupplierUpserted
from shared.db.pool import create_pool
from shared.messaging.transaction import reading
from shared.testing.builders import a_close, a_node, a_product, a_scan
from shared.testing.suppliers import a_file, a_purchase_order
from tests.integration.receiving.conftest import Dock
from tests.unit.receiving.formats.edifact import despatch_advices
from tests.unit.receiving.formats.x12 import x12_files

NOTICE = x12_files.a_file(x12_files.a_notice())
BAD = x12_files.a_file(x12_files.a_notice("LIN**SK*TEE-M", "SN1**ten*EA"))
EAST, MILLS = (
    a_node(also_known_as=("EAST", despatch_advices.NODE)),
    SupplierUpserted(supplier_id="mills", version=1, name="Mills", also_known_as=("MILLS-01",)),
)
DESADV_TEST = despatch_advices.despatch("CPS+1", despatch_advices.LIN, despatch_advices.QTY).replace(
    b"+10001'", b"+10001++++++1'", 1
)
KNOWN = (EAST, MILLS, a_product())
REVISION = 20270308080100
ASN = "mills/ASN-1"


async def test_a_file_becomes_inbound_supplies(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order("PO-8"), a_file(NOTICE))
    assert await dock.inbound() == [(1, {"PO-8/1": 10}, None), (2, {ASN: 10}, None)]
    (event,) = await dock.world.bus.told(AsnAcknowledged)
    assert event.asns == (AcknowledgedAsn(asn_id=ASN, revision=REVISION),)
    assert "AK5*A" in event.answer
    (asn,) = await dock.world.bus.told(AsnReceived)
    assert (asn.supplier_id, asn.node, asn.po_number) == ("mills", "ams", "PO-8")


async def test_a_bad_file_is_refused_whole_and_kept(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_file(BAD))
    (event,) = await dock.world.bus.told(AsnRefused)
    assert [(fault.element, fault.value) for fault in event.faults] == [("SN102", "ten")]
    assert "AK5*R" in event.answer
    assert await dock.world.bus.told(AsnReceived) == []
    assert bytes(await dock.world.admin.fetchval("select content from receiving.files")) == BAD


async def test_a_file_for_another_receiver_is_refused(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_IDS", "5400000000999, OTHERS")
    await dock.hears(*KNOWN, a_file(NOTICE))
    (event,) = await dock.world.bus.told(AsnRefused)
    assert [(fault.element, fault.value) for fault in event.faults] == [("ISA08", "FIRSTFILL")]
    monkeypatch.setenv("EDI_IDS", "FIRSTFILL,5400000000999")
    await dock.hears(a_file(NOTICE, "file-2"))
    assert await dock.inbound() == [(1, {ASN: 10}, None)]


async def test_a_node_that_nobody_knows_is_named_with_its_place_and_the_mend(dock: Dock) -> None:
    await dock.hears(a_node(), MILLS, a_product(), a_file(NOTICE))
    (event,) = await dock.world.bus.told(AsnRefused)
    (fault,) = event.faults
    assert (fault.element, fault.value) == ("N104", "EAST")
    assert "NodeUpserted.also_known_as" in fault.reason
    assert "AK5*R" in event.answer

    await dock.hears(a_node(version=2, also_known_as=("EAST",)), a_file(NOTICE, "file-2"))
    assert await dock.inbound() == [(1, {ASN: 10}, None)]


async def test_an_unknown_suppliers_code_is_their_id(dock: Dock) -> None:
    await dock.hears(EAST, a_product(), a_file(NOTICE))
    assert await dock.inbound() == [(1, {"MILLS-01/ASN-1": 10}, None)]


async def test_the_same_file_again_does_nothing(dock: Dock) -> None:
    records = await dock.hears(*KNOWN, a_file(NOTICE), a_file(BAD))
    rows = await dock.rows()
    await dock.world.admin.execute("delete from receiving.inbox")
    await dock.hears_at_once(*records, a_file(NOTICE))
    assert await dock.rows() == rows
    assert len(await dock.world.bus.told(AsnAcknowledged)) == 1
    assert await dock.world.bus.told(AsnRefused) == []


async def test_the_same_content_under_another_id_is_acknowledged_and_announces_nothing(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_file(NOTICE), a_file(NOTICE, "file-2"))
    assert [event.file_id for event in await dock.world.bus.told(AsnAcknowledged)] == ["file-1", "file-2"]
    assert len(await dock.world.bus.told(AsnReceived)) == 1


async def test_a_correction_of_the_same_date_and_time_is_applied(dock: Dock) -> None:
    fewer = x12_files.a_notice("LIN**SK*TEE-M", "SN1**7*EA", bsn="BSN*05*ASN-1*20270308*0801")
    corrected = a_file(x12_files.a_file(fewer), "file-2")
    await dock.hears(*KNOWN, a_file(NOTICE), corrected, a_file(NOTICE, "file-3"))
    assert await dock.inbound() == [(1, {ASN: 10}, None), (2, {ASN: 7}, None)]
    gone = x12_files.a_notice(bsn="BSN*01*ASN-1*20270308*0801")
    await dock.hears(a_file(x12_files.a_file(gone), "file-4"))
    assert (await dock.inbound())[-1] == (3, {}, None)
    answers = {event.file_id: event.asns[0].revision for event in await dock.world.bus.told(AsnAcknowledged)}
    assert answers == {"file-1": REVISION, "file-2": REVISION + 1, "file-3": REVISION, "file-4": REVISION + 2}


async def test_what_the_supplier_could_not_send_is_named_until_a_newer_notice_sends_it(dock: Dock) -> None:
    short = [*x12_files.a_notice(), "HL*5*2*I", "LIN**SK*MUG", "SN1**0*EA**24*EA"]
    await dock.hears(*KNOWN, a_file(x12_files.a_file(short)))
    sent = x12_files.a_notice(bsn="BSN*05*ASN-1*20270308*0901")
    await dock.hears(a_file(x12_files.a_file(sent), "file-2"))
    events = [e for e in await dock.world.bus.told(ExceptionChanged) if e.exception_class == "supplier_back_order"]
    assert [(e.state, e.subject, e.facts["article"], e.facts["units"]) for e in events] == [
        ("open", ASN, "MUG", "24"),
        ("settled", ASN, "MUG", "24"),
    ]


async def test_an_older_notice_is_refused_and_not_acknowledged_and_dropped(dock: Dock) -> None:
    older = x12_files.a_notice("LIN**SK*TEE-M", "SN1**7*EA", bsn="BSN*05*ASN-1*20270307*0801")
    await dock.hears(*KNOWN, a_file(NOTICE), a_file(x12_files.a_file(older), "file-2"))
    (refused,) = await dock.world.bus.told(AsnRefused)
    assert (refused.faults[0].element, "AK5*R" in refused.answer) == ("BSN03", True)
    assert await dock.inbound() == [(1, {ASN: 10}, None)]


@pytest.mark.parametrize(
    ("content", "form", "sign"),
    [
        (NOTICE.replace(b"*0*P*>", b"*0*T*>"), "x12", "*0*T*>"),
        (DESADV_TEST, "edifact", "++++++1'"),
    ],
    ids=["x12", "edifact"],
)
async def test_a_test_is_answered_as_one_and_changes_nothing(dock: Dock, content: bytes, form: str, sign: str) -> None:
    await dock.hears(*KNOWN, a_file(content, format=form), a_file(content, "file-2", format=form))
    events = await dock.world.bus.told(AsnAcknowledged)
    assert [(event.test, event.asns, sign in event.answer) for event in events] == [(True, (), True)] * 2
    assert (await dock.inbound(), await dock.world.bus.told(AsnReceived)) == ([], [])


async def test_a_cancellation_by_file_takes_the_asn_back(dock: Dock) -> None:
    gone = x12_files.a_notice(bsn="BSN*01*ASN-1*20270308*0905")
    await dock.hears(*KNOWN, a_file(NOTICE), a_file(x12_files.a_file(gone), "file-2"))
    assert await dock.inbound() == [(1, {ASN: 10}, None), (2, {}, None)]


async def test_a_json_file_keeps_the_purchase_order_of_each_line(dock: Dock) -> None:
    fields = {
        "asn_id": "asn-1", "revision": 1, "supplier_id": "mills", "node": "ams",
        "eta": {"earliest": "2027-03-09", "latest": "2027-03-10"},
        "cartons": [{"carton_id": "c1", "lines": [{"sku": "TEE-M", "qty": 4, "po_number": "po"}]}],
    }  # fmt: skip
    await dock.hears(*KNOWN, a_purchase_order(), a_file(json.dumps(fields).encode(), format="json"))
    assert (await dock.inbound())[-1] == (2, {"mills/asn-1": 4, "po/1": 6}, None)


async def test_a_supplier_is_advised_in_the_format_of_their_notice(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order("PO-8"), a_file(NOTICE), a_scan(times=7, asn_id=ASN), a_close(ASN))
    await dock.hears(a_scan("gun/2", 2, asn_id=ASN))
    first, second = await dock.world.bus.told(ReceivingAdvised)
    assert (first.version, first.lines[0].short, first.lines[0].owed_on_po) == (1, 3, 3)
    assert (second.version, second.lines[0].short, second.lines[0].owed_on_po) == (2, 1, 1)
    read = x12.read_advice(second.document.encode())
    assert (read.asn_id, read.supplier, read.node, read.version) == ("MILLS-01/ASN-1", "MILLS-01", "EAST", 2)
    assert [(x.sku, x.expected, x.received, x.short) for x in read.lines] == [("TEE-M", 10, 9, 1)]
    assert read.orders == ("PO-8",)
    assert first.document.startswith("ISA*00*          *00*          *ZZ*FIRSTFILL      *ZZ*MILLS          *")
    (answered,) = await dock.world.bus.told(AsnAcknowledged)
    sent = [answered.answer, first.document, second.document]
    assert [document.split("*")[13] for document in sent] == ["000000001", "000000002", "000000003"], "one sequence"


async def test_a_despatch_advice_is_answered_by_a_recadv(dock: Dock) -> None:
    node = a_node(also_known_as=(despatch_advices.NODE,))
    lin = ("CPS+1", "LIN+1++4006381333931:EN", "QTY+12:24:PCE")
    await dock.hears(node, a_product(), a_file(despatch_advices.despatch(*lin), format="edifact"))
    name = f"{despatch_advices.SUPPLIER}/DES1"
    assert await dock.inbound() == [(1, {name: 24}, None)]
    await dock.hears(a_close(name))
    (event,) = await dock.world.bus.told(ReceivingAdvised)
    read = edifact.read_advice(event.document.encode())
    assert [(x.sku, x.gtin, x.expected, x.received, x.short) for x in read.lines] == [
        ("TEE-M", "04006381333931", 24, 0, 24)
    ]
    assert "UNB+UNOC:3+5400000000003:14+5412345000013:14+" in event.document


@pytest.mark.parametrize(("content", "state", "asns"), [(NOTICE, "accepted", (ASN,)), (BAD, "refused", ())])
async def test_a_file_can_be_asked_for(dock: Dock, content: bytes, state: str, asns: tuple[str, ...]) -> None:
    await dock.hears(*KNOWN, a_file(content))
    pool = await create_pool(dock.world.url_of("receiving"), "receiving")
    async with pool, reading(pool, "test") as tx:
        result = await files.file_result(tx, "file-1")
        assert await files.file_result(tx, "file-2") is None
    assert result is not None
    assert (result.state, result.asns, bool(result.faults)) == (state, asns, state == "refused")


async def test_a_damaged_file_that_names_a_sender_of_any_length_is_answered(dock: Dock) -> None:
    long = despatch_advices.despatch("CPS+1").replace(despatch_advices.SUPPLIER.encode(), b"7" * 3000, 1)
    await dock.hears(*KNOWN, a_file(long, format="edifact"))
    (refused,) = await dock.world.bus.told(AsnRefused)
    assert refused.faults
