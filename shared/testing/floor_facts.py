"""Facts of the floor for tests: requests about stock, counts, reports, returns and shorts."""

from typing import Any

from shared.contracts.counts import CountRecorded, OnHandReported, ReportedLot
from shared.contracts.fields import DateRange
from shared.contracts.returns import ReturnedLine, ReturnReceived
from shared.contracts.settings import PolicyUpserted
from shared.contracts.shipments import PickShorted
from shared.contracts.stock_requests import (
    HoldRequested,
    LotCorrectionRequested,
    StatusChangeRequested,
    UnholdRequested,
)
from shared.contracts.transfers import (
    RequestedUnits,
    SentCarton,
    SentUnits,
    TransferRequested,
    TransferShipped,
    TransferWithdrawn,
)
from shared.testing.builders import MONDAY, a_day

_ASKED: dict[str, Any] = {"sku": "TEE-M", "node": "ams", "requested_by": "joris", "requested_at": MONDAY}


def a_hold(request_id: str = "hold-1", units: int | None = 1, **fields: Any) -> HoldRequested:
    """Return a request to hold sellable units of TEE-M."""
    return HoldRequested(**{**_ASKED, "request_id": request_id, "units": units, **fields})


def an_unhold(request_id: str = "unhold-1", units: int | None = 1, **fields: Any) -> UnholdRequested:
    """Return a request to unhold units of TEE-M."""
    return UnholdRequested(**{**_ASKED, "request_id": request_id, "units": units, **fields})


def a_status_change(
    before: str, after: str, request_id: str = "change-1", units: int | None = 1, **fields: Any
) -> StatusChangeRequested:
    """Return a request for another status of units of TEE-M."""
    return StatusChangeRequested(
        **{**_ASKED, "request_id": request_id, "units": units, "before": before, "after": after, **fields}
    )


def a_lot_correction(request_id: str = "typo-1", units: int | None = None, **fields: Any) -> LotCorrectionRequested:
    """Return a request to correct the lot or expiry of units of TEE-M."""
    return LotCorrectionRequested(**{**_ASKED, "request_id": request_id, "units": units, **fields})


def a_count(count_id: str = "count-1", units: int = 10, **fields: Any) -> CountRecorded:
    """Return a blind count of the sellable TEE-M without a lot."""
    return CountRecorded(
        **{
            "sku": "TEE-M",
            "node": "ams",
            "count_id": count_id,
            "kind": "blind",
            "units": units,
            "counted_at": MONDAY,
            "counted_by": "joris",
            **fields,
        }
    )


def a_recount(count_id: str = "count-2", units: int = 10, **fields: Any) -> CountRecorded:
    """Return a recount of the sellable TEE-M without a lot."""
    return a_count(count_id, units, **{"kind": "recount", **fields})


def a_nightly(report_id: str = "night-1", *lots: ReportedLot, **fields: Any) -> OnHandReported:
    """Return everything that the floor holds of TEE-M, after the day's work."""
    return OnHandReported(
        **{
            "sku": "TEE-M",
            "node": "ams",
            "report_id": report_id,
            "kind": "nightly",
            "as_of": MONDAY,
            "lots": lots,
            **fields,
        }
    )


def a_return(return_id: str = "ret-1", *lines: ReturnedLine, **fields: Any) -> ReturnReceived:
    """Return a parcel with one TEE-M that came back, or with the lines given."""
    return ReturnReceived(
        **{
            "order_id": "o1",
            "return_id": return_id,
            "lines": lines or (ReturnedLine(line_id="1", sku="TEE-M", node="ams", units=1),),
            "received_at": MONDAY,
            **fields,
        }
    )


def a_short(short_id: str = "pick-1", units: int = 1, **fields: Any) -> PickShorted:
    """Return units of TEE-M that a picker did not find for line 1 of o1."""
    return PickShorted(
        **{
            "order_id": "o1",
            "short_id": short_id,
            "line_id": "1",
            "sku": "TEE-M",
            "node": "ams",
            "units": units,
            "shorted_at": MONDAY,
            **fields,
        }
    )


def a_policy(count_percent: int, sku: str | None = None, **fields: Any) -> PolicyUpserted:
    """Return a policy on how many percent counts of acme's units may differ."""
    return PolicyUpserted(**{"merchant": "acme", "version": 1, "sku": sku, "count_percent": count_percent, **fields})


def a_transfer(transfer_id: str = "tr-1", units: int = 4, lot: str | None = None, **fields: Any) -> TransferRequested:
    """Return a request to send TEE-M from ams to ber."""
    return TransferRequested(
        **{
            "transfer_id": transfer_id,
            "origin": "ams",
            "destination": "ber",
            "lines": (RequestedUnits(sku="TEE-M", lot=lot, units=units),),
            "requested_by": "joris",
            "requested_at": MONDAY,
            **fields,
        }
    )


def a_sent_transfer(
    transfer_id: str = "tr-1", units: int = 4, sku: str = "TEE-M", due: tuple[int, int] = (9, 10), **fields: Any
) -> TransferShipped:
    """Return units that left ams for ber, due there between two days of March."""
    return TransferShipped(
        **{
            "transfer_id": transfer_id,
            "origin": "ams",
            "destination": "ber",
            "shipped_at": MONDAY,
            "eta": DateRange(earliest=a_day(due[0]), latest=a_day(due[1])),
            "cartons": (SentCarton(carton_id="c1", lines=(SentUnits(sku=sku, units=units),)),),
            **fields,
        }
    )


def a_withdrawal(transfer_id: str = "tr-1", **fields: Any) -> TransferWithdrawn:
    """Return that a transfer is not sent."""
    return TransferWithdrawn(**{"transfer_id": transfer_id, "withdrawn_by": "joris", "withdrawn_at": MONDAY, **fields})
