"""The content of each truck of the sample shift, read off its file in the plainest way and without the services."""

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Final

from deploy.local.sample_files import FOLDER, rows

Cartons = dict[str, Counter[str]]
_ETA: Final = {
    "x12": r"DTM\*017\*\*\*\*RD8\*{day(\d+):.*?}-{day(\d+):",
    "desadv": r"DTM\+64:{day(\d+):.*?DTM\+63:{day(\d+):",
}


def file_of(asn: str, revision: int) -> Path:
    """Return the file of a revision, whatever its format."""
    return next(FOLDER.glob(f"{asn.lower()}-revision-{revision}.*"))


@cache
def eta_days(asn: str, revision: int) -> tuple[int, int]:
    """Return the first and last day on which a truck is due, counted from the shift's."""
    file = file_of(asn, revision)
    if file.suffix == ".json":
        first, last = json.loads(file.read_text())["eta_days"]
        return first, last
    ((first, last),) = re.findall(_ETA[file.suffix[1:]], file.read_text(), re.DOTALL)
    return int(first), int(last)


@cache
def cartons(asn: str) -> Cartons:
    """Return the units of each SKU in each carton."""
    file = file_of(asn, 1)
    if file.suffix == ".json":
        return _json(file.read_text())
    segments, between = (
        (file.read_text().split("~"), "*") if file.suffix == ".x12" else (file.read_text().split("'"), "+")
    )
    return _edi([segment.strip().split(between) for segment in segments])


def _json(text: str) -> Cartons:
    per_case = {row["sku"]: int(row["units_per_case"]) for row in rows("products")}
    found: Cartons = defaultdict(Counter)
    for carton in json.loads(text)["cartons"]:
        for line in carton["lines"]:
            found[carton["carton_id"]][line["sku"]] += line["qty"] * (
                per_case[line["sku"]] if line["uom"] == "case" else 1
            )
    return found


def _edi(segments: list[list[str]]) -> Cartons:
    """Read segments: labels stand before what is in their carton, the SKU before its quantity."""
    per_case = {row["sku"]: int(row["units_per_case"]) for row in rows("products")}
    found: Cartons = defaultdict(Counter)
    carton = sku = ""
    for tag, *segment in segments:
        if tag in ("MAN", "GIN"):
            carton = segment[1]
        elif tag == "LIN" and "SK" in segment:
            sku = segment[segment.index("SK") + 1]
        elif tag == "PIA":
            sku = segment[1].removesuffix(":IN")
        elif tag == "SN1":
            found[carton][sku] += int(segment[1]) * (per_case[sku] if segment[2] == "CA" else 1)
        elif tag == "QTY":
            found[carton][sku] += int(segment[0].split(":")[1])
    return found
