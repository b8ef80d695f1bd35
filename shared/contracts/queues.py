"""queues.v1: how much waits for a position."""

from shared.contracts.fields import Count, Money, PositionFact, Total, Version


class QueueChanged(PositionFact):
    """The lines that wait for one SKU at one node, all together."""

    version: Version
    waiting_lines: Count
    waiting_units: Total
    waiting_value: Money
