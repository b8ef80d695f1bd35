"""Every topic as data: who writes it, who reads it, its key and how long it is kept.

Topics are created from this, and AsyncAPI, the flow diagram and consumers' subscriptions are made from it.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Final

from shared.contracts import (
    allocations,
    dock,
    notices,
    orders,
    promises,
    settings,
    shipments,
    stock_requests,
    telling_requests,
    transfers,
)
from shared.contracts.advices import AsnAcknowledged, AsnRefused, ReceivingAdvised
from shared.contracts.asns import AsnCancelled, AsnFileReceived, AsnReceived
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.contacts import ContactGiven
from shared.contracts.counts import CountRecorded, OnHandReported
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.inbound import InboundChanged
from shared.contracts.products import ProductUpserted
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.contracts.queues import QueueChanged
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.returns import ReturnReceived
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.scans import CartonClosed, ScanPlaced, ScanRecorded
from shared.contracts.stock import StockAdjusted
from shared.contracts.topic import Topic

SERVICES: Final = ("receiving", "inventory", "allocation", "notification", "gateway")
PLANNED_SERVICES: Final = ("planning", "fulfilment")


def _days(days: int) -> timedelta:
    return timedelta(days=days)


# fmt: off
TOPICS: Final = (
    Topic(
        "settings.v1", "how the installation works", "kind/id", ("gateway",), SERVICES, None, settings.EVENTS,
        compacted=True,
    ),
    Topic(
        "products.v1", "what can be sold", "sku", ("catalogue", "gateway"), SERVICES, None, (ProductUpserted,),
        compacted=True,
    ),
    Topic(
        "purchase-orders.v1", "what was ordered from suppliers", "po_number", ("ERP", "gateway"), ("receiving",), None,
        (PurchaseOrderUpserted,), compacted=True,
    ),
    Topic(
        "asns.v1", "what suppliers say is on the truck", "asn_id, of a file its sender",
        ("EDI bridge", "gateway", "receiving"), ("receiving",), _days(90),
        (AsnReceived, AsnCancelled, AsnFileReceived),
    ),
    Topic(
        "dock-requests.v1", "what is asked of the dock", "asn_id", ("WMS", "gateway"), ("receiving",), _days(90),
        dock.REQUESTS,
    ),
    Topic(
        "dock.v1", "what happened at the dock", "asn_id", ("receiving",), ("gateway", "planning"), _days(400),
        dock.EVENTS,
    ),
    Topic(
        "advices.v1", "answers to suppliers", "asn_id, of a file its file_id", ("receiving",),
        ("EDI bridge", "gateway"), _days(400), (AsnAcknowledged, AsnRefused, ReceivingAdvised),
    ),
    Topic(
        "scans.v1", "what scanners read", "asn_id, else node", ("scanners", "gateway"), ("receiving",), _days(90),
        (ScanRecorded, CartonClosed, ScanPlaced), ordered=False,
    ),
    Topic(
        "scan-answers.v1", "where a scanned unit goes", "device_id", ("receiving",), ("scanners", "gateway"), _days(1),
        (ScanAnswered,),
    ),
    Topic(
        "inbound.v1", "everything on its way to a position", "sku|node", ("receiving",),
        ("allocation", "gateway", "planning"), None, (InboundChanged,), compacted=True,
    ),
    Topic(
        "receipts.v1", "units accepted at the dock", "sku|node", ("receiving", "WMS"),
        ("inventory", "receiving", "planning"), _days(400), (ReceiptPosted,), ordered=False,
    ),
    Topic(
        "stock-requests.v1", "what the floor asks of stock", "sku|node", ("WMS", "gateway"), ("inventory",),
        _days(400), stock_requests.EVENTS,
    ),
    Topic(
        "transfers.v1", "what goes from one node to another", "transfer_id", ("WMS", "gateway"),
        ("inventory", "receiving"), _days(400), transfers.EVENTS,
    ),
    Topic(
        "counts.v1", "what was counted", "sku|node", ("WMS", "gateway"), ("inventory",), _days(400),
        (CountRecorded, OnHandReported),
    ),
    Topic(
        "returns.v1", "what customers sent back", "order_id", ("WMS", "gateway"), ("inventory",), _days(400),
        (ReturnReceived,),
    ),
    Topic(
        "stock.v1", "every change of what is on hand", "sku|node", ("inventory",),
        ("allocation", "receiving", "gateway", "planning"), _days(400), (StockAdjusted,),
    ),
    Topic(
        "orders.v1", "what the shop sold", "order_id", ("shop", "gateway"), ("allocation", "notification", "gateway"),
        _days(400), orders.EVENTS,
    ),
    Topic(
        "shipments.v1", "what the floor did with released lines", "order_id", ("WMS", "gateway"),
        ("inventory", "allocation", "notification", "gateway"), _days(400), shipments.EVENTS,
    ),
    Topic(
        "contacts.v1", "how to reach a customer", "order_id", ("shop", "gateway"), ("notification",), _days(90),
        (ContactGiven,), compacted=True, tombstones=True, personal=True,
    ),
    Topic(
        "allocations.v1", "which units belong to which line", "order_id", ("allocation",),
        ("notification", "gateway", "WMS", "shop"), _days(400), allocations.EVENTS,
    ),
    Topic(
        "promises.v1", "when a waiting line ships", "order_id", ("allocation",), ("notification", "gateway", "shop"),
        _days(400), promises.EVENTS,
    ),
    Topic(
        "queues.v1", "how much waits for a position", "sku|node", ("allocation",),
        ("receiving", "gateway", "planning"), None, (QueueChanged,), compacted=True,
    ),
    Topic(
        "availability.v1", "what a product page shows", "sku|node, and sku for the roll-up", ("allocation",),
        ("gateway", "storefront"), None, (AvailabilityChanged,), compacted=True,
    ),
    Topic(
        "telling-requests.v1", "whether a large move is told", "cause", ("gateway",), ("notification",), _days(90),
        telling_requests.EVENTS,
    ),
    Topic(
        "notices.v1", "what customers were told", "order_id", ("notification", "shop", "gateway"),
        ("notification", "allocation", "gateway", "shop"), _days(400), notices.EVENTS,
    ),
    Topic(
        "exception-requests.v1", "what a person has dealt with", "exception_id", ("gateway",),
        ("receiving", "inventory", "allocation", "notification"), _days(400), (ExceptionSettleRequested,),
    ),
    Topic(
        "exceptions.v1", "what a person must look at", "exception_id", SERVICES, ("gateway",), None,
        (ExceptionChanged,), compacted=True,
    ),
)
# fmt: on

TOPIC_OF: Final = MappingProxyType({event: topic for topic in TOPICS for event in topic.events})
BY_NAME: Final = MappingProxyType({topic.name: topic for topic in TOPICS})
