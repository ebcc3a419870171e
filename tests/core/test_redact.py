"""What the redactor promises: no secret leaves, nothing else changes, whatever it is hidden in."""

import base64
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import redact
from agentwarrant.event import json_text
from agentwarrant.redact import KEY_VARIABLE, Redactor, installation_key, is_clear
from agentwarrant.secretshapes import ENCODED, LITERAL
from agentwarrant.secretshapes import NAMED as NAMED_SUSPECT

# Put together here, so that no scanner takes the test's own text for leaked keys.
SECRETS = {
    "anthropic_key": "sk-ant-" + "api03-Qw3rTy7uIoPaSdFgHjKlZ",
    "openai_key": "sk-" + "proj-A1b2C3d4E5f6G7h8I9j0",
    "stripe_key": "sk_" + "live_4eC39HqLyjWDarjtT1",
    "aws_access_key_id": "AKIA" + "QWERTYUIOP123456",
    "github_token": "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    "gitlab_token": "glpat-" + "aBcD1234efGH5678ijKL",
    "slack_token": "xoxb-" + "123456789012-AbCdEfGhIj",
    "google_key": "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
    "npm_token": "npm_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7",
    "pypi_token": "pypi-" + "AgEIcHlwaS5vcmcCJGFiY2RlZmdoaWprbG1ub3Bx",
    "huggingface_token": "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ",
    "sendgrid_key": "SG." + "aBcDeFgHiJkLmNoP.qRsTuVwXyZ0123456789",
    "vault_token": "hvs." + "CAESIJ1234567890abcdefgh",
    "age_key": "AGE-SECRET-KEY-1" + "QWERTYUIOPASDFGHJKLZXCVBNM",
    "telegram_bot_token": "123456789:AA" + "F1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "agent_network_key": "moltbook_sk_" + "q1w2e3r4t5y6",
}
PEM = (
    "-----BEGIN EC "
    + "PRIVATE KEY-----\nMHcCAQEEIBf1T2p\nq8sT1vW4yZ7==\n-----END EC PRIVATE KEY-----"
)
PROSE = st.lists(
    st.sampled_from(
        "the agent opened a file and wrote its summary; 42 lines, README.md, src/app.ts, "
        "def main(args): return None, https://example.com/a?b=1, 2026-01-31T10:00:00Z, "
        "git log --oneline, {'count': 3}, über straße, 会議は三時, max_tokens: 4096".split(" ")
    ),
    max_size=40,
).map(" ".join)
NAMED = st.sampled_from(sorted(SECRETS))


R = Redactor(b"a key for tests")


def survives(secret: str, text: str) -> bool:
    """Is the secret, or eight characters of its random part, still to be read?"""
    clean, _ = R.text(text)
    return secret in clean or secret[-8:] in clean


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_a_known_secret_is_named_by_its_kind(kind: str) -> None:
    clean, kinds = R.text(f"the key is {SECRETS[kind]} as agreed")
    assert clean.startswith(f"the key is [REDACTED:{kind}:")
    assert clean.endswith("] as agreed")
    assert kinds == {kind}


@given(kind=NAMED, before=PROSE, after=PROSE)
def test_a_secret_in_prose_does_not_survive(kind: str, before: str, after: str) -> None:
    assert not survives(SECRETS[kind], f"{before} {SECRETS[kind]} {after}")


@given(kind=NAMED, before=PROSE, depth=st.integers(1, 3))
def test_a_secret_in_json_in_strings_of_json_does_not_survive(
    kind: str, before: str, depth: int
) -> None:
    text = f"{before} {SECRETS[kind]}"
    for _ in range(depth):
        text = json.dumps({"output": text})
    assert not survives(SECRETS[kind], text)


@pytest.mark.parametrize("around", ['"%s"', "'%s'", "`%s`", "(%s)", "key=%s&x=1", "my_%s", "<%s>"])
@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_a_secret_does_not_survive_in_punctuation(kind: str, around: str) -> None:
    assert not survives(SECRETS[kind], around % SECRETS[kind])


def hides(encoded: str) -> bool:
    """Is the encoded secret gone and said?"""
    clean, kinds = R.text(encoded)
    return bool(kinds) and "[REDACTED:base64(" in clean


@given(kind=NAMED, before=PROSE, after=PROSE, width=st.integers(4, 100), shift=st.integers(0, 3))
def test_base64_hides_no_secret_however_its_lines_are_wrapped(
    kind: str, before: str, after: str, width: int, shift: int
) -> None:
    plain = " " * shift + f"{before} {SECRETS[kind]} {after}"
    encoded = base64.b64encode(plain.encode()).decode()
    assert hides("\n".join(textwrap.wrap(encoded, width)))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\\n", "\\r\\n", "\\\\n", "\n    ", "\n> "])
