"""The tables of inventory in PostgreSQL.

Lock order: products (by a new version of theirs), then positions, each sorted. Everything about a position changes
under its lock.
"""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
