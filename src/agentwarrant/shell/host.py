"""Reads programs that change a host or a cloud: files, permissions, services, data, wallets."""

from __future__ import annotations

import re

from agentwarrant import paths
from agentwarrant.shell.cloud import object_named
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import Handler, ShellFacts, after_values, files_of, words_in, written
from agentwarrant.shell.net import copy_out
from agentwarrant.shell.sql import object_of, sql_class

_CLOUD_VALUES = words_in(
    "-n --namespace --context --kubeconfig --cluster --user --profile --region --output -o "
    "--project --subscription -g --resource-group --vault-name --query -l --selector"
)


_CLOUD_WORDS, _CLOUD_WORD = 96, 256
"""As much of a command says what it does."""


def _cloud(command: Command, facts: ShellFacts) -> str:
    """Read aws, gcloud, az, kubectl, vault and their like by their verbs."""
    facts.table = facts.table or object_named(command)
    args = command.args[:_CLOUD_WORDS]
    words = [w.lower()[:_CLOUD_WORD] for w in after_values(args, _CLOUD_VALUES)]
    text = " ".join([command.program, *words])
    copies = set(words[:3]) & {"cp", "sync", "mv"}
    if command.program in ("aws", "gsutil", "gcloud", "az") and copies:
        copy_out(command, facts)
    if _SECRET_STORE.search(f"{text} {' '.join(a[:_CLOUD_WORD] for a in args if a[:2] == '--')}"):
        facts.secret = True
        return ""
    verb = next((w for w in words[:5] if _CLOUD_VERB.fullmatch(w)), "")
    if "push" in words[:2] or _CLOUD_PUTS.search(text):
        facts.send()
    elif _CLOUD_OPENS.search(text) and not _CLOUD_SHOWS.fullmatch(verb):
        facts.be("privilege")
    elif _CLOUD_DESTROYS.fullmatch(verb) and not _disposable(text):
        facts.be("destructive")
    elif "--privileged" in command.args or (
        _CLOUD_GRANTS.search(text) and not _CLOUD_SHOWS.fullmatch(verb)
    ):
        facts.be("privilege")
    elif _CLOUD_SHOWS.fullmatch(verb):
        return "discovery"
    elif _CLOUD_CHANGES.fullmatch(verb):
        return "write"
    return ""


def _disposable(text: str) -> bool:
    """Containers and images are made to be thrown away; volumes are not."""
    return text.startswith(("docker", "podman")) and not re.search(r"\b(?:volume|system)\b", text)


_CLOUD_DESTROYS = re.compile(
    r"(?:delete|terminate|destroy|deregister|purge)(?:-[\w-]+)?|drain|rm|rb|prune|uninstall"
)
_CLOUD_SHOWS = re.compile(
    r"(?:get|list|describe|show)(?:-[\w-]+)?|ls|ps|logs|version|whoami|status"
)
_CLOUD_CHANGES = re.compile(
    r"(?:create|update|apply|set|patch|scale|put|modify|edit|label|annotate|upgrade|install"
    r"|rollout)"
    r"(?:-[\w-]+)?"
)
_CLOUD_VERB = re.compile(
    "|".join(p.pattern for p in (_CLOUD_DESTROYS, _CLOUD_SHOWS, _CLOUD_CHANGES))
)
_CLOUD_PUTS = re.compile(r"\bblob upload|\bs3api put-object\b|\bobject put\b|\bblob copy start")
_CLOUD_OPENS = re.compile(
    r"security-group-(?:in|e)gress|\bfirewall-rules? (?:create|update|delete)"
    r"|\bnsg rule (?:create|update|delete)"
)
"""What lets traffic through a cloud's own walls."""
_CLOUD_GRANTS = re.compile(
    r"\biam\b.*\b(?:attach|put|create|add|update|set)|add-iam-policy-binding|rolebinding"
    r"|create-access-key|role assignment create|policy write"
)
_SECRET_STORE = re.compile(
    r"secretsmanager (?:get|batch-get)|ssm get-parameters?\b.*with-decryption"
    r"|secrets versions access|keyvault secret (?:show|download)"
    r"|(?:kubectl|oc) (?:get|describe) (?:\w+,)*secrets?\b|(?:kubectl|oc) create token"
    r"|vault (?:kv get|read)|bao (?:kv get|read)|op (?:read|item get)|pass show|bw get"
    r"|security (?:find|dump)-|secret-tool lookup|sts (?:get-session-token|assume-role)"
    r"|auth (?:application-default )?print-(?:access|identity)-token"
    r"|ecr get-login-password|account get-access-token|gpg2? .*--export-secret",
)


