"""The block list as others read it: a firewall, OASIS's own TAXII client, and its validators."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from stix2validator import ValidationOptions, validate_string
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

from agentwarrant.respond.block.blocklist import Blocklist
from agentwarrant.respond.block.feed import TAXII, Feed, Reader
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.hooks import server_of

TOKEN, OTHER = "token-of-acme", "token-of-other"  # secrets of this test


@pytest.fixture
def held(tmp_path: Path) -> Blocklist:
    held = Blocklist(tmp_path)
    held.hold("acme", "domain", "bad.example.net", "run-1", 3600)
    held.hold("acme", "address", "203.0.114.0/24", "run-1")
    held.hold("acme", "url", "https://worse.example.net/it's?a=1", "run-1")
    held.hold("other", "domain", "secret.example.net", "run-2")
    return held


@pytest.fixture
def url(held: Blocklist, tmp_path: Path) -> Iterator[str]:
    readers = []
    for token, tenant in ((TOKEN, "acme"), (OTHER, "other")):
        (tmp_path / tenant).write_text(token)
        readers.append(Reader(Secret(f"file:{tenant}", tmp_path), (tenant,)))
    with server_of(Feed(held, readers), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def asked(url: str, token: str = TOKEN, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    given = {"Authorization": f"Bearer {token}", **headers}
    try:
        with urlopen(Request(url, headers=given), timeout=10) as answer:  # noqa: S310  # our own server
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
    except HTTPError as error:
        with error:
            return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


def collection(url: str) -> Collection:
    (root,) = Server(f"{url}/taxii2/", user="any", password=TOKEN).api_roots
    (found,) = root.collections
    assert isinstance(found, Collection)
    return found


# As a firewall reads it -------------------------------------------------------------------


def test_a_list_is_one_entry_a_line(url: str) -> None:
    assert asked(f"{url}/lists/acme/domains.txt")[1] == b"bad.example.net\n"
    assert asked(f"{url}/lists/acme/addresses.txt")[1] == b"203.0.114.0/24\n"
    assert asked(f"{url}/lists/acme/urls.txt")[1] == b"worse.example.net/it's?a=1\n"


def test_basic_with_the_token_as_password_opens_it_too(url: str) -> None:
    basic = base64.b64encode(f"fw:{TOKEN}".encode()).decode()
    status, body, _ = asked(f"{url}/lists/acme/domains.txt", Authorization=f"Basic {basic}")
    assert (status, body) == (200, b"bad.example.net\n")


def test_a_list_that_has_not_changed_is_not_sent_again(url: str, held: Blocklist) -> None:
    where = f"{url}/lists/acme/domains.txt"
    tag = asked(where)[2]["etag"]
    assert asked(where, **{"If-None-Match": tag})[0] == 304
    held.let_go("acme", "domain", "bad.example.net", "run-1")
    assert asked(where, **{"If-None-Match": tag})[:2] == (200, b"")


@pytest.mark.parametrize("token", ["", "wrong", OTHER + "x"])
def test_without_a_token_there_is_nothing(url: str, token: str) -> None:
    assert asked(f"{url}/lists/acme/domains.txt", token)[0] == 401
    assert asked(f"{url}/taxii2/", token)[0] == 401


@pytest.mark.parametrize("header", ["Basic !!!", "Basic /w==", "Digest x", "Bearer", "x" * 5000])
def test_a_header_that_is_none_opens_nothing(url: str, header: str) -> None:
    assert asked(f"{url}/lists/acme/domains.txt", Authorization=header)[0] == 401


def test_another_tenants_list_is_not_there(url: str) -> None:
    assert asked(f"{url}/lists/acme/domains.txt", OTHER)[0] == 404
    assert asked(f"{url}/lists/other/domains.txt", TOKEN)[0] == 404
    assert b"secret" not in asked(f"{url}/taxii2/blocklist/collections/", TOKEN)[1]


@pytest.mark.parametrize(
    "place", ["/", "/lists/acme", "/lists/acme/../other/domains.txt", "/taxii2/x/", "/lists//x"]
)
def test_what_is_not_there_is_not_found(url: str, place: str) -> None:
    assert asked(url + place)[0] == 404


# As a TAXII client reads it ---------------------------------------------------------------


def test_a_taxii_client_finds_its_tenants_collection_and_no_other(url: str) -> None:
    server = Server(f"{url}/taxii2/", user="any", password=TOKEN)
    (root,) = server.api_roots
    assert isinstance(root, ApiRoot)
    assert root.versions == [TAXII]
    assert len(root.collections) == 1


def test_it_reads_the_list_and_what_left_it_as_revoked(url: str, held: Blocklist) -> None:
    found = collection(url)
    objects = found.get_objects()["objects"]
    assert len(objects) == 3
    last = max(one["date_added"] for one in found.get_manifest()["objects"])
    assert found.get_objects(added_after=last) == {}
    held.let_go("acme", "domain", "bad.example.net", "run-1")
    (gone,) = found.get_objects(added_after=last)["objects"]
    assert gone["revoked"] is True
    assert gone["id"] in {one["id"] for one in objects}


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_hold_everything_once(url: str, held: Blocklist, size: int) -> None:
    for number in range(7):
        held.hold("acme", "domain", f"h{number}.example.net", "run-3")
    pages = as_pages(collection(url).get_objects, per_request=size)
    ids = [one["id"] for page in pages for one in page.get("objects", ())]
    assert len(ids) == len(set(ids)) == 10


def test_an_object_is_found_by_its_id(url: str) -> None:
    found = collection(url)
    one = found.get_objects()["objects"][0]
    assert found.get_object(one["id"])["objects"] == [one]
    assert found.get_object("indicator--7c1e9f1e-3f0b-4b0e-8a52-4b7f0a3c9d11") == {}


def test_another_media_type_is_refused(url: str) -> None:
    assert asked(f"{url}/taxii2/", Accept="application/json")[0] == 406


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "added_after=yesterday"])
def test_a_bad_question_is_said_to_be_one(url: str, query: str) -> None:
    where = collection(url).objects_url
    assert asked(f"{where}?{query}", Accept=TAXII)[0] == 400


# What it says -----------------------------------------------------------------------------


def test_the_bundle_passes_the_oasis_validator_and_is_the_same_each_time(url: str) -> None:
    body = asked(f"{url}/lists/acme/stix.json")[1]
    assert body == asked(f"{url}/lists/acme/stix.json")[1]
    result = validate_string(body.decode(), ValidationOptions(strict=True, version="2.1"))
    assert result.is_valid, result
    names: list[Any] = [one["pattern"] for one in json.loads(body)["objects"][1:]]
    assert "[ipv4-addr:value ISSUBSET '203.0.114.0/24']" in names
    assert "acme" not in body.decode()


def test_an_empty_list_is_an_empty_bundle(url: str, held: Blocklist) -> None:
    held.let_go("other", "domain", "secret.example.net", "run-2")
    body = json.loads(asked(f"{url}/lists/other/stix.json", OTHER)[1])
    assert body["objects"] == []
