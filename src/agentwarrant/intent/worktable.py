"""The works that are known: by which verbs and nouns, and what their steps are."""

from __future__ import annotations

import re
from typing import NamedTuple


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(words.split())


class Work(NamedTuple):
    """A work.

    Attributes:
        verbs, nouns: What is done, and to what.
        classes: Of which classes its steps are.
        by: What its steps speak of, in the tool's name or the command; None: anything.
        thing: What else than a noun it may be done to: a number, an address, a path.
        into: The nouns say where to, behind a preposition.
        state: A state of affairs that asks for it, told of one of the nouns.
    """

    verbs: frozenset[str]
    nouns: frozenset[str]
    classes: frozenset[str]
    by: re.Pattern[str] | None = None
    thing: re.Pattern[str] | None = None
    into: bool = False
    state: re.Pattern[str] | None = None


_CREDENTIALS = "key keys token tokens secret secrets credential credentials password passphrase " \
    "certificate certificates cert certs login keypair"  # fmt: skip
_BY_CREDENTIAL = re.compile(r"key|token|secret|passw|passphrase|cred|cert|login|vault")
_BY_ACCESS = re.compile(
    r"key|token|secret|passw|cred|cert|login|access|session|permission|role|member|user|account"
    r"|group|polic|grant"
)
_BY_NETWORK = re.compile(
    r"\b(?:ufw|ip6?tables|nft|firewall\w*|pfctl|netsh|security[-_ ]?groups?|nsg|network[-_ ]?"
    r"(?:rule|polic|acl)\w*|allow[-_]?list|white[-_]?list|block[-_]?list|authorize-security\S*"
    r"|ingress|egress)",
)
_BY_ROOM = re.compile(
    r"\brm\b|\bfind\b|logs?\b|logrotate|journal|prune|clean|vacuum|trim|tmp|temp|cache|snapshot"
    r"|image|trash|truncate|files?\b|mails?\b|backup|archive|autoremove|purge|artifact|object"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d+)?|[\w.-]+:\d{2,5}|\d{2,5}(?:/(?:tcp|udp))?")
_PATH = re.compile(r"/[\w./-]+|[a-z]:\\?\S*")
_FULL = re.compile(
    r"\b(?:is|are|almost|nearly|getting|was) (?:[\w%]+ ){0,2}full\b"
    r"|\bout of (?:disk )?(?:space|room)|\blow on (?:disk )?space|\bno (?:\w+ )?space left"
    r"|\bfilling up\b|\b\d{2,3} ?% (?:full|used)"
)

_SYSTEMS = (
    "server servers host hosts instance instances cluster clusters environment vm vms machine "
    "machines node nodes service services pod pods container containers deployment app database "
    "stack job worker daemon nginx apache postgres mysql redis kafka"
)
_NUMBERED = re.compile(r"[a-z]+(?:-[a-z]+)*-?\d+")
_BY_SYSTEM = re.compile(
    r"\b(?:instances?|clusters?|vms?|nodes?|servers?|hosts?|machines?|pods?|containers?|stacks?"
    r"|services?|helm|terraform|deployments?|uninstall|shutdown|poweroff)\b"
)
_BY_REPAIR = re.compile(
    r"\b(?:restart|reboot|reload|start|rollout|reset-failed|respawn|heal|failover)\b"
)
_DOWN = re.compile(
    r"\b(?:is|are|seems?|keeps?|went|gone) (?:\w+ ){0,2}(?:down|offline|unreachable|unavailable"
    r"|unresponsive|stuck|hung|hanging|dead|crashing|crashed|failing|broken|slow|unhealthy)\b"
    r"|\b(?:hangs|crashed|crashes)\b|\bnot (?:responding|reachable|running|answering)\b"
)

WORKS = (
    Work(
        word_set(
            "rotate rotation renew renewal roll replace regenerate reissue cycle refresh recreate "
            "reset change swap"
        ),
        word_set(_CREDENTIALS),
        word_set("privilege credential_read destructive config_change"),
        _BY_CREDENTIAL,
    ),
    Work(
        word_set(
            "revoke retire expire invalidate disable deactivate withdraw suspend lock unlock close"
        ),
        word_set(
            _CREDENTIALS + " access account accounts session sessions permission permissions "
            "role roles user users membership"
        ),
        word_set("privilege destructive config_change"),
        _BY_ACCESS,
    ),
    Work(
        word_set(
            "open close allow permit let block unblock whitelist allowlist expose ban deny "
            "restrict admit"
        ),
        word_set(
            "port ports firewall network networks subnet traffic inbound outbound vpn connection "
            "connections ingress range ip ips cidr reach connect address addresses"
        ),
        word_set("privilege config_change"),
        _BY_NETWORK,
        _ADDRESS,
    ),
    Work(
        word_set("make get need create gain"),
        word_set("room space headroom"),
        word_set("destructive"),
        _BY_ROOM,
    ),
    Work(
        word_set(
            "free reclaim recover clean clear tidy prune trim shrink empty purge vacuum sweep "
            "retire expire cleanup"
        ),
        word_set(
            "room space disk disks volume partition storage drive filesystem quota gigabytes gb "
            "log logs file files image images snapshot snapshots backup backups cache caches "
            "artifacts builds trash bin junk spam records leftovers duplicates folder folders "
            "directory mailbox"
        ),
        word_set("destructive"),
        _BY_ROOM,
        _PATH,
        state=_FULL,
    ),
    Work(
        word_set(
            "run start do process execute launch make begin finish complete issue disburse settle "
            "release distribute kick handle"
        ),
        word_set(
            "payroll salary salaries wage wages stipends payouts royalties commissions bonuses "
            "allowances payrun"
        ),
        word_set("payment"),
    ),
    Work(
        word_set("give send return hand get"),
        word_set("money"),
        word_set("payment"),
    ),
    Work(
        word_set(
            "copy move mirror replicate archive migrate load offload dump back ship transfer stash "
            "export put store"
        ),
        word_set(
            "bucket buckets s3 gcs blob storage warehouse lake cloud drive share server host nas "
            "repository registry ftp sftp mirror cluster region archive"
        ),
        word_set("egress"),
        into=True,
    ),
    Work(
        word_set("put enter block pencil add schedule book move shift plan mark"),
        word_set("calendar calendars diary agenda schedule"),
        word_set("message"),
        re.compile(r"event|calendar|meeting|appointment|invit|schedul|agenda"),
        into=True,
    ),
    Work(
        word_set("clear empty process triage answer handle tidy sort work go get catch"),
        word_set("queue inbox backlog mailbox tickets mail mails e-mails emails messages requests"),
        word_set("message"),
        re.compile(r"mail|messag|ticket|label|repl|answer|respon|archiv|comment|issue|case"),
    ),
    Work(
        word_set("decommission retire terminate dismantle undeploy scrap stop remove take shut"),
        word_set(_SYSTEMS),
        word_set("destructive config_change"),
        _BY_SYSTEM,
        _NUMBERED,
    ),
    Work(
        word_set("restart reboot repair fix restore recover heal revive bounce reload"),
        word_set(_SYSTEMS),
        word_set("privilege config_change"),
        _BY_REPAIR,
        _NUMBERED,
        state=_DOWN,
    ),
    Work(
        word_set("onboard onboarding offboard offboarding deprovision provision"),
        frozenset(),
        word_set("privilege destructive message"),
        re.compile(_BY_ACCESS.pattern + r"|mail|messag|invit|mailbox|licen[cs]e|device"),
    ),
)
VERBS = frozenset[str]().union(*(work.verbs for work in WORKS))
"""The verbs of all works."""
