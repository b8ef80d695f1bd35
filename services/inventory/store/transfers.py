"""Transfers to other nodes, as they stand."""

import json
from collections.abc import Collection, Iterable

from services.inventory.domain.ledger import LotKey, Node, Sku
from services.inventory.domain.transfers import KeptBack, KnownTransfer, State
from services.inventory.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

TransferRow = tuple[str, State, KeptBack]


async def lock_transfers(tx: Tx, transfer_ids: Collection[str]) -> dict[str, KnownTransfer]:
    """Lock those of these transfers that are known until the transaction ends."""
    rows = await tx.fetch(QUERIES["lock_transfers"], sorted(transfer_ids))
    return {row["transfer_id"]: KnownTransfer(row["state"], _kept(row["kept"])) for row in rows}


def _kept(text: str) -> dict[LotKey, int]:
    return {(Sku(sku), Node(node), lot): units for sku, node, lot, units in json.loads(text)}


async def keep_transfers(tx: Tx, transfers: Iterable[TransferRow]) -> None:
    """Write how transfers stand, and what is kept back for them."""
    rows = [
        (transfer_id, state, json.dumps([[*lot, units] for lot, units in kept.items()]))
        for transfer_id, state, kept in transfers
    ]
    if rows:
        await tx.execute(QUERIES["keep_transfers"], *columns(rows, 3))