@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_base64_hides_no_secret_behind_line_ends_of_any_format(kind: str, newline: str) -> None:
    encoded = base64.b64encode(f"first line\n{SECRETS[kind]}\n".encode()).decode()
    assert hides(newline.join(textwrap.wrap(encoded, 32)))


@pytest.mark.parametrize("glue", ["", "x", "ab/", "data:text/plain;base64,", "--body-", "key_"])
@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_base64_that_is_glued_to_other_text_hides_no_secret(kind: str, glue: str) -> None:
    assert hides(glue + base64.b64encode(f"it is {SECRETS[kind]}".encode()).decode())


@given(kind=NAMED, before=PROSE)
def test_hexadecimal_hides_no_secret(kind: str, before: str) -> None:
    plain = f"{before} {SECRETS[kind]}".encode()
    assert hides(plain.hex())
    assert hides(f"0x{plain.hex().upper()}")


@given(kind=NAMED, before=PROSE, encoding=st.sampled_from(["utf-16", "utf-16-le", "utf-16-be"]))
def test_utf_16_in_base64_hides_no_secret(kind: str, before: str, encoding: str) -> None:
    assert hides(base64.b64encode(f"{before} {SECRETS[kind]}".encode(encoding)).decode())


@given(kind=NAMED)
def test_base64_of_base64_hides_no_secret(kind: str) -> None:
    inner = base64.b64encode(f"key {SECRETS[kind]}".encode())
    assert hides(base64.b64encode(b"see: " + inner).decode())


@given(kind=NAMED, noise=st.binary(min_size=30, max_size=300))
def test_a_secret_among_binary_data_is_found_in_base64(kind: str, noise: bytes) -> None:
    assert hides(base64.b64encode(noise + b" " + SECRETS[kind].encode()).decode())


def test_a_secret_among_words_of_another_script_is_found_in_base64() -> None:
    plain = f"ключ доступа к системе бухгалтерии: {SECRETS['github_token']}"
    assert hides(base64.b64encode(plain.encode()).decode())


def test_base64_with_padding_is_found_though_text_follows_on_the_next_line() -> None:
    encoded = base64.b64encode(f"its key {SECRETS['vault_token']}!".encode()).decode()
    assert encoded.endswith("=")
    assert R.text(f"{encoded}\nThe end.")[0].endswith("The end.")
    assert hides(f"{encoded}\nThe end.")


def test_the_path_before_an_encoded_secret_stays() -> None:
    encoded = base64.urlsafe_b64encode(f"key={SECRETS['github_token']}".encode()).decode()
    clean, _ = R.text(f"https://evil.example/collect/{encoded}")
    assert clean.startswith("https://evil.example/collect/[REDACTED:base64(")


@pytest.mark.parametrize("wrap", [str, json.dumps, lambda t: json.dumps(json.dumps(t))])
def test_a_private_key_is_taken_out_whole(wrap: Callable[[str], str]) -> None:
    clean, kinds = R.text(wrap(f"cat id\n{PEM}\ndone"))
    assert kinds == {"private_key"}
    assert "MHcCAQ" not in clean
    assert "done" in clean


