"""The journal of a device, on its own disk before anything is sent: a dead battery or network loses nothing."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.contracts.fields import Fact
from shared.contracts.scans import ScanRecorded
from shared.contracts.story import EVENTS


@dataclass(slots=True)
class Journal:
    """The facts of one device in order, and how many of them the broker has."""

    folder: Path
    facts: list[Fact]
    sent: int

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal with what was recorded before, by whichever process."""
        folder.mkdir(parents=True, exist_ok=True)
        path, sent = folder / "said.jsonl", folder / "sent"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text and not text.endswith("\n"):
            with path.open("a", encoding="utf-8") as file:
                file.write("\n")
        lines = text.splitlines()
        return cls(folder, list(_facts(lines)), int(sent.read_text()) if sent.exists() else 0)

    @property
    def scans(self) -> int:
        """Return how many scans the device has counted."""
        return sum(isinstance(fact, ScanRecorded) for fact in self.facts)

    def void_of(self, scan_id: str) -> str | None:
        """Return which scan this one takes back, if it takes back any."""
        scans = (fact for fact in reversed(self.facts) if isinstance(fact, ScanRecorded))
        return next((scan.void_of for scan in scans if scan.scan_id == scan_id), None)

    def add(self, fact: Fact) -> None:
        """Keep a fact; once this returns it survives the machine."""
        line = json.dumps({"type": type(fact).__name__, "body": fact.model_dump(mode="json", exclude_none=True)})
        with (self.folder / "said.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.facts.append(fact)

    def unsent(self) -> list[Fact]:
        """Return what the broker does not have yet, oldest first."""
        return self.facts[self.sent :]

    def has_sent(self, more: int) -> None:
        """Note that the broker has this many more."""
        self.sent += more
        beside = self.folder / "sent.new"
        beside.write_text(str(self.sent))
        beside.replace(self.folder / "sent")


def _facts(lines: list[str]) -> Iterator[Fact]:
    """Return the facts of whole lines; a line that was cut off by a dying machine was never shown as accepted."""
    for line in lines:
        try:
            parsed = json.loads(line)
        except ValueError:
            continue
        yield EVENTS[parsed["type"]].model_validate(parsed["body"])
