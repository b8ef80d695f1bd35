"""The nodes of the running installation."""

from typing import Final

import asyncpg

_NODES: Final = "select node from gateway.nodes order by node"


async def nodes_of(admin_url: str) -> list[str]:
    """Return the nodes that gateway has heard of."""
    admin = await asyncpg.connect(admin_url)
    try:
        return [row["node"] for row in await admin.fetch(_NODES)]
    finally:
        await admin.close()
