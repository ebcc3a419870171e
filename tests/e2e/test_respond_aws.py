"""An agent of AWS really can no longer act, and can again: moto checks its keys and policies.

The responder has an IAM user of its own that may do what the actions say they need, and no more;
the server checks everybody from the first test on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.base import connection_to
from tests.vendor_cycle import cycle

from agentwarrant.errors import Guarded, Refused, Unreachable
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.execution.undo import release
from agentwarrant.respond.execution.worker import Worker
from agentwarrant.respond.guard.guards import Guards
from agentwarrant.respond.ledger.ledger import Ledger
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.planning.planner import plan_run
from agentwarrant.respond.planning.playbook import playbooks
from agentwarrant.respond.planning.replanning import replanner
from agentwarrant.respond.settings import Mode, Policy, Settings
from agentwarrant.respond.vendor import actions
from agentwarrant.warrant.registry import Registry

from .aws_server import Cloud, aws_server

pytest.importorskip("boto3")
pytestmark = pytest.mark.e2e

USER, ROLE = "acme-helper", "acme-helper-role"


def allow(*names: str) -> str:
    statement = {"Effect": "Allow", "Action": list(names), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        ],
    }
)
NEEDED = sorted(
    {need for one in actions().values() if one.vendor == "aws" for need in one.required_permissions}
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with aws_server(tmp_path_factory.mktemp("aws")) as cloud:
        iam = cloud.client("iam")
        iam.create_user(UserName="agentwarrant")
        iam.put_user_policy(
            UserName="agentwarrant", PolicyName="may", PolicyDocument=allow(*NEEDED)
        )
        yield cloud


@pytest.fixture(scope="module")
def responder(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Connection:
    cloud.enforce(False)
    key = cloud.client("iam").create_access_key(UserName="agentwarrant")["AccessKey"]
    secrets = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    folder = tmp_path_factory.mktemp("secrets")
    made: Connection = connection_to(cloud.url, "aws", folder, secrets)
    return made


class Agent:
    """The agent: an IAM user with a key, and a role that it has a session of."""

    def __init__(self, cloud: Cloud) -> None:
        iam = cloud.client("iam")
        may = allow("iam:ListUsers", "s3:ListAllMyBuckets", "sts:AssumeRole")
        self.user = iam.create_user(UserName=USER)["User"]["Arn"]
        iam.put_user_policy(UserName=USER, PolicyName="work", PolicyDocument=may)
        made = iam.create_access_key(UserName=USER)["AccessKey"]
        self.key = made["AccessKeyId"]
        self._cloud, self._secret = cloud, made["SecretAccessKey"]
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=TRUST, Path="/agents/")
        iam.put_role_policy(RoleName=ROLE, PolicyName="work", PolicyDocument=may)
        self.role = role["Role"]["Arn"]

    def by_key(self) -> str:
        return said(self._cloud.client("iam", self.key, self._secret).list_users)

    def assume(self) -> Callable[[], str]:
        """Begin a session and return what an act in it is answered."""
        asked = {"RoleArn": self.role, "RoleSessionName": "acme-helper-session"}
        given = self._cloud.client("sts", self.key, self._secret).assume_role(**asked)
        own = given["Credentials"]
        parts = (own["AccessKeyId"], own["SecretAccessKey"], own["SessionToken"])
        return lambda: said(self._cloud.client("iam", *parts).list_users)


def said(call: Callable[[], Any]) -> str:
    """Return AWS's name of the error of a call, ``ok`` when it worked."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


@pytest.fixture
def agent(cloud: Cloud) -> Iterator[Agent]:
    cloud.enforce(False)
    agent = Agent(cloud)
    cloud.enforce(True)
    yield agent
    cloud.enforce(False)
    clear(cloud)


def clear(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    for key in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName=USER)["PolicyNames"]:
        iam.delete_user_policy(UserName=USER, PolicyName=name)
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    iam.delete_user(UserName=USER)
    iam.delete_role(RoleName=ROLE)


def target(*accounts: str) -> Target:
    return Target("acme-helper", accounts=accounts, tenant="acme")


