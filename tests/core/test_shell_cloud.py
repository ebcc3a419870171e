"""A command of a cloud and the cloud's own log name one thing alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.shell.cloud import object_named
from agentwarrant.shell.parsing import parse
from agentwarrant.tools.calls import classify


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("aws ec2 terminate-instances --instance-ids i-1 i-2", "ec2:i-1"),
        ("aws --profile p ec2 delete-volume --volume-id=vol-01", "ec2:vol-01"),
        ("aws s3 rm s3://b/k --recursive", "s3://b/k"),
        ("aws s3api delete-object --bucket b --key k", "s3://b/k"),
        ("aws s3api delete-bucket --bucket b", "s3:b"),
        ("aws lambda delete-function --function-name arn:aws:lambda:x", "arn:aws:lambda:x"),
        ("aws sts get-caller-identity", ""),
        ("aws ssm start-session --request-id r-1", ""),
        ("aws", ""),
        ("az vm delete --yes --name vm1 -g rg", "vm:vm1"),
        ("az vm delete --ids /subscriptions/1/x", "/subscriptions/1/x"),
        ("az vm list", ""),
        ("gcloud compute instances delete web-1 --quiet", "compute:web-1"),
        ("gcloud auth list", ""),
        ("kubectl delete pod web-0 -n shop", "shop/pod/web-0"),
        ("kubectl delete deploy/web", "default/deploy/web"),
        ("kubectl rollout restart deploy/web", "default/deploy/web"),
        ("kubectl rollout", ""),
        ("kubectl get pods", ""),
        ("terraform destroy -target x", ""),
        (f"aws ec2 delete-volume --volume-id {'v' * 300}", ""),
    ],
)
def test_what_a_command_is_about(line: str, named: str) -> None:
    (command,) = parse(line)
    assert object_named(command) == named


def test_a_call_is_about_what_its_command_names() -> None:
    facts = classify("exec", {"command": "aws ec2 delete-volume --volume-id vol-01"})
    assert facts.resource == "ec2:vol-01"


@given(
    st.sampled_from(["aws", "az", "gcloud", "kubectl"]),
    st.lists(
        st.sampled_from(["s3", "s3api", "-n", "--", "--name", "=", "--id=", "delete", "x/", ""])
    ),
)
def test_no_arguments_break_it(program: str, args: list[str]) -> None:
    for command in parse(" ".join([program, *args])):
        assert len(object_named(command)) <= 256
