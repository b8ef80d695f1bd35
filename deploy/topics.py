"""Topics on a broker, created from the contracts."""

from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from shared.contracts.dead_letters import dead_letter_topics
from shared.contracts.topic import Topic
from shared.contracts.topics import TOPICS


def every_topic() -> tuple[Topic, ...]:
    """Return all topics, and those that take dead letters."""
    return (*TOPICS, *dead_letter_topics())


async def create_topics(
    admin: AIOKafkaAdminClient,
    topics: Iterable[Topic],
    prefix: str = "",
    most_partitions: int | None = None,
    replication: int = 1,
) -> list[str]:
    """Create the topics that are missing and return their names. The partitions of a topic are fixed for ever."""
    wanted = [
        NewTopic(
            prefix + topic.name,
            min(topic.partitions, most_partitions or topic.partitions),
            replication,
            topic_configs=configuration(topic),
        )
        for topic in topics
    ]
    answer = await admin.create_topics(wanted)
    outcomes = {name: for_code(code) for name, code, *_ in answer.topic_errors}
    for name, error in outcomes.items():
        if error.errno and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")
    return [name for name, error in outcomes.items() if not error.errno]


def configuration(topic: Topic) -> dict[str, str]:
    """Return retention and compaction as Kafka's settings."""
    policies = [*(["compact"] if topic.compacted else []), *(["delete"] if topic.keeps else [])]
    keeps = int(topic.keeps.total_seconds() * 1000) if topic.keeps else -1
    return {"cleanup.policy": ",".join(policies), "retention.ms": str(keeps)}