def test_a_key_that_is_off_is_refused_and_works_again_when_it_is_on(
    responder: Connection, agent: Agent
) -> None:
    with cycle("aws.disable_access_key", responder) as run:
        (step,) = run.plan(target(f"aws.user:{agent.user}")).steps
        assert agent.by_key() == "ok"
        assert run.contain(step)
        assert agent.by_key() == "InvalidClientTokenId"
        assert run.contain(step), "off already is off"
        assert run.plan(target(f"aws.user:{agent.user}")).steps == ()
        assert run.release(step)
        assert agent.by_key() == "ok"


def test_a_key_by_its_id_is_found_at_its_user_and_a_mark_alone_is_not(
    responder: Connection, agent: Agent
) -> None:
    with cycle("aws.disable_access_key", responder) as run:
        plan = run.plan(target(f"aws.access_key:{agent.key}", "aws.access_key:" + "0a" * 16))
        assert [step.request.params["UserName"] for step in plan.steps] == [USER]
        assert "A log names a key by its mark alone: name the user in a warrant" in plan.notes
        nobody = run.plan(target("aws.access_key:AKIAIOSFODNN7NOBODY0"))
        assert nobody.steps == ()
        assert "Left out: AWS knows no user with a key that the case names" in nobody.notes


def test_a_deleted_key_is_refused_for_good(responder: Connection, agent: Agent) -> None:
    with cycle("aws.delete_access_key", responder) as run:
        (step,) = run.plan(target(f"aws.user:{agent.user}")).steps
        assert step.undo == ()
        assert run.contain(step)
        assert agent.by_key() == "InvalidClientTokenId"
        assert run.contain(step), "AWS refuses the second one: gone is gone"


def test_a_user_in_quarantine_is_denied_and_its_role_is_not(
    responder: Connection, agent: Agent
) -> None:
    session = agent.assume()
    with cycle("aws.quarantine_user", responder) as run:
        (step,) = run.plan(target(f"aws.user:{agent.user}")).steps
        assert run.contain(step)
        assert agent.by_key() == "AccessDenied"
        assert session() == "ok", "what the note says: a role that was assumed works on"
        assert run.release(step)
        assert agent.by_key() == "ok"


def test_a_role_in_quarantine_is_denied_in_sessions_old_and_new(
    responder: Connection, agent: Agent
) -> None:
    session = agent.assume()
    with cycle("aws.quarantine_role", responder) as run:
        (step,) = run.plan(target(f"aws.role:{agent.role}")).steps
        assert session() == "ok"
        assert run.contain(step)
        assert (session(), agent.assume()()) == ("AccessDenied", "AccessDenied")
        assert run.release(step)
        assert session() == "ok"


def test_revoked_sessions_are_dead_and_stay_dead_and_new_ones_are_not(
    responder: Connection, agent: Agent
) -> None:
    old = agent.assume()
    with cycle("aws.revoke_role_sessions", responder) as run:
        (step,) = run.plan(target(f"aws.role:{agent.role}")).steps
        assert old() == "ok"
        assert run.contain(step)
        assert old() == "AccessDenied"
        time.sleep(2.1)  # what is revoked is told by the second: it has to be over
        assert agent.assume()() == "ok"
        assert old() == "AccessDenied"
        assert step.undo == (), "a release would bring stolen sessions back to life"


def test_sessions_of_a_user_are_revoked_by_a_policy_of_the_user(
    responder: Connection, agent: Agent
) -> None:
    with cycle("aws.revoke_user_sessions", responder) as run:
        (step,) = run.plan(target(f"aws.user:{agent.user}")).steps
        assert run.contain(step)
        assert step.undo == ()


def test_an_earlier_revocation_of_a_person_is_kept(
    cloud: Cloud, responder: Connection, agent: Agent
) -> None:
    earlier = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Action": ["*"],
                "Resource": ["*"],
                "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}},
            }
        ],
    }
    named = {"RoleName": ROLE, "PolicyName": "AWSRevokeOlderSessions"}
    cloud.enforce(False)
    cloud.client("iam").put_role_policy(**named, PolicyDocument=json.dumps(earlier))
    cloud.enforce(True)
    old = agent.assume()
    with cycle("aws.revoke_role_sessions", responder) as run:
        for _ in range(2):  # a second one takes the place of our first, not of theirs
            (step,) = run.plan(target(f"aws.role:{agent.role}")).steps
            assert run.contain(step)
            assert old() == "AccessDenied"
            found = shown(cloud, named)["Statement"]
            assert found[0] == earlier["Statement"][0]
            assert len(found) == 2
            time.sleep(1.1)  # the later revocation has to have a later second


