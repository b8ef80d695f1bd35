"""The API description can be followed: whoever sends and asks what stands in it is answered."""

from typing import Any

from services.gateway.http.reads.owners import OWNED
from services.gateway.http.reads.previews import PREVIEWS
from services.gateway.http.reads.read_models import READS
from services.gateway.http.writes.events import WRITES
from services.gateway.http.writes.files import PATH
from tests.integration.gateway.conftest import Site

OWN = ("/v1/sessions", "/v1/users", "/v1/caller")


async def test_the_documents_examples_are_accepted(site: Site) -> None:
    paths = (await site.get("/v1/openapi.json", {})).json()["paths"]
    key = await site.key("admin")
    bodies = {
        path: next(iter(parsed["post"]["requestBody"]["content"]["application/json"]["examples"].values()))["value"]
        for path, parsed in paths.items()
        if "post" in parsed
        and path not in {PATH, *(of.path for of in PREVIEWS)}
        and not path.startswith((*OWN, "/v1/requests", "/v1/orders/links-revoked"))
    }
    assert set(bodies) == {of.path for of in WRITES}
    answers = {path: (await site.post(path, body, key)).status_code for path, body in bodies.items()}
    assert answers == dict.fromkeys(bodies, 202)


async def test_the_documents_questions_are_answered(site: Site) -> None:
    paths = (await site.get("/v1/openapi.json", {})).json()["paths"]
    key = await site.key("admin")
    for of in READS:
        asked = examples(paths[of.path]["get"])
        assert set(asked) == set(of.query.model_json_schema()["properties"])
        if of.path == "/v1/dock":  # either a day of a node or a truck
            assert (await site.get(of.path, key, asn_id=asked.pop("asn_id"))).status_code == 200
        answer = await site.get(of.path, key, **asked)
        assert (answer.status_code, answer.json()) == (200, {of.rows: []}), of.path
    assert {path for path, parsed in paths.items() if "get" in parsed and not path.startswith(OWN)} == {
        *(of.path for of in (*READS, *OWNED)),
        "/v1/orders/{order_id}/lines/{line_id}/queue",
    }


async def test_a_file_is_sent_as_the_description_says(site: Site) -> None:
    paths = (await site.get("/v1/openapi.json", {})).json()["paths"]
    asked, key = examples(paths[PATH]["post"]), await site.key("asn")
    answer = await site.client.post(PATH, params=asked, content=b"ISA*00*", headers=key)
    assert (answer.status_code, answer.json()["file_id"]) == (202, asked["file_id"])


def examples(of: dict[str, Any]) -> dict[str, Any]:
    """Return the query that the description gives as an example."""
    return {row["name"]: row["example"] for row in of["parameters"] if row["in"] == "query"}
