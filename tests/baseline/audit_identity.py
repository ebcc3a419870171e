"""What Okta and Entra log on an ordinary day."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from .clock import Clock, hexed, uuid

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CLIENT = "python-httpx/0.28.1"
OKTA_APP, OKTA_AGENT = "0oa7helper0APP00001d7", "wlp7helper0AGENT001d7"
ENTRA_APP, ENTRA_PRINCIPAL = (
    "a9910000-0000-4000-8000-00000000a9d0",
    "5e2f1ce0-0000-4000-8000-00000000c0de",
)
ENTRA_KEY = "7f3a91bc-0000-4000-8000-00000000ce11"
TENANT = "7d1e0a11-0000-4000-8000-0000000acce0"
PEOPLE = (
    ("dana", "Dana Osei"),
    ("sam", "Sam Ortiz"),
    ("erin", "Erin Walsh"),
    ("frank", "Frank Nolte"),
)


class Lines:
    """One day's piece of one log, written record by record."""

    def __init__(self, rng: random.Random, clock: Clock, number: int) -> None:
        self.rng, self.clock, self.number = rng, clock, number
        self.records: list[dict[str, Any]] = []
        self.login, self.name = rng.choice(PEOPLE)

    @property
    def key(self) -> str:
        return f"{type(self).__name__}/{self.number}/{len(self.records)}"

    def pause(self, low: float = 2, high: float = 240) -> None:
        self.clock.pass_by(self.rng.uniform(low, high))

    def write(self, folder: Path) -> None:
        text = "".join(json.dumps(record) + "\n" for record in self.records)
        (folder / "log.jsonl").write_text(text, encoding="utf-8")


class Okta(Lines):
    """Events of Okta's System Log."""

    def morning(self) -> None:
        """People sign in, one of them mistypes first."""
        for person in self.rng.sample(PEOPLE, 3):
            self.login, self.name = person
            if self.rng.random() < 0.3:
                self._event(
                    "user.session.start", "User login to Okta", reason="INVALID_CREDENTIALS"
                )
            self._event("user.authentication.auth_via_mfa", "Authentication of user via MFA")
            self._event("user.session.start", "User login to Okta")
            self._event(
                "user.authentication.sso",
                "User single sign on to app",
                target=[("0oa2wiki0000000001d7", "AppInstance", "Wiki")],
            )

    def app_works(self) -> None:
        """The assistant's app takes a token now and then, and reads users."""
        for _ in range(self.rng.randint(3, 9)):
            self._event(
                "app.oauth2.token.grant.access_token", "OIDC access token is granted", app=True
            )
            self.pause(600, 3600)

    def agent_works(self) -> None:
        """The same, as Okta's own kind of AI agent."""
        for _ in range(self.rng.randint(2, 6)):
            self._event(
                "app.oauth2.token.grant.access_token",
                "OIDC access token is granted",
                app=True,
                agent=True,
            )
            self.pause(900, 3000)

    def helpdesk(self) -> None:
        """A person of the help desk unlocks accounts and resets factors, in the browser."""
        for login, name in self.rng.sample(PEOPLE, 2):
            target = [(f"00u1{login}00USER0001d7", "User", name)]
            self._event("user.account.reset_password", "Reset password", target=target)
            self._event("user.mfa.factor.reset_all", "Reset all factors", target=target)

    def leaver(self) -> None:
        """Somebody leaves, and is suspended."""
        self._event(
            "user.lifecycle.suspend",
            "Suspend Okta user",
            target=[("00u9leaver000USER01d7", "User", "Max Leaver")],
        )

    def _event(
        self,
        kind: str,
        said: str,
        *,
        reason: str = "",
        app: bool = False,
        agent: bool = False,
        target: list[tuple[str, str, str]] | None = None,
    ) -> None:
        self.pause()
        actor = {
            "id": f"00u1{self.login}00USER0001d7",
            "type": "User",
            "displayName": self.name,
            "alternateId": f"{self.login}@acme.example",
            "detailEntry": None,
        }
        if app:
            actor = {
                "id": OKTA_APP,
                "type": "PublicClientApp",
                "alternateId": OKTA_APP,
                "displayName": "acme-helper",
                "detailEntry": None,
            }
        if agent:
            actor = {**actor, "id": OKTA_AGENT, "type": "AIAgent", "alternateId": "unknown"}
        address = "203.0.113.40" if app else "198.51.100.24"
        place = {"city": "Dublin" if app else "Lisbon", "country": "Ireland" if app else "Portugal"}
        debug = {
            "requestUri": "/oauth2/v1/token" if app else "/idp/idx/identify",
            "threatSuspected": "false",
        }
        if app:
            debug |= {
                "clientAuthType": "private_key_jwt",
                "grantedScopes": "okta.users.read",
                "requestedScopes": "okta.users.read",
                "grantType": "client_credentials",
            }
        named = [
            {"id": i, "type": k, "alternateId": n, "displayName": n, "detailEntry": None}
            for i, k, n in target or ()
        ]
        self.records.append(
            {
                "actor": actor,
                "displayMessage": said,
                "eventType": kind,
                "severity": "INFO",
                "version": "0",
                "client": {
                    "userAgent": {"rawUserAgent": CLIENT if app else BROWSER, "os": "Linux"},
                    "ipAddress": address,
                    "geographicalContext": place,
                    "id": OKTA_APP if agent else None,
                },
                "authenticationContext": {
                    "externalSessionId": "unknown" if app else f"102{self.login}"
                },
                "outcome": {"result": "FAILURE" if reason else "SUCCESS", "reason": reason or None},
                "published": self.clock.text,
                "debugContext": {"debugData": debug},
                "legacyEventType": None,
                "securityContext": {"asNumber": 64500, "isProxy": False},
                "uuid": uuid(self.key),
                "transaction": {"type": "WEB", "id": hexed(self.key, 16), "detail": {}},
                "request": {"ipChain": [{"ip": address, "version": "V4"}]},
                "target": named or None,
            }
        )


