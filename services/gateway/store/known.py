"""Nodes, merchants, their priorities and their SKUs: what others name must be known."""

import json
from collections.abc import Iterable

from services.gateway.domain.versions import newest_versions
from services.gateway.store import QUERIES
from shared.contracts.fields import Fact
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import MerchantUpserted, NodeUpserted, PolicyUpserted
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Upsert = NodeUpserted | MerchantUpserted | PolicyUpserted | ProductUpserted


async def keep_known(tx: Tx, facts: Iterable[Fact]) -> None:
    """Store the newest version of each; of a bundle also its components, of a policy its priorities."""
    upserts = [fact for fact in facts if isinstance(fact, Upsert)]
    last = newest_versions(upserts, lambda fact: (type(fact), fact.key()), lambda fact: fact.version)
    nodes = [(fact.node, fact.version, fact.zone) for fact in last if isinstance(fact, NodeUpserted)]
    await tx.execute(QUERIES["keep_nodes"], *columns(nodes, 3))
    merchants = [
        (fact.merchant, fact.version, json.dumps(fact.markets)) for fact in last if isinstance(fact, MerchantUpserted)
    ]
    await tx.execute(QUERIES["keep_merchants"], *columns(merchants, 3))
    policies = [
        (fact.merchant, fact.sku or "", fact.version, json.dumps(sorted(fact.head_starts)))
        for fact in last
        if isinstance(fact, PolicyUpserted)
    ]
    await tx.execute(QUERIES["keep_policies"], *columns(policies, 4))
    skus = [
        (fact.sku, fact.version, fact.merchant, json.dumps([component.sku for component in fact.components]))
        for fact in last
        if isinstance(fact, ProductUpserted)
    ]
    await tx.execute(QUERIES["keep_skus"], *columns(skus, 4))
