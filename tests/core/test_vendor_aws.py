"""AgentCore against a stub that botocore's service models check, and what AWS's names may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.base import connection_to
from tests.vendor_cycle import cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, Unreachable
from agentwarrant.respond.action import Plan, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request
from agentwarrant.respond.vendor import actions, vendors

pytest.importorskip("boto3")

from tests.simulators.agentcore import ACCOUNT, RUNTIME, WORKLOAD, AgentCore

SESSION = "5f0c6a4e-1f1d-4f7c-9a53-0d5f6f3a7b21"
SECRETS = {"access_key_id": "AKIARESPONDEREXAMPLE", "secret_access_key": "a-very-secret-key"}
VAULT = f"arn:aws:acps:us-east-1:{ACCOUNT}:token-vault/default"


Served = tuple[AgentCore, str]


@pytest.fixture
def served() -> Iterator[Served]:
    cloud = AgentCore()
    with cloud.running() as url:
        yield cloud, url


@pytest.fixture
def cloud(served: Served) -> AgentCore:
    return served[0]


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    made: Connection = connection_to(served[1], "aws", tmp_path, SECRETS)
    return made


def target(*accounts: str, sessions: tuple[str, ...] = ()) -> Target:
    return Target("acme-helper", sessions, accounts=accounts, tenant="acme")


def invoke(connection: Connection, session: str = SESSION) -> str:
    """Call the agent's runtime as its user does; return AWS's word."""
    import boto3
    from botocore.exceptions import ClientError

    client: Any = boto3.session.Session("u", "v", region_name="us-east-1").client
    core = client("bedrock-agentcore", endpoint_url=connection.url)
    try:
        core.invoke_agent_runtime(agentRuntimeArn=RUNTIME, runtimeSessionId=session, payload=b"{}")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def test_a_session_is_stopped_once_and_never_called_proven(
    cloud: AgentCore, there: Connection
) -> None:
    assert invoke(there) == "ok"
    with cycle("aws.stop_agentcore_session", there) as run:
        assert not run.action.word_is_enough
        (step,) = run.plan(
            target(f"aws.agentcore_workload:{WORKLOAD}", sessions=(SESSION, "main"))
        ).steps
        for _ in range(2):  # the same stop again: AWS knows its token
            run.action.execute(step, run._for(step.request))
            assert cloud.state["sessions"] == {SESSION: False}
        assert len(cloud.state["stops"]) == 1
        assert not run.action.verify(step, run._for(None)), "in doubt it is done again"


def test_a_stop_whose_answer_was_lost_has_the_same_token_when_it_is_repeated(
    cloud: AgentCore, there: Connection
) -> None:
    invoke(there)
    cloud.hang_up(1, on="POST /runtimes/{}/stopruntimesession")
    ref = f"aws.agentcore_session:{RUNTIME}/{SESSION}"
    with cycle("aws.stop_agentcore_session", there) as run:
        (step,) = run.plan(target(ref)).steps
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        run.action.execute(step, run._for(step.request))
        assert cloud.state["sessions"] == {SESSION: False}
    tokens = [c.body["clientToken"] for c in cloud.asked("POST /runtimes/{}/stopruntimesession")]
    assert len(tokens) == 2, "boto3 repeats no change by itself"
    assert len(set(tokens)) == 1


def test_a_closed_runtime_takes_no_call_and_does_again(cloud: AgentCore, there: Connection) -> None:
    with cycle("aws.close_agentcore_runtime", there) as run:
        (step,) = run.plan(target(f"aws.agentcore_workload:{WORKLOAD}")).steps
        assert run.contain(step)
        assert invoke(there) == "AccessDeniedException"
        assert run.release(step)
        assert invoke(there) == "ok"
        assert cloud.state["policies"] == {}


def test_a_policy_that_a_runtime_had_is_kept_and_put_back(
    cloud: AgentCore, there: Connection
) -> None:
    had = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":"*",'
        f'"Action":"bedrock-agentcore:InvokeAgentRuntime","Resource":"{RUNTIME}"}}]}}'
    )
    cloud.state["policies"][RUNTIME] = had
    with cycle("aws.close_agentcore_runtime", there) as run:
        (step,) = run.plan(target(f"aws.agentcore_runtime:{RUNTIME}")).steps
        assert run.contain(step)
        assert '"Theirs"' in cloud.state["policies"][RUNTIME]
        assert invoke(there) == "AccessDeniedException"
        assert run.release(step)
        assert cloud.state["policies"][RUNTIME] == had


def test_reads_that_still_show_the_old_state_are_asked_again(
    cloud: AgentCore, there: Connection
) -> None:
    cloud.lag = 2
    with cycle("aws.close_agentcore_runtime", there) as run:
        (step,) = run.plan(target(f"aws.agentcore_runtime:{RUNTIME}")).steps
        assert run.contain(step)


@pytest.mark.parametrize(
    ("action", "ref"),
    [
        ("aws.delete_agentcore_workload", f"aws.agentcore_workload:{WORKLOAD}"),
        (
            "aws.delete_credential_provider",
            f"aws.agentcore_provider:{VAULT}/apikeycredentialprovider/acme-crm",
        ),
        (
            "aws.delete_credential_provider",
            f"aws.agentcore_provider:{VAULT}/oauth2credentialprovider/acme-drive",
        ),
    ],
)
def test_what_is_deleted_is_gone_and_gone_is_success(
    there: Connection, action: str, ref: str
) -> None:
    with cycle(action, there) as run:
        (step,) = run.plan(target(ref)).steps
        assert step.undo == ()
        assert run.contain(step)
        assert run.contain(step)
        assert run.plan(target(ref)).steps == ()


def test_what_aws_throttles_was_not_done(cloud: AgentCore, there: Connection) -> None:
    with cycle("aws.close_agentcore_runtime", there) as run:
        (step,) = run.plan(target(f"aws.agentcore_runtime:{RUNTIME}")).steps
        cloud.busy(1, on="PUT /resourcepolicy/{}")
        with pytest.raises(Unreachable):
            run.action.execute(step, run._for(step.request))
        assert cloud.state["policies"] == {}


def test_an_answer_of_500_leaves_it_unknown_and_the_read_decides(
    cloud: AgentCore, there: Connection
) -> None:
    with cycle("aws.close_agentcore_runtime", there) as run:
        (step,) = run.plan(target(f"aws.agentcore_runtime:{RUNTIME}")).steps
        cloud.stumble(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)


def test_another_accounts_runtime_is_left_out(there: Connection) -> None:
    foreign = RUNTIME.replace(ACCOUNT, "999988887777")
    with cycle("aws.close_agentcore_runtime", there) as run:
        plan = run.plan(target(f"aws.agentcore_runtime:{foreign}"))
        assert plan.steps == ()
        assert "of another account" in plan.notes[0]


def alone(action: str, *accounts: str) -> Plan:
    return actions()[f"aws.{action}"].plan(target(*accounts))


@pytest.mark.parametrize(
    "ref",
    [
        "*",
        "acme-helper",
        f"arn:aws:iam::{ACCOUNT}:user/*",
        f"arn:aws:iam::{ACCOUNT}:user/a/../b\n",
        f"arn:aws:iam::{ACCOUNT}:user/{'x' * 65}",
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:iam::{ACCOUNT}:role/acme-helper",
        f"arn:aws:iam::{ACCOUNT}:user/\u212aey",
    ],
)
def test_what_is_no_user_is_left_out(ref: str) -> None:
    plan = alone("quarantine_user", f"aws.user:{ref}")
    assert plan.steps == ()
    assert plan.notes[-1].startswith("Left out, no ARN of an IAM user")


def test_a_role_that_aws_edits_itself_is_guarded() -> None:
    for path in ("aws-service-role/x.amazonaws.com", "aws-reserved/sso.amazonaws.com/eu-west-1"):
        with pytest.raises(Guarded):
            alone("quarantine_role", f"aws.role:arn:aws:iam::{ACCOUNT}:role/{path}/Some")


def test_a_role_that_aws_edits_does_not_shield_the_agents_own() -> None:
    plan = alone(
        "quarantine_role",
        f"aws.role:arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/Some",
        f"aws.role:arn:aws:iam::{ACCOUNT}:role/acme-helper",
    )
    assert [step.request.params["RoleName"] for step in plan.steps] == ["acme-helper"]
    assert "service-linked" in plan.notes[-1]


def test_temporary_keys_have_no_switch_and_the_plan_says_so() -> None:
    plan = alone("disable_access_key", "aws.access_key:ASIAACMEHELP1EXAMPLE")
    assert plan.steps == ()
    assert "A temporary key has no switch" in plan.notes[-1]


def test_calls_that_hand_out_secrets_are_no_reads() -> None:
    aws = vendors()["aws"]
    for method in (
        "sts.GetSessionToken",
        "secretsmanager.GetSecretValue",
        "bedrock-agentcore.GetResourceApiKey",
        "bedrock-agentcore.GetWorkloadAccessToken",
        "iam.UpdateAccessKey",
    ):
        assert not aws.only_reads(Request(method, {}, Effect.READ, "AWS"))


def test_without_credentials_it_says_what_to_write() -> None:
    bare = Connection("cloud", "aws")
    with (
        pytest.raises(ConfigError, match="host_credentials: true"),
        vendors()["aws"].connect(bare),
    ):
        pass


def test_credentials_of_the_environment_are_not_taken_by_chance(
    monkeypatch: pytest.MonkeyPatch, there: Connection, cloud: AgentCore
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFSOMEBODYELSE00")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with cycle("aws.close_agentcore_runtime", there) as run:
        run.plan(target(f"aws.agentcore_runtime:{RUNTIME}"))
    (first, *_) = cloud.asked("POST /")
    assert SECRETS["access_key_id"] in first.headers["authorization"]
    assert SECRETS["secret_access_key"] not in str(first)
