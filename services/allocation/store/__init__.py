"""The tables of allocation in PostgreSQL."""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