def _secret_tool(command: Command, facts: ShellFacts) -> None:
    if _SECRET_STORE.search(command.text.lower()):
        facts.secret = True


def _environment(command: Command, facts: ShellFacts) -> str:
    """``printenv NAME`` shows one value; all of them are judged by where they flow to."""
    facts.touched.append("environment")
    if re.search(r"KEY|TOKEN|SECRET|PASS", " ".join(command.args)):
        facts.secret = True
    return "discovery"


def _remove(command: Command, facts: ShellFacts) -> str:
    names = [name for name in files_of(command) if not re.fullmatch(r"/[a-zA-Z]", name)]
    facts.touched += names
    flags = "".join(a for a in command.args if re.fullmatch(r"-[a-zA-Z]+", a)).lower()
    windows = {"/s", "/S"} & set(command.args)
    broad = any(n in ("/", "~", "*", ".", "..", "/*", "~/*") or n.startswith("~/") for n in names)
    if not ("r" in flags or "--recursive" in command.args or windows or broad):
        return "" if any(map(paths.is_credential, names)) else "write"
    if names and not broad and all(re.search(_SCRATCH, name) for name in names):
        return "write"
    facts.be("destructive")
    return ""


_SCRATCH = (
    r"(?:^|[/\\])(?:build|dist|node_modules|target|tmp|\.?cache|__pycache__|\.venv|venv|out"
    r"|coverage|\.(?:pytest|mypy|ruff)_cache|\.next|\.tox)(?:[/\\]|$)"
)


def _find(command: Command, facts: ShellFacts) -> str:
    """What ``-exec`` runs is read as a command of its own."""
    if "-delete" in command.args or ("-exec" in command.args and "rm" in command.args):
        facts.be("destructive")
    return "discovery"


def _destroy(command: Command, facts: ShellFacts) -> None:
    facts.touched += files_of(command)
    facts.be("destructive")


def _convert(command: Command, facts: ShellFacts) -> str:
    """``dd`` destroys only where it writes over a device."""
    facts.secret = facts.secret or any(map(paths.is_credential, command.args))
    facts.touched += [arg[3:] for arg in command.args if arg.startswith(("if=", "of="))]
    if re.search(r"\bof=/dev/(?!null|stdout|tty)", command.text):
        facts.be("destructive")
    return "write"


_SQL_DESTROYS = re.compile(
    r"\b(?:drop\s+(?:table|database|schema)|truncate\s+(?:table\s+)?\w|delete\s+from)",
    re.IGNORECASE,
)


def destroys_data(sql: str) -> bool:
    """Does a piece of SQL drop tables or delete rows?"""
    return _SQL_DESTROYS.search(sql) is not None


def _sql(command: Command, facts: ShellFacts) -> None:
    if destroys_data(f"{command.text} {command.given}"):
        facts.be("destructive")
    for said in (*command.args[:16], command.given):
        found = sql_class(said)
        facts.table = facts.table or (object_of(said) if found else "")
        facts.secret = facts.secret or found == "credential_read"
        if found in ("privilege", "destructive"):
            facts.be(found)


def _privilege(command: Command, facts: ShellFacts) -> None:
    if command.program in ("chmod", "chown") and not re.search(
        r"\b[0-7]?777\b|\+s|[4267][0-7]{3}\b|\broot\b", " ".join(command.args)
    ):
        return
    users = command.args[:1] and command.args[0] in ("user", "localgroup", "group")
    if command.program == "net" and not (users and {"/add", "/ADD"} & set(command.args)):
        return
    facts.be("privilege")


_WALL_SHOWS = words_in(
    "status -L -S --list --list-rules --list-all --list-ports --state --get-zones list show "
    "version --version"
)


def _firewall(command: Command, facts: ShellFacts) -> str:
    """Whoever changes what a wall lets through decides who gets in."""
    args = set(command.args)
    shows = not _WALL_SHOWS.isdisjoint(args) or (command.program == "pfctl" and "-s" in args)
    if command.program == "netsh" and not args & words_in("advfirewall firewall portproxy"):
        return "discovery" if "show" in args else ""
    if shows or not command.args:
        return "discovery"
    facts.be("privilege")
    return ""


def _registry(command: Command, facts: ShellFacts) -> str:
    if command.args[:1] != ["add"]:
        return "discovery"
    facts.touched += command.args[1:2]
    written(" ".join(command.args[1:2]), facts)
    facts.be("config_change")
    return ""