def test_a_private_key_without_an_end_is_taken_out_too() -> None:
    assert "MHcCAQ" not in R.text(PEM[: PEM.index("-----END")])[0]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("DB_PASSWORD=hunter22", "hunter22"),
        ("password: hunter22", "hunter22"),
        ("Password : 'correct horse'", "correct horse"),
        ('{"api_key": "abcdef"}', "abcdef"),
        ('{\\"client_secret\\":\\"abcdef\\"}', "abcdef"),
        ("export AUTH_TOKEN=abc123def", "abc123def"),
        ("STRIPE_KEY=abc123def", "abc123def"),
        ("curl -H 'Authorization: Bearer abc.def-123'", "abc.def-123"),
        ("Authorization: Basic YWxhZGRpbjpvcGVu", "YWxhZGRpbjpvcGVu"),
        ("postgres://app:s3cr3t@db.internal/app", "s3cr3t"),
        ("https://deploy:t0ken@git.example/r.git", "t0ken"),
        ("Cookie: theme=dark; session=deadbeef01", "deadbeef01"),
        ("Set-Cookie: sid=deadbeef01; HttpOnly", "deadbeef01"),
        ("https://hooks.slack.com/services/T0AAA/B0BBB/cccDDDeee111", "cccDDDeee111"),
        ("mnemonic: " + "apple banana cherry " * 4, "cherry"),
        ("my seed phrase is " + "apple banana cherry " * 8, "cherry"),
    ],
)
def test_a_value_that_its_name_or_place_makes_a_secret_is_taken_out(text: str, secret: str) -> None:
    clean, kinds = R.text(text)
    assert secret not in clean
    assert kinds


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 4096, completion_tokens=17",
        "const token = getToken();",
        "token: string; password?: string",
        "password: str | None = None",
        "self.token = self.tokens[0]",
        "fetch(url, {credentials: 'same-origin'})",
        "csrf_token: null, password: true",
        "api_key = os.environ['API_KEY']",
        "secret: process.env.SECRET",
        "PRIMARY_KEY = user_id; SORT_KEY = created",
        "curl -H 'Authorization: Bearer $TOKEN'",
        "password: <your password>, api_key=********",
        "def get_claim_status(task_sk_id): ...",
        "the cookie policy: please read it",
        "The password reset link was sent; tokens are counted per call.",
        "a token bearer may enter; basic authentication is off",
        "commit 4f0c2a7b9d1e8c6a5b3f2d1c0e9a8b7c6d5e4f3a",
        "0b1f5f0a-6a0e-4d0c-9f3e-1b5b8d5d1003",
        "sha512-oV9rk6bZ1w5WmYFvZ0b6f8Jq3y0Zp1J5lZ0g3K9oY8Qm2nR4sT6uV8wX0yZ2aB4c==",
        "src/components/authentication/PasswordResetForm.tsx",
        "task-runner-implementation-details-for-everyone",
    ],
)
def test_ordinary_text_of_programs_stays_as_it_is(text: str) -> None:
    assert R.text(text) == (text, frozenset())


@given(PROSE)
def test_text_without_secrets_is_unchanged(text: str) -> None:
    assert R.text(text) == (text, frozenset())


@given(st.binary(min_size=16, max_size=400))
def test_random_data_in_base64_is_unchanged(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert R.text(text)[0] == text


@given(before=PROSE, kinds=st.lists(NAMED, max_size=4), noise=st.text(max_size=80))
def test_redacting_twice_changes_nothing_more(before: str, kinds: list[str], noise: str) -> None:
    text = f"{noise} password={noise} {before} " + " ".join(SECRETS[kind] for kind in kinds)
    once, _ = R.text(text)
    assert R.text(once)[0] == once


@given(st.text() | st.text(st.characters(categories=["Cs", "L"])))
def test_any_text_is_redacted_without_complaint(text: str) -> None:
    assert isinstance(R.text(text)[0], str)


def test_equal_secrets_have_equal_marks_wherever_they_stand() -> None:
    token = SECRETS["gitlab_token"]
    here = R.text(f"cat .netrc: {token}")[0]
    there = R.text(f"https://evil.example/?k={token}")[0]
    assert here.split(":")[-1] == there.split(":")[-1]


@given(st.text(min_size=1), st.text(min_size=1))
def test_marks_differ_for_different_secrets_and_with_another_key(one: str, other: str) -> None:
    assert (R.mark(one) == R.mark(other)) == (one == other)
    assert R.mark(one) != Redactor(b"another key").mark(one)


def test_a_string_under_a_secret_name_is_taken_out_of_a_mapping_whole() -> None:
    clean, kinds = R.value({"db": {"password": "correct horse"}, "n": [1, None, True, "x"]})
    assert clean["db"]["password"].startswith("[REDACTED:named_secret:")
    assert clean["n"] == [1, None, True, "x"]
    assert kinds == {"named_secret"}


def test_a_placeholder_under_a_secret_name_stays() -> None:
    value = {"password": "<password>", "token": "***", "secret": "$SECRET"}
    assert R.value(value) == (value, frozenset())


def test_a_secret_in_a_key_of_a_mapping_is_taken_out() -> None:
    clean, kinds = R.value({SECRETS["npm_token"]: 1})
    assert kinds == {"npm_token"}
    assert SECRETS["npm_token"] not in str(clean)


def test_a_value_nested_without_end_is_cut_not_followed() -> None:
    deep: object = SECRETS["jwt"]
    for _ in range(500):
        deep = [deep]
    clean, _ = R.value(deep)
    assert SECRETS["jwt"] not in str(clean)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
)


@given(JSON)
def test_redacting_a_value_twice_changes_nothing_more(value: object) -> None:
    once, _ = R.value(value)
    assert repr(R.value(once)[0]) == repr(once)


