"""Which files matter to an agent's safety."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import paths


@pytest.mark.parametrize(
    "path",
    [
        ".env", "/srv/app/.env.production", "config/prod.env", "~/.aws/credentials",
        r"C:\Users\ann\.aws\credentials", "/home/ann/.ssh/id_rsa", "~/.ssh/id_ed25519_work",
        "certs/server.pem", "*.pem", "keys/tls.key", "~/.kube/config", "admin.kubeconfig",
        "~/.npmrc", ".git-credentials", "~/.pgpass", "~/.docker/config.json", "wallet.dat",
        "/etc/shadow", "terraform.tfstate", "gcp-service-account.json", "db_credentials.yml",
        "/proc/self/environ", "/run/secrets/db_password", "secrets.json", "~/.netrc",
        "file=@.env", "open('.env')", "cat<.env", "backup.kdbx", "~/.gnupg/secring.gpg",
    ],
)  # fmt: skip
def test_a_file_of_credentials_is_known_by_its_name(path: str) -> None:
    assert paths.is_credential(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example", ".env.template", "src/env.ts", "process.env.HOME", "id_rsa.pub",
        "~/.ssh/id_ed25519.pub", "~/.ssh", "docs/secrets.md", "environment.py", "README.md",
        "tests/test_tokens.py", "package-lock.json", "public.key", "src/auth.ts", "aws.md",
        "token_counter.py", "keyring", "config.json", "~/.ssh/known_hosts", "shadows.css",
    ],
)  # fmt: skip
def test_an_ordinary_file_is_not_taken_for_credentials(path: str) -> None:
    assert paths.is_credential(path) is (path == "keyring")


def test_the_credential_files_of_a_text_are_listed_once_in_order() -> None:
    text = "cp ~/.aws/credentials /tmp/x; cat .env; cat .env >> '/srv/id_rsa'"
    assert paths.credential_paths(text) == [".aws/credentials", ".env", "id_rsa"]


@pytest.mark.parametrize(
    "path", ["~/.ssh", "/home/a/.aws/", ".gnupg", r"C:\Users\a\.kube", "~/.config/gcloud"]
)
def test_a_folder_of_credentials_is_known(path: str) -> None:
    assert paths.is_credential_folder(path)
    assert not paths.is_credential(path)


@pytest.mark.parametrize("path", ["~", "/home/a/.config", "src/.github", "docs/ssh", "my.aws.md"])
def test_an_ordinary_folder_is_no_folder_of_credentials(path: str) -> None:
    assert not paths.is_credential_folder(path)


@pytest.mark.parametrize(
    ("path", "amounts_to"),
    [
        ("~/.bashrc", "persistence"),
        ("/etc/cron.d/backup", "persistence"),
        ("~/.ssh/authorized_keys", "persistence"),
        ("repo/.git/hooks/pre-commit", "persistence"),
        ("~/Library/LaunchAgents/x.plist", "persistence"),
        (r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run", "persistence"),
        ("HEARTBEAT.md", "persistence"),
        ("/workspace/SOUL.md", "config_change"),
        ("CLAUDE.md", "config_change"),
        (".cursor/rules/style.mdc", "config_change"),
        ("~/.claude/settings.json", "config_change"),
        ("project/.mcp.json", "config_change"),
        ("~/.codex/config.toml", "config_change"),
        ("memory/2026-01-31.md", "memory_write"),
        ("MEMORY.md", "memory_write"),
        ("src/app.ts", "write"),
        ("docs/memory.txt", "write"),
        ("hooks/useCart.ts", "write"),
        ("user.md", "write"),
        ("src/agents/index.ts", "write"),
    ],
)
def test_what_is_written_to_says_what_the_writing_amounts_to(path: str, amounts_to: str) -> None:
    assert paths.written_class(path) == amounts_to


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "http://metadata.google.internal/v1", "[fd00:ec2::254]"]
)
def test_the_metadata_services_of_clouds_are_known(host: str) -> None:
    assert paths.is_metadata_service(host)


@given(st.text())
def test_no_path_is_too_strange_to_be_judged(path: str) -> None:
    assert paths.written_class(path) in {"persistence", "config_change", "memory_write", "write"}
    assert paths.is_credential(path) == bool(paths.credential_paths(path))


PIECES = st.sampled_from(
    [
        *(".env", ".example", "process.env", ".aws/credentials", "id_rsa", "a.PEM", "server.key"),
        *("secrets.yaml", "Token.json", "etc/shadow", "HEARTBEAT.md", "SOUL.md", "soul.md"),
        *("CLAUDE.local.md", ".claude/settings.json", "MEMORY.md", "memory/x.md", ".bashrc"),
        *("mcp.json", "src", "main.py", "wallet.dat", "keyring-x", ".config/systemd/u.service"),
        *("/", "\\", " ", "\t", "\x0b", "\x1c", "\n", "\u00a0", ";", "'", ":", "=", "é", "_", "9"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
def test_looking_first_for_what_a_path_may_be_changes_nothing(path: str) -> None:
    for number, kind in enumerate(paths._KINDS):
        assert paths._matches(number, path) == bool(kind.search(path))
