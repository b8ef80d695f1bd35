"""Answers to files as they are sent."""

from services.receiving.facts.file_asns import FileReading


def sent(reading: FileReading, number: int = 1) -> str:
    """Return the acknowledgement of a file under a control number; nothing where there is none."""
    return reading.answer.write(number) if reading.answer else ""
