"""The tables of receiving in PostgreSQL.

Lock order: the catalogue, then scans, ASNs, docks (the rows of their nodes) and positions, each sorted. What is counted
of an ASN changes under the ASN's lock, who gets a door under the dock's, a position's inbound under the position's.
"""

from pathlib import Path
from typing import Final

from shared.db.queries import Queries

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))
