"""The tables of gateway in PostgreSQL: read models, keys of callers, and answers to their requests."""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