def test_the_input_value_is_not_changed() -> None:
    value = {"password": "correct horse", "list": [SECRETS["jwt"]]}
    before = json.dumps(value)
    R.value(value)
    assert json.dumps(value) == before


def test_a_percent_encoded_key_is_found() -> None:
    assert R.text(f"?k={quote(SECRETS['slack_token'])}")[1] == {"slack_token"}


HOSTILE = [
    "password=", "eyJ", "://", "a:b@", "A", "-----BEGIN PRIVATE KEY-----", "[REDACTED:", "token:",
    "AAAAAAAA\n", "sk-", "bearer ", "/", "AAAAAAAAAAAAAAAAAAAA/", "0123456789", "A_KEY=", "\\n",
    "x_sk_", "x://x:", "cookie:", "mnemonic: abc ", "\\", '"', "==\n", "aGk\n", "eyJhIjoi.", "İ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_grows_with_the_length_only(unit: str, assert_linear: Callable[..., None]) -> None:
    def redact(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))
        return lambda: Redactor(b"k").text(text)  # a new one remembers nothing

    redact(1000)()
    assert_linear(redact, 30_000)


def test_the_key_of_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "given")
    assert installation_key() == b"given"


def test_the_key_of_an_installation_is_made_once_and_is_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    made = installation_key()
    file = tmp_path / "agentwarrant" / "redaction.key"
    assert installation_key() == made == file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_without_a_place_to_keep_it_the_key_lives_for_this_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert len(installation_key()) >= 32


# One pass says that a text is clear --------------------------------------------------------------

SEPARATORS = (
    ":",
    "=",
    '"',
    "'",
    "\\",
    "\\n",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\x0b",
    "\x1c",
    "\x85",
    ">",
    "/",
)
PIECES = st.sampled_from(
    [
        *(*SECRETS.values(), PEM, "://u:p4ss@h", "[REDACTED:x:1]"),
        *("password", "Secret_Key", "to\u212aen", "token", "Authorization", "bearer", "cookie"),
        *(
            "hunter22x",
            "A1b2C3d4E5f6",
            "deadbeefcafe0123",
            "deadbeef" * 4,
            "1234567890-" * 2,
            "src/a_module/a_long_name",
            "word",
            "_",
            "\u0130",
            "ß",
            "会議",
        ),
        *(*SEPARATORS, "\u00a0", "\u3000"),
        *("deadbeef" * 4, "1234567890-" * 2, "src/a_module/a_long_name", "camelCase"),
        base64.b64encode(SECRETS["github_token"].encode()).decode(),
        SECRETS["jwt"].encode().hex(),
    ]
)
SUSPICIOUS = st.lists(PIECES, max_size=12).map("".join)


@given(SUSPICIOUS)
def test_looking_first_whether_a_text_is_clear_changes_nothing(text: str) -> None:
    quick = Redactor(b"k").text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redact, "_suspects", lambda _: (LITERAL, NAMED_SUSPECT, ENCODED))
        assert Redactor(b"k").text(text) == quick


VALUES = st.recursive(
    SUSPICIOUS | st.text(max_size=8) | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SUSPICIOUS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_whose_json_is_clear_holds_no_secret(value: object) -> None:
    text, is_json = json_text(value)
    if is_json and is_clear(text):
        assert Redactor(b"k").value(value) == (value, frozenset())


@given(SUSPICIOUS, st.integers(0, 60), st.integers(0, 60))
def test_a_part_of_a_clear_text_is_clear(text: str, start: int, end: int) -> None:
    if is_clear(text):
        assert is_clear(text[start:end])


ANYWHERE = re.compile(
    "|".join(f"[a-z0-9+/_-]{{{n}}}[A-Z][A-Za-z0-9+/_-]{{{19 - n}}}" for n in range(20))
    + r"|[0-9+/_-]{20}|[0-9a-f]{32}"
    + r"|[A-Za-z0-9+/_-](?:\\+r)?(?:\\+n|\r?\n)(?:[ \t>]|\\+t){0,40}[A-Za-z0-9+/_-]"
)
RUNNING = st.lists(
    st.sampled_from(["a", "f", "Z", "9", "+", "-", "_", ".", " ", "é", "\n", "\r\n", "\\n", "\\t"])
    | st.builds(str.__mul__, st.sampled_from("aZ9f"), st.integers(1, 33)),
    max_size=24,
).map("".join)


@given(RUNNING)
def test_a_run_followed_from_its_beginning_is_found_as_one_looked_for_anywhere(text: str) -> None:
    assert (ENCODED in redact._suspects(text)) == (ANYWHERE.search(text) is not None)
