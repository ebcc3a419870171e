"""Bedrock AgentCore, as far as botocore's service models say what it takes and gives.

There is no server that has these calls. What arrives is taken apart by the service model and held
to it, and so is each answer, with botocore's own validator; what the calls do is written here after
AWS's documentation. Signatures are not checked. It answers ``sts:GetCallerIdentity`` too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from .base import Answer, Call, Simulator, route

ACCOUNT = "111122223333"
RUNTIME = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:runtime/acme_helper-AbCdEf1234"
WORKLOAD = (
    f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}"
    ":workload-identity-directory/default/workload-identity/acme-helper"
)
_WHO = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
    "<GetCallerIdentityResult><UserId>AIDAEXAMPLE</UserId>"
    f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/agentwarrant</Arn>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
_ERRORS = {403: "AccessDeniedException", 404: "ResourceNotFoundException"}
_WHEN = "2026-11-01T08:00:00Z"


def fresh() -> dict[str, Any]:
    """Return an account with one runtime, its workload identity and two providers."""
    return {
        "sessions": {},
        "stops": {},
        "policies": {},
        "workloads": {"acme-helper": WORKLOAD},
        "ApiKey": ["acme-crm"],
        "Oauth2": ["acme-drive"],
    }


class AgentCore(Simulator):
    """``state["sessions"]``: by id, whether it runs; ``stops``: client tokens that were seen."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        super().__init__(state or fresh())
        import boto3

        session = boto3.session.Session("a", "b", region_name="us-east-1")
        make: Any = session.client
        names = ("bedrock-agentcore", "bedrock-agentcore-control")
        self._models = [make(name).meta.service_model for name in names]

    @route("POST /", reads=True)
    def who(self, call: Call) -> Answer:
        return Answer(200, _WHO, {"Content-Type": "text/xml"})

    @route("POST /runtimes/", reads=True)
    def runtimes(self, call: Call) -> Answer:
        row = {
            "agentRuntimeArn": RUNTIME,
            "agentRuntimeId": RUNTIME.rpartition("/")[2],
            "agentRuntimeVersion": "1",
            "agentRuntimeName": "acme_helper",
            "description": "Helps",
            "lastUpdatedAt": _WHEN,
            "status": "READY",
        }
        return self.given("ListAgentRuntimes", call, {}, {"agentRuntimes": [row]})

    @route("GET /runtimes/{}/")
    def runtime(self, call: Call, runtime: str) -> Answer:
        if runtime != RUNTIME.rpartition("/")[2]:
            return self.given("GetAgentRuntime", call, {"agentRuntimeId": runtime}, 404)
        body = {
            "agentRuntimeArn": RUNTIME,
            "agentRuntimeName": "acme_helper",
            "agentRuntimeId": runtime,
            "agentRuntimeVersion": "1",
            "createdAt": _WHEN,
            "lastUpdatedAt": _WHEN,
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/acme-helper",
            "networkConfiguration": {"networkMode": "PUBLIC"},
            "status": "READY",
            "lifecycleConfiguration": {},
            "workloadIdentityDetails": {"workloadIdentityArn": WORKLOAD},
        }
        return self.given("GetAgentRuntime", call, {"agentRuntimeId": runtime}, body)

    @route("POST /runtimes/{}/invocations")
    def invoke(self, call: Call, arn: str) -> Answer:
        """What whoever may calls: it begins the session that it names."""
        if any(one.get("Effect") == "Deny" for one in self._statements(arn)):
            return refused(403)
        session = call.headers["x-amzn-bedrock-agentcore-runtime-session-id"]
        self.state["sessions"][session] = True
        return Answer(200, {"said": "done"})

    @route("POST /runtimes/{}/stopruntimesession")
    def stop(self, call: Call, arn: str) -> Answer:
        session = call.headers.get("x-amzn-bedrock-agentcore-runtime-session-id", "")
        sent = {"agentRuntimeArn": arn, "runtimeSessionId": session, **(call.body or {})}
        token = sent.get("clientToken", "")
        if not self.state["sessions"].get(session) and token not in self.state["stops"]:
            return self.given("StopRuntimeSession", call, sent, 404)
        self.state["sessions"][session] = False
        self.state["stops"][token] = session
        return self.given("StopRuntimeSession", call, sent, {"runtimeSessionId": session})

    @route("GET /resourcepolicy/{}")
    def policy(self, call: Call, arn: str) -> Answer:
        found = self.state["policies"].get(arn)
        body: Any = {"policy": found} if found else 404
        return self.given("GetResourcePolicy", call, {"resourceArn": arn}, body)

    @route("PUT /resourcepolicy/{}")
    def put_policy(self, call: Call, arn: str) -> Answer:
        sent = {"resourceArn": arn, **call.body}
        self.state["policies"][arn] = sent["policy"]
        return self.given("PutResourcePolicy", call, sent, {"policy": sent["policy"]}, 201)

    @route("DELETE /resourcepolicy/{}")
    def delete_policy(self, call: Call, arn: str) -> Answer:
        had = self.state["policies"].pop(arn, None)
        body: Any = {} if had else 404
        return self.given("DeleteResourcePolicy", call, {"resourceArn": arn}, body, 204)

    @route("POST /identities/GetWorkloadIdentity", reads=True)
    def workload(self, call: Call) -> Answer:
        arn = self.state["workloads"].get(call.body.get("name"))
        body = {
            "name": call.body.get("name"),
            "workloadIdentityArn": arn,
            "createdTime": 1_790_000_000.0,
            "lastUpdatedTime": 1_790_000_000.0,
        }
        return self.given("GetWorkloadIdentity", call, call.body, body if arn else 404)

    @route("POST /identities/DeleteWorkloadIdentity")
    def delete_workload(self, call: Call) -> Answer:
        had = self.state["workloads"].pop(call.body.get("name"), None)
        return self.given("DeleteWorkloadIdentity", call, call.body, {} if had else 404, 204)

    @route("POST /identities/GetApiKeyCredentialProvider", reads=True)
    def api_key(self, call: Call) -> Answer:
        return self._provider(call, "ApiKey", "apikey", {"apiKeySecretArn": {"secretArn": _ARN}})

    @route("POST /identities/GetOauth2CredentialProvider", reads=True)
    def oauth2(self, call: Call) -> Answer:
        more = {
            "clientSecretArn": {"secretArn": _ARN},
            "credentialProviderVendor": "GoogleOauth2",
            "oauth2ProviderConfigOutput": {
                "googleOauth2ProviderConfig": {
                    "oauthDiscovery": {"discoveryUrl": "https://a.example"}
                }
            },
        }
        return self._provider(call, "Oauth2", "oauth2", more)

    @route("POST /identities/DeleteApiKeyCredentialProvider")
    def delete_api_key(self, call: Call) -> Answer:
        return self._deleted(call, "ApiKey")

    @route("POST /identities/DeleteOauth2CredentialProvider")
    def delete_oauth2(self, call: Call) -> Answer:
        return self._deleted(call, "Oauth2")

    def _provider(self, call: Call, kind: str, word: str, more: Mapping[str, Any]) -> Answer:
        name = call.body.get("name")
        vault = f"arn:aws:acps:us-east-1:{ACCOUNT}:token-vault/default"
        body = {
            "name": name,
            "credentialProviderArn": f"{vault}/{word}credentialprovider/{name}",
            "createdTime": 1_790_000_000.0,
            "lastUpdatedTime": 1_790_000_000.0,
            **more,
        }
        found = name in self.state[kind]
        return self.given(f"Get{kind}CredentialProvider", call, call.body, body if found else 404)

    def _deleted(self, call: Call, kind: str) -> Answer:
        name = call.body.get("name")
        had = name in self.state[kind]
        self.state[kind] = [one for one in self.state[kind] if one != name]
        body: Any = {} if had else 404
        return self.given(f"Delete{kind}CredentialProvider", call, call.body, body, 204)

    def _statements(self, arn: str) -> list[Any]:
        found = self.state["policies"].get(unquote(arn))
        return list(json.loads(found)["Statement"]) if found else []

    def given(
        self,
        operation: str,
        call: Call,
        sent: Mapping[str, Any],
        body: Mapping[str, Any] | int,
        status: int = 200,
    ) -> Answer:
        """Hold a request and its answer to the service model, and return the answer."""
        (model,) = (m for m in self._models if operation in m.operation_names)
        shapes = model.operation_model(operation)
        faults = list(_faults(sent, shapes.input_shape))
        if not isinstance(body, int):
            # what the line of HTTP says is part of the answer as botocore sees it
            whole = {**body, **_of_the_status_line(shapes.output_shape, status)}
            faults += _faults(whole, shapes.output_shape)
        self.violations += [f"{call}: {operation}: {fault}" for fault in faults]
        return refused(body) if isinstance(body, int) else Answer(status, body)


_ARN = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:x-AbCdEf"


def _of_the_status_line(shape: Any, status: int) -> dict[str, int]:
    members = shape.members if shape is not None else {}
    found = [n for n, one in members.items() if one.serialization.get("location") == "statusCode"]
    return dict.fromkeys(found, status)


def _faults(value: Mapping[str, Any], shape: Any) -> Iterator[str]:
    """Yield what the service model has against a value: its validator leaves patterns out."""
    from botocore.validate import ParamValidator

    if shape is None:
        return
    report = ParamValidator().validate(dict(value), shape)
    if report.has_errors():
        yield report.generate_report()
    for name, one in shape.members.items():
        pattern = one.metadata.get("pattern")
        if pattern and name in value and not re.fullmatch(pattern, str(value[name])):
            yield f"{name} is not of the form {pattern}"


def refused(status: int) -> Answer:
    """Return an error as AWS's JSON services say it."""
    name = _ERRORS[status]
    return Answer(status, {"message": "no"}, {"x-amzn-ErrorType": name})
