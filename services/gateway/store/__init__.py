"""What gateway keeps in PostgreSQL: read models, the keys of callers, and what their requests were answered."""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
