"""AWS CloudTrail: calls of AWS APIs, as S3, EventBridge or ``lookup-events`` deliver them.

References:
    - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    - https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    - https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/understanding-gateway-cloudtrail-log-entries.html
    - https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, InputFile
from agentwarrant.records import mapping

from . import calls
from .identity import ACCOUNT, FEDERATED, JWT, KEY, ROLE, ROOT, SERVICE, USER, WORKLOAD
from .record import likeness, unwrapped

_LOOKED_AT = 8


class AwsCloudTrail(Connector):
    """The audit log of an AWS account.

    Access key ids stand in events as this installation's keyed marks, the same as in redacted
    text: a key can be followed from where it is made to where it is used. A role's ARN is the one
    of the session's issuer; where only the assumed role is named, and for roles and users that a
    call of IAM names, its path is not known and left out.
    """

    name = "aws_cloudtrail"
    title = "AWS CloudTrail"
    identities = (
        IdentityKind(WORKLOAD, "AgentCore workload identity, by ARN"),
        IdentityKind(ROLE, "IAM role, by ARN: arn:aws:iam::111122223333:role/acme-helper"),
        IdentityKind(USER, "IAM user, by ARN"),
        IdentityKind(ROOT, "root user of an account, by ARN"),
        IdentityKind(KEY, "access key, by the mark of its id", credential=True),
        IdentityKind(FEDERATED, "federated user, as provider:application:user"),
        IdentityKind(JWT, "caller with a JSON web token, as issuer#subject"),
        IdentityKind(SERVICE, "AWS service: cloudformation.amazonaws.com"),
        IdentityKind(ACCOUNT, "another AWS account, where nothing nearer is known"),
    )

    def recognise(self, file: InputFile) -> int:
        sure = 0
        for record in file.head[:_LOOKED_AT]:
            for number, single in enumerate(unwrapped(record)):
                sure = max(sure, likeness(single))
                if sure or number >= _LOOKED_AT:
                    break
        return sure

    def read(self, file: InputFile) -> Iterator[Raw]:
        for line, record in file.records():
            for single in unwrapped(record):
                if isinstance(single, dict):
                    yield Raw(single, str(file.path), line)
                else:
                    file.bury(DeadLetter(str(file.path), line, "a record that is no object"))

    def normalize(self, raw: Raw) -> Iterator[Event]:
        try:
            for single in unwrapped(raw.record):
                yield from calls.events(self, raw, mapping(single))
        except (ValueError, OverflowError, RecursionError) as error:
            raise BadRecord(str(error)) from error
