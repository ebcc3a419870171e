"""``agentwarrant alerts`` as an operator runs it, against a real Elasticsearch.

Kibana does not run here: a stand-in of its two routes answers as Kibana's API documentation says,
and keeps what it was asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.e2e
pytest.importorskip("elasticsearch", reason="the extra elastic is not installed")

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "kibana_alert.json").read_text())
COMMAND = (sys.executable, "-m", "agentwarrant", "alerts")
KEYWORDS = ("uuid", "workflow_status", "building_block_type", "rule.tags")


class Kibana(BaseHTTPRequestHandler):
    asked: list[tuple[str, dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.path, json.loads(body)))
        said = json.dumps({"updated": 1, "failures": [], "version_conflicts": 0}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class Place:
    """A space with two alerts of one conversation, its configuration and its Kibana."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder, self.space = folder, f"s{uuid.uuid4().hex[:10]}"
        self.asked: list[tuple[str, dict[str, Any]]] = []
        handler = type("Handler", (Kibana,), {"asked": self.asked})
        self.kibana = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.kibana.serve_forever, args=(0.02,), daemon=True).start()
        self.http = httpx.Client(base_url=url, timeout=60)
        config = {
            "state": "state",
            "targets": {
                "here": {
                    "kind": "elastic",
                    "url": url,
                    "kibana": f"http://127.0.0.1:{self.kibana.server_port}",
                }
            },
            "tenants": {"acme": {"space": self.space}},
        }
        (folder / "agentwarrant.yml").write_text(json.dumps(config))
        self.index = f".internal.alerts-security.alerts-{self.space}-000001"
        mapped = {f"kibana.alert.{name}": {"type": "keyword"} for name in KEYWORDS}
        body = {
            "mappings": {
                "dynamic": False,
                "properties": {"@timestamp": {"type": "date"}, **mapped},
            },
            "aliases": {f".alerts-security.alerts-{self.space}": {}},
        }
        self.http.put(f"/{self.index}", json=body).raise_for_status()
        for number in (1, 2):
            self.add(f"{number:064x}")

    def add(self, identity: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        alert = {**SAMPLE, "kibana.alert.uuid": identity, "@timestamp": now}
        path = f"/{self.index}/_doc/{identity}?refresh=true"
        self.http.put(path, json=alert).raise_for_status()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def findings(self) -> list[dict[str, Any]]:
        lines = (self.folder / "findings.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def place(elasticsearch_url: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(elasticsearch_url, tmp_path)
    yield made
    made.http.delete(f"/{made.index}")
    made.http.close()
    made.kibana.shutdown()
    made.kibana.server_close()


TAKE = ("take", "--out", "findings.jsonl", "--acknowledge")


def test_alerts_become_findings_of_one_case_and_are_told_so(place: Place) -> None:
    done = place.run(*TAKE, "--mode", "enforce", "--link", "https://console.example/{case}")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "acme: 2 new alerts" in done.stderr
    first, second = place.findings()
    assert first["warrant.case.id"] == second["warrant.case.id"]
    assert second["warrant.risk.score"] > first["warrant.risk.score"]
    (tagged, tags), (path, body) = place.asked
    assert tagged == f"/s/{place.space}/api/detection_engine/signals/tags"
    assert f"https://console.example/{first['warrant.case.id']}" in tags["tags"]["tags_to_add"]
    assert path == f"/s/{place.space}/api/detection_engine/signals/status"
    assert body["status"] == "acknowledged"


def test_in_observe_mode_kibana_is_asked_nothing(place: Place) -> None:
    done = place.run(*TAKE)
    assert done.returncode == 0, done.stderr
    assert "would be told to acknowledge" in done.stderr
    assert len(place.findings()) == 2
    assert place.asked == []


def test_the_next_run_takes_only_what_is_new_and_knows_the_case(place: Place) -> None:
    place.run(*TAKE)
    place.add(f"{3:064x}")
    done = place.run(*TAKE)
    assert "acme: 1 new alerts" in done.stderr
    cases = {one["warrant.case.id"] for one in place.findings()}
    assert len(place.findings()) == 3
    assert len(cases) == 1


def test_a_closed_case_closes_its_alerts(place: Place) -> None:
    place.run(*TAKE)
    case = place.findings()[0]["warrant.case.id"]
    done = place.run("close", case, "--findings", "findings.jsonl", "--mode", "enforce")
    assert done.returncode == 0, done.stderr
    ((_, body),) = place.asked
    assert body["status"] == "closed"
    assert set(body["signal_ids"]) == {f"{number:064x}" for number in (1, 2)}
    gone = place.run("close", "no-such-case", "--findings", "findings.jsonl")
    assert gone.returncode == 2


def test_a_webhook_takes_what_it_names_and_polling_the_rest(place: Place) -> None:
    listen = ("listen", "--secret", "env:HOOK", "--port", "0", "--out", "findings.jsonl")
    process = subprocess.Popen(
        [*COMMAND, *listen],
        cwd=place.folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOOK": "a secret of this test"},
    )
    try:
        assert process.stderr is not None
        address = process.stderr.readline().split(" at ")[1].strip()
        body = {"alerts": f"{1:064x} "}
        bearer = {"authorization": "Bearer a secret of this test"}
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.post(f"/{place.space}", json=body).status_code == 401
            assert client.post("/elsewhere", json=body, headers=bearer).status_code == 404
            taken = client.post(f"/{place.space}", json=body, headers=bearer)
            again = client.post("/", json=body, headers=bearer)
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert (taken.json(), again.json()) == ({"taken": 1}, {"taken": 0})
    place.run("take", "--out", "findings.jsonl")
    assert sorted(one["labels.alert_id"] for one in place.findings()) == [
        f"{number:064x}" for number in (1, 2)
    ]
