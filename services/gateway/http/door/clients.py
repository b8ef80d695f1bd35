"""Clients of other services, each request over a connection of its own: a kept one may have died with its server."""

from functools import cache

import httpx

# Certificates are read once per process, not per client.
_trusted = cache(httpx.create_ssl_context)


def client_within(seconds: float) -> httpx.AsyncClient:
    """Return a client that waits so long for an answer, follows no redirect and takes no proxy from the environment."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=seconds, limits=limits, trust_env=False, follow_redirects=False, verify=_trusted())
