"""Dead-letter topics, where each service keeps what it could not handle."""

from datetime import timedelta

from shared.contracts.topic import Topic
from shared.contracts.topics import SERVICES, TOPICS


def dead_letter_topics() -> tuple[Topic, ...]:
    """Return one topic for each service and each topic that it reads; of personal data seven days and no body."""
    return tuple(
        Topic(
            topic.dead_letters_of(service),
            f"what {service} could not handle of {topic.name}",
            topic.key,
            (service,),
            ("operators",),
            timedelta(days=7 if topic.personal else 400),
            partitions=1,
        )
        for topic in TOPICS
        for service in SERVICES
        if service in topic.read_by
    )