class Entra(Lines):
    """Sign-ins and audits of Microsoft Entra, in Azure Monitor's envelope."""

    def morning(self) -> None:
        for person in self.rng.sample(PEOPLE, 3):
            self.login, self.name = person
            self._signin(app=False, wrong=self.rng.random() < 0.3)
            self._signin(app=False)

    def app_works(self) -> None:
        for _ in range(self.rng.randint(4, 12)):
            self._signin(app=True)
            self.pause(300, 3600)

    def hourly(self) -> None:
        """A job signs in every hour through the night."""
        for _ in range(8):
            self._signin(app=True)
            self.clock.pass_by(3590)

    def groups(self) -> None:
        for login, name in self.rng.sample(PEOPLE, 2):
            self._audit("Add member to group", "GroupManagement", login, name)

    def profile(self) -> None:
        self._audit("Update user", "UserManagement", self.login, self.name)
        self._audit("Reset user password", "UserManagement", self.login, self.name)

    def _signin(self, *, app: bool, wrong: bool = False) -> None:
        self.pause()
        address = "203.0.113.40" if app else "198.51.100.31"
        body = {
            "id": uuid(self.key),
            "createdDateTime": self.clock.text,
            "ipAddress": address,
            "appId": ENTRA_APP if app else "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
            "appDisplayName": "acme-helper" if app else "Azure Portal",
            "userAgent": None if app else BROWSER,
            "userDisplayName": None if app else self.name,
            "userId": "" if app else uuid(f"entra/{self.login}"),
            "userPrincipalName": None if app else f"{self.login}@acme.example",
            "isInteractive": not app,
            "clientCredentialType": "clientSecret" if app else "none",
            "correlationId": uuid(self.key + "c"),
            "riskState": "none",
            "riskLevelDuringSignIn": "none",
            "resourceDisplayName": "Microsoft Graph",
            "resourceId": "00000003-0000-0000-c000-000000000000",
            "resourceTenantId": TENANT,
            "homeTenantId": TENANT,
            "servicePrincipalName": "acme-helper" if app else None,
            "servicePrincipalId": ENTRA_PRINCIPAL if app else "",
            "servicePrincipalCredentialKeyId": ENTRA_KEY if app else None,
            "status": {"errorCode": 50126 if wrong else 0},
            "conditionalAccessStatus": "success",
            "agent": {"agentType": "notAgentic", "agentSubjectType": "notAgentic"},
        }
        category = "ServicePrincipalSignInLogs" if app else "SignInLogs"
        self._envelope(category, "Sign-in activity", body, "50126" if wrong else "0")

    def _audit(self, what: str, category: str, login: str, name: str) -> None:
        self.pause()
        body: dict[str, Any] = {
            "id": f"Directory_{uuid(self.key)}",
            "category": category,
            "correlationId": uuid(self.key + "c"),
            "result": "success",
            "resultReason": "",
            "activityDisplayName": what,
            "operationType": "Update",
            "activityDateTime": self.clock.text,
            "loggedByService": "Core Directory",
            "userAgent": None,
            "initiatedBy": {
                "app": None,
                "user": {
                    "id": uuid("entra/dana"),
                    "userPrincipalName": "dana@acme.example",
                    "displayName": None,
                    "ipAddress": "198.51.100.24",
                    "roles": [],
                    "agentType": "notAgentic",
                },
            },
            "targetResources": [
                {
                    "id": uuid(f"entra/{login}"),
                    "displayName": name,
                    "type": "User",
                    "userPrincipalName": f"{login}@acme.example",
                    "modifiedProperties": [],
                }
            ],
            "additionalDetails": [],
        }
        self._envelope("AuditLogs", what, body, "")

    def _envelope(self, category: str, operation: str, body: dict[str, Any], result: str) -> None:
        self.records.append(
            {
                "time": self.clock.text,
                "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
                "operationName": operation,
                "category": category,
                "tenantId": TENANT,
                "resultType": result,
                "correlationId": body["correlationId"],
                "Level": 4,
                "properties": body,
            }
        )


OKTA = ("morning", "app_works", "agent_works", "helpdesk", "leaver")
ENTRA = ("morning", "app_works", "hourly", "groups", "profile")