def _schedule(command: Command, facts: ShellFacts) -> None:
    args = {a.lower() for a in command.args}
    lists = args & words_in("-l list status /query list-timers list-units is-active show")
    starts = args & {"enable", "load", "bootstrap", "/create", "add", "create", "edit", "-e", "-"}
    direct = command.program in ("crontab", "at", "batch", "schtasks")
    if not lists and (starts or direct):
        facts.be("persistence")
        if not args & words_in("-r /delete -d -c"):
            facts.acts.add("schedule")


_DEFENCES = re.compile(
    r"audit|falcon|sentinel|osquer|crowdstrike|defender|clam(?:av|d)|fail2ban|\bufw\b|firewall"
    r"|apparmor|selinux|sysmon|wazuh|elastic-agent|(?:file|audit|winlog)beat|syslog|splunkd?\b"
    r"|falco|tetragon|\btracee|sysdig|suricata|sophos|cylance|cortex-?xdr|datadog-agent|fluent(?:d|-?bit)"
    r"|mdatp|cbagent|carbonblack|xagt|endpoint|windefend|sense\b",
    re.IGNORECASE,
)
_STOPS = words_in("stop disable mask kill unload bootout remove delete")


def _service(command: Command, facts: ShellFacts) -> str:
    """Stopping what watches the host changes who is in charge of it."""
    if set(command.args) & _STOPS or command.program in ("pkill", "killall", "setenforce"):
        if _DEFENCES.search(command.text):
            facts.be("privilege")
            facts.acts.add("guard_disable")
    elif command.program in ("systemctl", "launchctl"):
        _schedule(command, facts)
    return ""


_KILLERS = words_in(
    "pkill killall kill taskkill stop-service stop-process remove-service uninstall-package"
)
_SWITCHES = re.compile(
    r"^(?:setenforce 0|setenforce permissive|auditctl .*-(?:e ?0|D\b)|ufw (?:--force )?disable"
    r"|set-mppreference .*-disable|sc(?:\.exe)? config .*start= ?disabled)",
    re.IGNORECASE,
)
_LEAVES = words_in(
    "stop disable mask remove purge erase uninstall autoremove delete rm kill -e scale"
)


def stops_a_guard(command: Command) -> bool:
    """Does a command stop, switch off or take away what watches or bounds the host?"""
    text = command.text[:4096]
    if _SWITCHES.match(text):
        return True
    ends = command.program in _KILLERS or not _LEAVES.isdisjoint(command.args[:12])
    return ends and _DEFENCES.search(text) is not None


def _wallet(command: Command, facts: ShellFacts) -> None:
    if re.search(
        r"\b(?:send|transfer|pay|sendtoaddress|swap|approve|create-account)\b", command.text
    ):
        facts.be("payment")


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(
        words_in(
            "aws gcloud az kubectl helm terraform vault bao doctl oc docker podman "
            "tofu terragrunt pulumi eksctl hcloud oci ibmcloud openstack flyctl heroku"
        ),
        _cloud,
    ),
    **dict.fromkeys(
        words_in(
            "ufw iptables ip6tables nft firewall-cmd pfctl netsh new-netfirewallrule "
            "set-netfirewallrule set-netfirewallprofile remove-netfirewallrule"
        ),
        _firewall,
    ),
    **dict.fromkeys(words_in("op pass bw security secret-tool gpg gpg2"), _secret_tool),
    **dict.fromkeys(words_in("rm del erase rd rmdir remove-item ri unlink"), _remove),
    **dict.fromkeys(words_in("shred mkfs wipefs format cipher mkfs.ext4 dropdb"), _destroy),
    **dict.fromkeys(words_in("psql mysql sqlite3 mongosh sqlcmd mariadb"), _sql),
    **dict.fromkeys(
        words_in("chmod chown useradd usermod adduser passwd visudo setcap gpasswd net setfacl"),
        _privilege,
    ),
    **dict.fromkeys(words_in("crontab at batch schtasks"), _schedule),
    **dict.fromkeys(
        words_in("systemctl launchctl service sc pkill killall setenforce auditctl"), _service
    ),
    **dict.fromkeys(
        words_in(
            "solana spl-token cast bitcoin-cli electrum geth near sui aptos lncli "
            "monero-wallet-cli ethermint"
        ),
        _wallet,
    ),
    "dd": _convert,
    "find": _find,
    "printenv": _environment,
    "reg": _registry,
}
"""Who reads which program."""