def shown(cloud: Cloud, named: dict[str, str]) -> Any:
    cloud.enforce(False)
    found = cloud.client("iam").get_role_policy(**named)["PolicyDocument"]
    cloud.enforce(True)
    return found


def test_a_session_of_the_role_names_the_role_with_its_path(
    responder: Connection, agent: Agent
) -> None:
    account = agent.role.split(":")[4]
    session = f"arn:aws:sts::{account}:assumed-role/{ROLE}/acme-helper-session"
    with cycle("aws.quarantine_role", responder) as run:
        (step,) = run.plan(target(f"aws.role:{session}")).steps
        assert step.point == f"aws.role:{agent.role}"


@pytest.mark.parametrize("action", ["aws.quarantine_role", "aws.revoke_role_sessions"])
def test_a_role_that_two_workloads_use_is_guarded_unless_the_connection_allows_it(
    cloud: Cloud, responder: Connection, agent: Agent, action: str
) -> None:
    cloud.enforce(False)  # checking, moto refuses every call of Lambda and AgentCore
    core = cloud.client("bedrock-agentcore-control")
    made = [
        core.create_agent_runtime(
            agentRuntimeName=name,
            roleArn=agent.role,
            networkConfiguration={"networkMode": "PUBLIC"},
            agentRuntimeArtifact={
                "containerConfiguration": {
                    "containerUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"
                }
            },
        )["agentRuntimeId"]
        for name in ("helper", "clerk")
    ]
    allowing = {**responder.options, "shared_roles": True}
    try:
        with (
            cycle(action, responder) as run,
            pytest.raises(Guarded, match="used by 2 workloads: 'AgentCore runtime"),
        ):
            run.plan(target(f"aws.role:{agent.role}"))
        allowed = Connection(
            "test-aws", "aws", responder.url, responder.secrets, allowing, folder=responder.folder
        )
        with cycle(action, allowed) as run:
            assert len(run.plan(target(f"aws.role:{agent.role}")).steps) == 1
    finally:
        for runtime in made:
            core.delete_agent_runtime(agentRuntimeId=runtime)


def test_what_could_not_be_read_of_a_roles_users_is_said(
    responder: Connection, agent: Agent
) -> None:
    with cycle("aws.quarantine_role", responder) as run:
        notes = run.plan(target(f"aws.role:{agent.role}")).notes
        assert (
            "Not read (lambda.ListFunctions, 403): who else uses a role is not fully known" in notes
        )


def test_a_workload_loses_its_tokens_and_its_role_keeps_the_rest(
    responder: Connection, agent: Agent
) -> None:
    account = agent.role.split(":")[4]
    workload = (
        f"arn:aws:bedrock-agentcore:us-east-1:{account}"
        ":workload-identity-directory/default/workload-identity/acme-helper"
    )
    session = agent.assume()
    with cycle("aws.deny_agentcore_tokens", responder) as run:
        named = target(f"aws.agentcore_workload:{workload}", f"aws.role:{agent.role}")
        (step,) = run.plan(named).steps
        assert run.contain(step)
        assert session() == "ok"
        assert run.release(step)


