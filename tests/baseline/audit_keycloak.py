"""What Keycloak logs on an ordinary day."""

from __future__ import annotations

from .audit_identity import PEOPLE, Lines
from .clock import hexed, uuid


class Keycloak(Lines):
    """User events of a realm."""

    def people(self) -> None:
        for person in self.rng.sample(PEOPLE, 3):
            self.login, self.name = person
            if self.rng.random() < 0.3:
                self._event("LOGIN_ERROR", error="invalid_user_credentials", username=self.login)
            session = hexed(self.key, 24)
            self._event("LOGIN", session=session, auth_method="openid-connect", username=self.login)
            self._event("CODE_TO_TOKEN", session=session, grant_type="authorization_code")
            for _ in range(self.rng.randint(1, 4)):
                self._event("REFRESH_TOKEN", session=session, grant_type="refresh_token")
            self._event("LOGOUT", session=session)

    def client_works(self) -> None:
        for _ in range(self.rng.randint(3, 10)):
            self._event(
                "CLIENT_LOGIN",
                client="acme-helper",
                grant_type="client_credentials",
                client_auth_method="client-secret",
                username="service-account-acme-helper",
            )
            self._event(
                "INTROSPECT_TOKEN",
                client="acme-helper",
                token_type="Bearer",  # noqa: S106  # a kind of token, no secret
                client_auth_method="client-secret",
            )
            self.pause(300, 1800)

    def retry(self) -> None:
        """A secret was changed, and the client's copy of it came a minute later."""
        self._event(
            "CLIENT_LOGIN_ERROR",
            client="acme-helper",
            error="invalid_client_credentials",
            grant_type="client_credentials",
        )
        self.client_works()

    def _event(
        self,
        kind: str,
        *,
        client: str = "acme-portal",
        session: str = "",
        error: str = "",
        **details: str,
    ) -> None:
        self.pause()
        user = (
            uuid("keycloak/helper") if client == "acme-helper" else uuid(f"keycloak/{self.login}")
        )
        self.records.append(
            {
                "id": uuid(self.key),
                "time": self.clock.ms,
                "type": kind,
                "realmId": "acme",
                "clientId": client,
                "ipAddress": "203.0.113.40" if client == "acme-helper" else "198.51.100.24",
                **({"error": error} if error else {"userId": user}),
                **({"sessionId": session} if session else {}),
                "details": {
                    **details,
                    **({} if error else {"token_id": f"onrtac:{uuid(self.key + 't')}"}),
                },
            }
        )


KEYCLOAK = ("people", "client_works", "retry")
