"""What hosts log on an ordinary day."""

from __future__ import annotations

from typing import Any

from .audit_identity import Lines
from .clock import hexed, uuid


class Hosts(Lines):
    """Processes, connections and logins of hosts, as Elastic's agents write them."""

    def developer(self) -> None:
        for command in (
            "git status",
            "make test",
            "python3 -m pytest -q",
            "docker ps",
            "ls -la",
            "npm run build",
        ):
            self._process("ws-dana", "dana", command)

    def apt(self) -> None:
        for command in (
            "apt-get update",
            "apt-get -y upgrade",
            "systemctl restart nginx",
            "needrestart -b",
        ):
            self._process(f"web-{self.number % 20:02d}", "root", command)

    def cron(self) -> None:
        for _ in range(6):
            self._process("db-01", "backup", "restic -r /backup/db-01 backup /srv/data")
            self.clock.pass_by(3600)

    def browsing(self) -> None:
        for number in range(self.rng.randint(8, 25)):
            self._connection("ws-erin", "erin", "firefox", f"www{number % 5}.news.example")

    def helper(self) -> None:
        """The sanctioned assistant's own program, on the host that its warrant names."""
        self._process("agents-01", "helper", "/opt/helper/bin/python /opt/helper/main.py")
        for _ in range(self.rng.randint(2, 8)):
            self._connection("agents-01", "helper", "python", "graph.microsoft.example")

    def ssh(self) -> None:
        for outcome in ("failure", "success") if self.rng.random() < 0.4 else ("success",):
            self._event(
                "build-07",
                "dana",
                "sshd",
                {
                    "event": {
                        "action": "ssh_login",
                        "category": ["authentication", "session"],
                        "type": ["start"],
                        "outcome": outcome,
                        "kind": "event",
                        "module": "system",
                        "dataset": "system.auth",
                    },
                    "source": {"ip": "10.20.0.17", "port": 52211},
                },
            )

    def _process(self, host: str, user: str, command: str) -> None:
        args = command.split()
        name = args[0].rpartition("/")[2]
        self._event(
            host,
            user,
            name,
            {
                "event": {
                    "action": "exec",
                    "category": ["process"],
                    "type": ["start"],
                    "kind": "event",
                    "module": "endpoint",
                    "dataset": "endpoint.events.process",
                    "id": hexed(self.key, 12),
                },
                "process": {
                    "pid": 4000 + len(self.records),
                    "name": name,
                    "executable": f"/usr/bin/{name}",
                    "command_line": command,
                    "args": args,
                    "entity_id": hexed(self.key + "p", 10),
                    "parent": {"pid": 1, "name": "systemd"},
                },
            },
        )

    def _connection(self, host: str, user: str, name: str, domain: str) -> None:
        self._event(
            host,
            user,
            name,
            {
                "event": {
                    "action": "connection_attempted",
                    "category": ["network"],
                    "type": ["start"],
                    "kind": "event",
                    "module": "endpoint",
                    "dataset": "endpoint.events.network",
                    "id": hexed(self.key, 12),
                },
                "destination": {
                    "address": "203.0.113.7",
                    "ip": "203.0.113.7",
                    "port": 443,
                    "domain": domain,
                },
                "source": {"ip": "10.20.0.31", "port": 50000 + len(self.records)},
                "network": {"transport": "tcp", "direction": "egress"},
            },
        )

    def _event(self, host: str, user: str, process: str, more: dict[str, Any]) -> None:
        self.pause(0.5, 90)
        self.records.append(
            {
                "@timestamp": self.clock.text,
                "agent": {"type": "endpoint", "id": uuid(f"shipper/{host}")},
                "ecs": {"version": "8.10.0"},
                "host": {
                    "name": host,
                    "hostname": host,
                    "id": hexed(host, 16),
                    "os": {"type": "linux"},
                },
                "user": {"name": user, "id": "1000"},
                "process": {"name": process, "pid": 900},
                **more,
            }
        )


HOSTS = ("developer", "apt", "cron", "browsing", "helper", "ssh")