def test_one_run_stops_the_agent_and_its_release_revives_no_old_session(
    responder: Connection, agent: Agent, tmp_path: Path
) -> None:
    old = agent.assume()
    own = Settings(tmp_path, connections={"test-aws": responder}, usual=Policy(mode=Mode.AUTO))
    guards = Guards(own, Registry())
    (playbook,) = (one for one in playbooks() if one.name == "quarantine-agent")
    # without the user: moto takes a condition in a user's policy for none
    whom = target(f"aws.role:{agent.role}")
    facts = {"severity": "high", "first_event": "2026-11-29T10:00:00Z"}
    plan = plan_run(playbook, whom, cases=["c1"], facts=facts, settings=own, guards=guards)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'respond.db'}", b"key")
    try:
        run = ledger.enter(plan, actor="kim")
        Worker(ledger, own, guards, replan=replanner(own)).work(until_idle=True)
        assert ledger.run(run).state is RunState.CONTAINED, ledger.run(run).reason
        assert (agent.assume()(), old()) == ("AccessDenied", "AccessDenied")
        release(ledger, run, actor="kim")
        Worker(ledger, own, guards, replan=replanner(own)).work(until_idle=True)
        assert ledger.run(run).state is RunState.RELEASED, ledger.run(run).reason
    finally:
        ledger.close()
    time.sleep(1.1)  # a session of the second in which they were revoked is an old one
    assert (agent.assume()(), old()) == ("ok", "AccessDenied")


def test_the_responder_itself_is_guarded(cloud: Cloud, responder: Connection) -> None:
    own = f"arn:aws:iam::{cloud.account}:user/agentwarrant"
    cloud.enforce(True)
    key = responder.secret("access_key_id")
    for action, ref, said_of_it in (
        ("aws.quarantine_user", f"aws.user:{own}", "the responder itself"),
        ("aws.delete_access_key", f"aws.access_key:{key}", "the responder's own"),
    ):
        with cycle(action, responder) as run, pytest.raises(Guarded, match=said_of_it):
            run.plan(target(ref))


def test_a_role_that_aws_made_is_guarded_also_where_a_session_hides_its_path(
    cloud: Cloud, responder: Connection
) -> None:
    cloud.enforce(False)
    iam = cloud.client("iam")
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]
    cloud.enforce(True)
    session = f"arn:aws:sts::{cloud.account}:assumed-role/{made['RoleName']}/x"
    with cycle("aws.quarantine_role", responder) as run:
        for ref in (made["Arn"], session):
            with pytest.raises(Guarded, match="service-linked"):
                run.plan(target(f"aws.role:{ref}"))


def test_what_is_unknown_foreign_or_no_arn_is_left_out_and_said(
    responder: Connection, agent: Agent
) -> None:
    refs = (
        "aws.user:arn:aws:iam::999988887777:user/acme-helper",
        "aws.user:arn:aws:iam::123456789012:user/nobody",
        "aws.user:*",
        "aws.user:arn:aws:iam::123456789012:user/x\u202e",
    )
    with cycle("aws.quarantine_user", responder) as run:
        plan = run.plan(target(*refs))
        assert plan.steps == ()
        assert [note.partition(":")[0] for note in plan.notes] == [
            "Left out, of another account than 123456789012",
            "Left out, unknown to AWS",
            "Left out, no ARN of an IAM user",
            "Left out, no ARN of an IAM user",
        ]


def test_a_refusal_says_what_is_missing_and_shows_no_secret(
    cloud: Cloud, responder: Connection, agent: Agent
) -> None:
    cloud.enforce(False)
    poor = {"UserName": "agentwarrant", "PolicyName": "may", "PolicyDocument": allow("s3:*")}
    cloud.client("iam").put_user_policy(**poor)
    cloud.enforce(True)
    try:
        with (
            cycle("aws.quarantine_user", responder) as run,
            pytest.raises(Refused, match="permission") as caught,
        ):
            run.plan(target(f"aws.user:{agent.user}"))
        assert caught.value.status == 403
        assert responder.secret("secret_access_key") not in str(caught.value)
    finally:
        cloud.enforce(False)
        cloud.client("iam").put_user_policy(**{**poor, "PolicyDocument": allow(*NEEDED)})


def test_a_cloud_that_is_not_there_did_nothing(responder: Connection, free_port: int) -> None:
    gone = Connection("gone", "aws", f"http://127.0.0.1:{free_port}", responder.secrets)
    with cycle("aws.quarantine_user", gone) as run, pytest.raises(Unreachable):
        run.plan(target("aws.user:arn:aws:iam::123456789012:user/acme-helper"))


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
