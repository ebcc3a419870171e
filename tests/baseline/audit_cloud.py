"""What code hosting and a cloud log on an ordinary day."""

from __future__ import annotations

from typing import Any

from .audit_identity import BROWSER, CLIENT, Lines
from .clock import hexed, uuid

ROLE = "arn:aws:iam::111122223333:role/acme-helper"
BOTO = "Boto3/1.42.9 md/Botocore#1.42.9 ua/2.1 os/linux#6.8.0 lang/python#3.12.7"


class GitHub(Lines):
    """The audit log stream of an organization."""

    def app_opens_pulls(self) -> None:
        for number in range(self.rng.randint(2, 5)):
            repo = self.rng.choice(("acme/billing", "acme/storefront", "acme/infra"))
            self._event("git.clone", app=True, repo=repo, transport_protocol_name="http")
            self._event("git.push", app=True, repo=repo, transport_protocol_name="http")
            self._event(
                "pull_request.create",
                app=True,
                repo=repo,
                operation_type="create",
                pull_request_id=990000 + self.number * 10 + number,
                pull_request_title=self.rng.choice(
                    ("Retry the call", "Sort imports", "Fix a typo")
                ),
            )

    def people_merge(self) -> None:
        for _ in range(self.rng.randint(2, 6)):
            self._event(
                "pull_request.merge",
                repo="acme/billing",
                operation_type="modify",
                pull_request_id=990000 + self.rng.randint(1, 900),
            )
            self._event(
                "workflows.created_workflow_run",
                repo="acme/billing",
                operation_type="create",
                name="ci",
                head_branch="main",
                event="push",
            )

    def new_member(self) -> None:
        self._event(
            "repo.add_member",
            repo="acme/docs-site",
            operation_type="create",
            permission="write",
            user="mira-acme",
            user_id=1009,
            visibility="private",
        )

    def clones(self) -> None:
        """A build farm's morning: many clones by the app."""
        for _ in range(self.rng.randint(10, 30)):
            self._event(
                "git.clone",
                app=True,
                repo="acme/billing",
                transport_protocol_name="http",
                quick=True,
            )

    def api(self) -> None:
        for number in range(self.rng.randint(4, 12)):
            self._event(
                "api.request",
                app=True,
                repo="acme/billing",
                request_method="GET",
                status_code=200,
                route="/repositories/:repository_id/issues",
                rate_limit_remaining=4900 - number,
                url_path="/repositories/55001/issues",
                query_string="state=open",
            )

    def _event(self, action: str, *, app: bool = False, quick: bool = False, **more: Any) -> None:
        self.pause(0.5 if quick else 5, 4 if quick else 400)
        by = "acme-helper[bot]" if app else f"{self.login}-acme"
        made = {
            "@timestamp": self.clock.ms,
            "_document_id": hexed(self.key, 22),
            "action": action,
            "actor": by,
            "created_at": self.clock.ms,
            "org": "acme",
            "org_id": 6400101,
            "business": "acme-corp",
            "request_id": hexed(self.key + "r", 20),
            "actor_ip": "203.0.113.40" if app else "198.51.100.24",
            "actor_id": 190421100 if app else 1001,
            "actor_location": {"country_code": "IE" if app else "PT"},
            "actor_is_bot": app,
            "actor_is_agent": False,
            "public_repo": False,
            "repo_id": 55001,
            "user_agent": CLIENT if app else BROWSER,
            **more,
        }
        if app:
            made |= {
                "integration": "acme-helper",
                "integration_id": 904211,
                "token_id": 88001 + self.number,
                "hashed_token": hexed(f"token/{self.number}", 43) + "=",
                "programmatic_access_type": "GitHub App server-to-server token",
            }
        self.records.append(made)


