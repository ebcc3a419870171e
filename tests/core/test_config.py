"""The configuration: every fault at once, secrets by reference only, tenants as walls."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from agentwarrant.config import (
    Config,
    Content,
    Privacy,
    Retention,
    Shipped,
    find_config,
    load_config,
)
from agentwarrant.configchecks import siems
from agentwarrant.errors import ConfigError, ContentErrors, PathNotFound
from agentwarrant.secretrefs import Secret

LITERAL = "SGVsbG9Xb3JsZDpub3RBUmVhbEtleQ=="
WHOLE = """
state: kept
targets:
  main:
    kind: elastic
    url: [https://one.example:9200, https://two.example:9200/]
    api_key: env:ES_KEY
    ca: ca.pem
    proxy: http://proxy.example:3128
    kibana: https://kibana.example/
    timeout: 2m
  siem2: {kind: opensearch, url: "http://127.0.0.1:9200", username: admin, password: "file:pw"}
defaults:
  targets: [main]
  privacy: {content: none}
  retention: {events: 7d}
tenants:
  acme: {}
  Umbrella Corp:
    targets: [main, siem2]
    space: umbrella
    privacy: {events: evidence}
    retention: {findings: forever}
  initech:
"""


SPLUNK = "targets: {main: {kind: splunk, url: 'https://splunk.example:8088', token: env:HEC}}"


def written(folder: Path, text: str) -> Path:
    path = folder / "agentwarrant.yml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> Config:
    return load_config(written(folder, text))


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        loaded(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_what_a_file_says_is_there_with_paths_beside_the_file(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    main, other = config.target("main"), config.target("siem2")
    assert config.state == tmp_path / "kept"
    assert main.urls == ("https://one.example:9200", "https://two.example:9200")
    assert (main.kind, main.ca, main.timeout) == ("elastic", tmp_path / "ca.pem", 120.0)
    assert (main.kibana, main.proxy) == ("https://kibana.example", "http://proxy.example:3128")
    assert other.username == "admin"
    assert other.password == Secret("file:pw", tmp_path)


def test_a_tenant_has_the_defaults_where_it_does_not_say_otherwise(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    acme, umbrella = config.tenant("acme"), config.tenant("Umbrella Corp")
    assert acme.targets == ("main",)
    assert acme.privacy == Privacy(Content.NONE, Shipped.ALL)
    assert acme.retention == Retention(events="7d", findings="365d", responses="365d")
    assert umbrella.privacy == Privacy(Content.NONE, Shipped.EVIDENCE)
    assert umbrella.retention == Retention("7d", "forever", "365d")
    assert [t.id for t in config.tenants_of("siem2")] == ["Umbrella Corp"]


def test_tenants_have_spaces_of_their_own_and_a_lone_one_the_usual_space(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    assert {t.space for t in config.tenants.values()} == {"acme", "umbrella", "initech"}
    alone = loaded(tmp_path, "targets: {main: {kind: elastic, url: 'https://es.example'}}")
    assert [(t.id, t.space, t.targets) for t in alone.tenants.values()] == [
        ("default", "default", ("main",))
    ]
    assert alone.tenant("default").privacy == Privacy(Content.REDACTED, Shipped.ALL)


def test_a_tenant_that_nobody_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no tenant is called 'acmee'.*did you mean acme"):
        loaded(tmp_path, WHOLE).tenant("acmee")


def test_every_fault_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    said = faults(
        tmp_path,
        """
targets:
  main:
    kind: elastik
    url: https://es.example
  cloud: {kind: elastic, url: https://es.example, cloud_id: "name:abc"}
  other:
    kind: elastic
    url: es.example:9200
    kibana: https://kibana.example/?a=b
    api_key: env:KEY
    username: someone
    password: file:pw
defaults: {targets: [mane]}
""",
    )
    lines = sorted(fault.removeprefix(f"{tmp_path}/agentwarrant.yml:") for fault in said)
    assert [line.partition(" (")[0] for line in lines] == sorted(
        [
            "4: no SIEM is of the kind 'elastik'",
            "6: either url or cloud_id belongs here",
            "9: url is no address",
            "10: kibana has more in it than host, port and path",
            "7: either api_key or username belongs here",
            "14: no target is called 'mane'",
        ]
    )


def test_what_the_schema_refuses_hides_no_other_fault(tmp_path: Path) -> None:
    text = f"""\
targets:
  main: {{kind: elastik, url: "https://one.example:9200", api_key: {LITERAL}}}
  other: 7
  third: {{url: "https://three.example:9200", timeout: soon}}
defaults: {{targets: [main, mian, other]}}
tenants:
  acme: {{privacy: {{content: nothing}}, targets: [nowhere]}}
respond:
  mode: observ
  targets:
    gateway: {{vendor: openclw, url: "https://gateway.example"}}
    idp: {{url: nonsense}}
"""
    found = faults(tmp_path, text)
    lines = [int(one.split("agentwarrant.yml:")[1].split(":")[0]) for one in found]
    assert lines == [2, 2, 3, 4, 4, 5, 7, 7, 9, 11, 12, 12], found
    assert any("no vendor is called 'openclw' (did you mean openclaw?)" in one for one in found)
    assert not any("'other'" in one for one in found), "it is there, whatever it is"


@pytest.mark.parametrize(
    "line",
    [
        f"api_key: {LITERAL}",
        f'username: me, password: "{LITERAL}"',
        f"api_key: [{LITERAL}]",
        f"api_key: {{env: {LITERAL}}}",
        f'proxy: "http://me:{LITERAL}@proxy.example:3128"',
        f'kibana: "https://me:{LITERAL}@kibana.example"',
        f'kibana: "me:{LITERAL}@kibana.example"',
    ],
)
def test_a_literal_secret_is_a_fault_and_is_not_repeated(tmp_path: Path, line: str) -> None:
    said = faults(
        tmp_path, f"targets: {{main: {{kind: elastic, url: 'https://es.example', {line}}}}}"
    )
    assert len(said) == 1
    assert LITERAL not in said[0]


def test_a_secret_does_not_travel_unencrypted_except_within_the_host(tmp_path: Path) -> None:
    said = faults(
        tmp_path, "targets: {main: {kind: elastic, url: 'http://es.example', api_key: env:K}}"
    )
    assert "unencrypted" in said[0]
    near = "targets: {main: {kind: elastic, url: 'http://127.0.0.1:9200', api_key: env:K}}"
    assert loaded(tmp_path, near).target("main").api_key is not None


@pytest.mark.parametrize(
    ("tenants", "what"),
    [
        ("{Acme Corp: {}, acme_corp: {}}", "namespace"),
        ("{a-b: {}, a.b: {}, a_b: {space: other}}", "namespace"),
        ("{acme: {space: soc}, other: {space: soc}}", "space"),
        ("{acme: {space: other}, other: {}}", "space"),
        ("{Acme Corp: {}, acme_corp: {}}", "index"),
        ("{acme: {index: soc}, other: {index: soc}}", "index"),
        ("{acme: {index: agentwarrant_other}, other: {}}", "index"),
    ],
)
def test_two_tenants_never_share_what_is_one_tenants_own(
    tmp_path: Path, tenants: str, what: str
) -> None:
    target = SPLUNK if what == "index" else "targets: {main: {kind: elastic, url: 'https://e.x'}}"
    said = faults(tmp_path, f"{target}\ntenants: {tenants}")
    assert any(f"have one {what}: " in fault for fault in said)


def test_tenants_of_different_clusters_may_call_their_spaces_the_same(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        """
targets:
  one: {kind: elastic, url: "https://one.example"}
  two: {kind: elastic, url: "https://two.example"}
tenants:
  acme: {targets: [one], space: default}
  other: {targets: [two], space: default}
""",
    )
    assert {t.space for t in config.tenants.values()} == {"default"}


def test_a_target_in_splunk_says_what_it_is_and_a_tenant_its_index_and_token(
    tmp_path: Path,
) -> None:
    config = loaded(
        tmp_path,
        """
targets:
  main:
    kind: splunk
    url: https://splunk.example:8088/
    token: env:HEC
    ack: on
    management: https://splunk.example:8089/
    management_token: file:token
    ca: ca.pem
tenants:
  acme: {index: soc_acme, hec_token: env:ACME}
  other:
""",
    )
    main, acme, other = config.target("main"), config.tenant("acme"), config.tenant("other")
    assert (main.kind, main.urls) == ("splunk", ("https://splunk.example:8088",))
    assert (main.token, main.ack) == (Secret("env:HEC", tmp_path), "on")
    assert main.management == "https://splunk.example:8089"
    assert main.management_token == Secret("file:token", tmp_path)
    assert (acme.index, acme.hec_token) == ("soc_acme", Secret("env:ACME", tmp_path))
    assert (other.index, other.hec_token) == ("", None)


@pytest.mark.parametrize(
    ("written", "means"),
    [("auto", "auto"), ("on", "on"), ("off", "off"), ('"on"', "on"), ("true", "on")],
)
def test_what_yaml_makes_of_on_and_off_means_them(tmp_path: Path, written: str, means: str) -> None:
    text = SPLUNK.replace("token:", f"ack: {written}, token:")
    assert loaded(tmp_path, text).target("main").ack == means
    assert loaded(tmp_path, SPLUNK).target("main").ack == "auto"


def test_every_fault_of_a_target_in_splunk_is_said_with_its_line(tmp_path: Path) -> None:
    said = faults(
        tmp_path,
        f"""
targets:
  none: {{kind: splunk}}
  several: {{kind: splunk, url: ["https://a.example", "https://b.example"], token: env:HEC}}
  plain: {{kind: splunk, url: "http://splunk.example:8088", token: env:HEC}}
  literal: {{kind: splunk, url: "https://splunk.example", token: "{LITERAL}"}}
  mixed:
    kind: splunk
    url: https://splunk.example
    token: env:HEC
    kibana: https://kibana.example
  elastic:
    kind: elastic
    url: https://es.example
    ack: auto
  rest:
    kind: splunk
    url: https://splunk.example
    token: env:HEC
    management: http://splunk.example:8089
    management_token: {LITERAL}
tenants:
  acme: {{hec_token: "{LITERAL}"}}
""",
    )
    lines = sorted(fault.removeprefix(f"{tmp_path}/agentwarrant.yml:") for fault in said)
    assert [line.partition(" (")[0] for line in lines] == sorted(
        [
            "3: one url belongs here",
            "3: token is missing",
            "4: one url belongs here",
            "5: url would carry the secret unencrypted",
            "6: token is no reference to a secret",
            "11: kibana does not belong to the kind 'splunk'",
            "15: ack does not belong to the kind 'elastic'",
            "20: management would carry the secret unencrypted",
            "21: management_token is no reference to a secret",
            "23: hec_token is no reference to a secret",
        ]
    )
    assert LITERAL not in "".join(said)


@pytest.mark.parametrize("index", ["_internal", "Soc", "a b", "akvstore1", "a" * 81])
def test_an_index_that_splunk_cannot_have_is_a_fault(tmp_path: Path, index: str) -> None:
    (said,) = faults(tmp_path, f"{SPLUNK}\ntenants: {{acme: {{index: '{index}'}}}}")
    assert "agentwarrant.yml:2" in said


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    assert "stands here twice" in faults(tmp_path, f"{WHOLE}  acme: {{}}\n")[0]


def test_more_than_one_document_is_a_fault(tmp_path: Path) -> None:
    assert "one YAML document" in faults(tmp_path, f"{WHOLE}\n---\n{WHOLE}")[0]
    assert "one YAML document" in faults(tmp_path, "")[0]


def test_a_file_that_is_not_there_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTWARRANT_CONFIG", str(tmp_path / "elsewhere.yml"))
    with pytest.raises(PathNotFound, match="--config"):
        load_config(find_config())
    assert find_config(Path("named.yml")) == Path("named.yml")
    monkeypatch.delenv("AGENTWARRANT_CONFIG")
    assert find_config() == Path("agentwarrant.yml")


def test_a_mend_has_no_brackets_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound) as caught:
        load_config(tmp_path / "none.yml")
    assert str(caught.value).count("(") == 1


def test_kinds_of_targets_are_found_by_looking_into_the_room() -> None:
    assert {"elastic", "opensearch", "splunk"} <= set(siems())
    assert all(callable(module.namespace) for module in siems().values())


def test_nothing_of_a_configuration_can_be_changed(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    with pytest.raises(FrozenInstanceError):
        config.tenant("acme").space = "other"  # type: ignore[misc]  # it is what is tested
    with pytest.raises(TypeError):
        config.tenants["acme"] = config.tenant("initech")  # type: ignore[index]  # the same


def test_a_shown_configuration_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ES_KEY", LITERAL)
    (tmp_path / "pw").write_text(LITERAL)
    config = loaded(tmp_path, WHOLE)
    key = config.target("main").api_key
    assert key is not None
    assert key.value() == LITERAL
    assert LITERAL not in repr(config)


def test_the_example_of_the_documentation_is_right(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs/config.md"
    if not page.is_file():
        pytest.skip("the tests run without a checkout beside them")
    example = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    config = loaded(tmp_path, example)
    assert config.tenant("umbrella").privacy == Privacy(Content.NONE, Shipped.EVIDENCE)
    assert config.tenant("acme").retention == Retention()
