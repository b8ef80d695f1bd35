"""The preparation of servers that run already: topics on Kafka, schemas and roles in PostgreSQL. Safe to run again.

    KAFKA_BOOTSTRAP_SERVERS=… DATABASE_URL=… ROLE_PASSWORD=… python -m deploy.prepare

DATABASE_URL is an owner's, who may create roles. Every service's role gets ROLE_PASSWORD, or its own from
ROLE_PASSWORD_<SERVICE>, ROLE_PASSWORD_CHECKER.
"""

import asyncio
import os
import sys

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings

from deploy.databases import prepare_database
from deploy.topics import create_topics, every_topic
from shared.contracts.topics import SERVICES
from shared.db.migrations import CHECKER, MigrationFailed, role_of
from shared.messaging.clients import started


class Settings(BaseSettings):
    """The addresses of the servers, and how large topics are made."""

    kafka_bootstrap_servers: str = Field(min_length=1)
    database_url: str = Field(min_length=1)
    role_password: str = Field(min_length=8)
    most_partitions: int = Field(default=24, ge=1)
    replication: int = Field(default=1, ge=1)


async def prepare(settings: Settings) -> None:
    """Create what is missing and print what was done."""
    await prepare_database(settings.database_url, _passwords(settings))
    print(f"schemas are up to date: {', '.join(SERVICES)}")
    async with started(AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)) as admin:
        new = await create_topics(
            admin, every_topic(), most_partitions=settings.most_partitions, replication=settings.replication
        )
    print(f"{len(new)} topics created, {len(every_topic()) - len(new)} were there")


def _passwords(settings: Settings) -> dict[str, str]:
    own = {
        role: f"ROLE_PASSWORD_{role.removeprefix('firstfill_').upper()}" for role in (CHECKER, *map(role_of, SERVICES))
    }
    return {role: os.environ.get(variable, settings.role_password) for role, variable in own.items()}


def main() -> None:
    """Prepare the servers; end with one clear line when something is missing or refuses."""
    try:
        asyncio.run(prepare(Settings()))
    except ValidationError as error:
        problems = (f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
        sys.exit(f"set in the environment: {'; '.join(problems)}")
    except (KafkaError, MigrationFailed, asyncpg.PostgresError, OSError) as error:
        sys.exit(f"not prepared: {error}")


if __name__ == "__main__":
    main()
