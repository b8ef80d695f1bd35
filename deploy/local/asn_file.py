"""A supplier's file, handed in, and its outcome shown: `make asn FILE=…`."""

import asyncio
import base64
from datetime import datetime
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.local.places import CannotRun
from services.gateway.domain.files import file_id_of, format_of
from shared.contracts.advices import AsnAcknowledged, AsnRefused
from shared.contracts.asns import LARGEST_FILE, AsnFileReceived
from shared.contracts.topics import TOPIC_OF
from shared.messaging.clients import started
from shared.messaging.wire import announcement

_ANSWERS: Final = TOPIC_OF[AsnRefused].name
_PATIENCE: Final = 30.0
Answer = AsnAcknowledged | AsnRefused


def read_file(path: Path, sender: str, now: datetime) -> AsnFileReceived:
    """Read a file as a fact; the same content from the same sender is the same file for ever, over HTTP too."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotRun(f"FILE={path}: {error.strerror}; name a file, such as FILE=truck.edi") from None
    if not 3 <= len(content) <= LARGEST_FILE:
        raise CannotRun(f"FILE={path} has {len(content):,} bytes; a file has 3 to {LARGEST_FILE:,}")
    kind = format_of(content)
    if kind is None:
        raise CannotRun(
            f"FILE={path} is no file of ASNs: X12 begins with ISA, EDIFACT with UNA or UNB, JSON with {{ or ["
        )
    try:
        return AsnFileReceived(
            file_id=file_id_of(sender, content), sender=sender, name=path.name[:200], format=kind,
            content=base64.b64encode(content).decode(), received_at=now,
        )  # fmt: skip
    except ValidationError:
        raise CannotRun(f"SENDER={sender}: must be 1 to 200 characters without | and control characters") from None


async def hand_in(bootstrap: str, file: AsnFileReceived, now: datetime) -> Answer:
    """Publish the file, and wait for receiving's answer to it, now or when it came the first time."""
    try:
        reader = AIOKafkaConsumer(_ANSWERS, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
        async with started(reader) as consumer:
            async with started(AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:
                topic, key, body, headers = announcement(file, "make-asn", None, now)
                await producer.send_and_wait(topic, body, key=key, headers=list(headers))
            async with asyncio.timeout(_PATIENCE):
                return await _answer(consumer, file.file_id)
    except TimeoutError:
        raise CannotRun(f"no answer within {_PATIENCE:g} s; see the log of receiving") from None
    except (KafkaError, OSError) as error:
        raise CannotRun(f"Kafka at {bootstrap}: {type(error).__name__}; is `make run` still on?") from None


async def _answer(consumer: AIOKafkaConsumer, file_id: str) -> Answer:
    kinds: dict[bytes, type[Answer]] = {b"AsnAcknowledged": AsnAcknowledged, b"AsnRefused": AsnRefused}
    async for record in consumer:
        kind = kinds.get(dict(record.headers).get("ce_type", b""))
        if kind and record.key == file_id.encode():
            return kind.model_validate_json(record.value)
    raise TimeoutError


def show(console: Console, answer: Answer) -> bool:
    """Print the outcome of the file; return whether it was accepted."""
    if answer.test:
        console.print("[bold]a test[/]   answered as one; nothing changes")
    if isinstance(answer, AsnAcknowledged):
        for asn in answer.asns:
            console.print(f"[bold green]taken[/]    {asn.asn_id} revision {asn.revision}")
    else:
        console.print("[bold red]refused whole; nothing of it was taken[/]")
        table = Table("segment", "element", "value", "what is wrong", box=None, pad_edge=False, header_style="bold")
        for fault in answer.faults:
            table.add_row(str(fault.segment or ""), fault.element, fault.value, fault.reason)
        console.print(table)
    if answer.answer:
        console.print("answer to the supplier:", style="dim")
        console.print(answer.answer.strip(), style="dim", markup=False, soft_wrap=True)
    return isinstance(answer, AsnAcknowledged)
