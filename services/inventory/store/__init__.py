"""What inventory keeps in PostgreSQL.

Lock order: products (by a new version of theirs), then positions, each sorted. Whatever is said of a position changes
under its lock.
"""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