class CloudTrail(Lines):
    """Calls of AWS, as EventBridge delivers them."""

    def models(self) -> None:
        for _ in range(self.rng.randint(5, 25)):
            self._call(
                "bedrock", "Converse", {"modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}
            )

    def transfer(self) -> None:
        """A large copy, object by object."""
        for number in range(self.rng.randint(40, 90)):
            key = f"orders/2026-10/part-{number:04d}.parquet"
            self._call(
                "s3", "GetObject", {"bucketName": "acme-lake", "key": key}, quick=True, data=True
            )
            self._call(
                "s3",
                "PutObject",
                {"bucketName": "acme-archive", "key": key},
                quick=True,
                data=True,
                read=False,
            )

    def own_secret(self) -> None:
        self._call("sts", "GetCallerIdentity", None)
        self._call("secretsmanager", "GetSecretValue", {"secretId": "acme-helper/smtp"})
        self._call("ses", "SendEmail", {"source": "helper@acme.example"}, read=False)

    def inventory(self) -> None:
        for name in (
            "DescribeInstances",
            "DescribeVolumes",
            "DescribeSecurityGroups",
            "DescribeSubnets",
        ):
            self._call("ec2", name, {})
        self._call(
            "ec2",
            "CreateTags",
            {"resourcesSet": {"items": [{"resourceId": "i-0aaaabbbbccccdddd"}]}},
            read=False,
        )

    def person(self) -> None:
        self._call("signin", "ConsoleLogin", None, person=True)
        for name in ("DescribeInstances", "DescribeAlarms", "ListBuckets"):
            self._call("ec2" if name[0] == "D" else "s3", name, {}, person=True)

    def deploy(self) -> None:
        for name in ("acme-refund", "acme-report"):
            self._call("lambda", "UpdateFunctionCode20150331v2", {"functionName": name}, read=False)
            self._call("lambda", "Invoke", {"functionName": name}, read=False)

    def _call(
        self,
        service: str,
        name: str,
        given: dict[str, Any] | None,
        *,
        read: bool = True,
        data: bool = False,
        quick: bool = False,
        person: bool = False,
    ) -> None:
        self.pause(0.02 if quick else 2, 0.5 if quick else 120)
        role = {
            "type": "AssumedRole",
            "principalId": "AROAACMEHELP1EXAMPLE:helper",
            "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/acme-helper/helper",
            "accessKeyId": f"ASIA{hexed(f'key/{self.number}', 16).upper()}",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAACMEHELP1EXAMPLE",
                    "arn": ROLE,
                    "accountId": "111122223333",
                    "userName": "acme-helper",
                },
                "attributes": {"mfaAuthenticated": "false"},
            },
        }
        user = {
            "type": "IAMUser",
            "principalId": "AIDAACMEALICEEXAMPLE",
            "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice",
            "userName": "alice",
        }
        detail = {
            "eventVersion": "1.11",
            "userIdentity": user if person else role,
            "eventTime": self.clock.text[:19] + "Z",
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "198.51.100.9" if person else "203.0.113.24",
            "userAgent": BROWSER if person else BOTO,
            "requestParameters": given,
            "requestID": uuid(self.key + "r"),
            "responseElements": {"ConsoleLogin": "Success"} if name == "ConsoleLogin" else None,
            "eventID": uuid(self.key),
            "readOnly": read,
            "eventType": "AwsApiCall",
            "managementEvent": not data,
            "recipientAccountId": "111122223333",
            "eventCategory": "Data" if data else "Management",
        }
        self.records.append(
            {
                "version": "0",
                "id": uuid(self.key + "e"),
                "detail-type": "AWS API Call via CloudTrail",
                "source": f"aws.{service}",
                "account": "111122223333",
                "time": detail["eventTime"],
                "region": "eu-west-1",
                "resources": [],
                "detail": detail,
            }
        )


GITHUB = ("app_opens_pulls", "people_merge", "new_member", "clones", "api")
CLOUDTRAIL = ("models", "transfer", "own_secret", "inventory", "person", "deploy")
