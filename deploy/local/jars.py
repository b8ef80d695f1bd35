"""Kafka's jars, downloaded and checked against the sums committed beside this file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import MavenContext

from deploy.local.places import CannotRun

SUMS = Path(__file__).with_name("jars.sha256")


class BadJar(CannotRun):
    """A jar could not be fetched, or is not the one whose sum is committed."""


def fetch_jars(cache: Path, say: Callable[[str], None]) -> list[Path]:
    """Return all jars of `jars.sha256`, from the cache or else downloaded; fetch a damaged one again."""
    sums = read_sums()
    threads = ThreadPoolExecutor(8)
    try:
        sound = list(threads.map(lambda jar: _is_sound(cache / jar, sums[jar]), sums))
        missing = [jar for jar, is_sound in zip(sums, sound, strict=True) if not is_sound]
        if missing:
            say(f"Kafka: downloading {len(missing)} of {len(sums)} jars")
        for number, _ in enumerate(threads.map(lambda jar: _fetch(cache, jar, sums[jar]), missing), start=1):
            if number % 10 == 0 or number == len(missing):
                say(f"Kafka: {number} of {len(missing)} jars are here")
    finally:
        threads.shutdown(cancel_futures=True)
    return [cache / jar for jar in sums]


def read_sums() -> dict[str, str]:
    """Read the SHA-256 by repository path, as `sha256sum` writes it."""
    lines = SUMS.read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, path in (line.split() for line in lines)}


def sha256(jar: Path) -> str:
    """Return the sum as it stands in `jars.sha256`."""
    return hashlib.sha256(jar.read_bytes()).hexdigest()


def _is_sound(jar: Path, digest: str) -> bool:
    return jar.is_file() and sha256(jar) == digest


def _fetch(cache: Path, jar: str, digest: str) -> None:
    """Download beside the cache and move into it only what is right, so that nothing half can be found."""
    *group, artifact, version, _ = jar.split("/")
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as beside:
        try:
            project = MavenContext(repo_cache=Path(beside), timeout=30).project(".".join(group), artifact)
            downloaded = project.at_version(version).artifact(packaging="jar").resolve()
        except (OSError, RuntimeError) as error:
            raise BadJar(f"cannot download {jar}: {error}") from error
        if not _is_sound(downloaded, digest):
            raise BadJar(f"{jar} was downloaded, but its SHA-256 is not the one in {SUMS.name}")
        (cache / jar).parent.mkdir(parents=True, exist_ok=True)
        downloaded.replace(cache / jar)
