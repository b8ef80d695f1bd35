"""A device forgets nothing when it dies."""

from datetime import UTC, datetime
from pathlib import Path

from deploy.scanner.journal import Journal
from shared.contracts.dock import CloseRequested
from shared.testing.builders import a_scan

CLOSE = CloseRequested(asn_id="asn-1", requested_at=datetime(2027, 3, 11, 9, tzinfo=UTC))


def test_a_journal_knows_what_was_recorded_and_sent_after_a_restart(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    for fact in (a_scan("gun/1"), a_scan("gun/2"), CLOSE):
        journal.add(fact)
    journal.has_sent(1)
    again = Journal.open(tmp_path)
    assert again.unsent() == [a_scan("gun/2"), CLOSE]
    assert again.scans == 2


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.add(a_scan("gun/1"))
    with (tmp_path / "said.jsonl").open("a") as file:
        file.write('{"type": "ScanRec')
    again = Journal.open(tmp_path)
    again.add(a_scan("gun/2"))
    assert [fact.model_dump()["scan_id"] for fact in Journal.open(tmp_path).unsent()] == ["gun/1", "gun/2"]
