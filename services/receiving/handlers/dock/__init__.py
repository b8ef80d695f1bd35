"""Handlers that keep doors for trucks, close trucks, and advise suppliers of what came."""
