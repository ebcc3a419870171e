"""Works: wishes whose steps are acts of other classes than their words say.

To rotate a key is to make one, store it and delete the old one; to run a payroll is to pay; to
make room is to delete. A work is known by its verb and what the verb is done to, in one sentence,
and reaches as far as its steps: who asks for an open port has not asked for a new administrator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.wishes import only_told

_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
_TOKEN = re.compile(r"[^\s,;()\"“”]+")
_LONGEST, _WORDS, _SENTENCES = 1_000, 120, 200
_REACH, _FAR = 7, 14


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDS_OBJECT = _set(
    "of about for from with in at by to into onto and or that which who if because than then as "
    "but is are was were"
)
_PRONOUNS = _set("it them this these those that one ones both all")
_AFTER_ALL = _set("please now today instead again all up off out over down back away")
_ON = "on"
_NOT = _set("not don't never without no cannot can't shouldn't mustn't nobody")
_POLITE = re.compile(r"^\W*(?:please )?(?:can|could|would|will) (?:you|we|somebody|someone)\b")


class _Work(NamedTuple):
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

_WORKS = (
    _Work(
        _set(
            "rotate rotation renew renewal roll replace regenerate reissue cycle refresh recreate "
            "reset change swap"
        ),
        _set(_CREDENTIALS),
        _set("privilege credential_read destructive config_change"),
        _BY_CREDENTIAL,
    ),
    _Work(
        _set(
            "revoke retire expire invalidate disable deactivate withdraw suspend lock unlock close"
        ),
        _set(
            _CREDENTIALS + " access account accounts session sessions permission permissions "
            "role roles user users membership"
        ),
        _set("privilege destructive config_change"),
        _BY_ACCESS,
    ),
    _Work(
        _set(
            "open close allow permit let block unblock whitelist allowlist expose ban deny "
            "restrict admit"
        ),
        _set(
            "port ports firewall network networks subnet traffic inbound outbound vpn connection "
            "connections ingress range ip ips cidr reach connect"
        ),
        _set("privilege config_change"),
        _BY_NETWORK,
        _ADDRESS,
    ),
    _Work(
        _set("make get need create gain"),
        _set("room space headroom"),
        _set("destructive"),
        _BY_ROOM,
    ),
    _Work(
        _set(
            "free reclaim recover clean clear tidy prune trim shrink empty purge vacuum sweep "
            "retire expire cleanup"
        ),
        _set(
            "room space disk disks volume partition storage drive filesystem quota gigabytes gb "
            "log logs file files image images snapshot snapshots backup backups cache caches "
            "artifacts builds trash bin junk spam records leftovers duplicates folder folders "
            "directory mailbox"
        ),
        _set("destructive"),
        _BY_ROOM,
        _PATH,
        state=_FULL,
    ),
    _Work(
        _set(
            "run start do process execute launch make begin finish complete issue disburse settle "
            "release distribute kick handle"
        ),
        _set(
            "payroll salary salaries wage wages stipends payouts royalties commissions bonuses "
            "allowances payrun"
        ),
        _set("payment"),
    ),
    _Work(
        _set("give send return hand get"),
        _set("money"),
        _set("payment"),
    ),
    _Work(
        _set(
            "copy move mirror replicate archive migrate load offload dump back ship transfer stash "
            "export put store"
        ),
        _set(
            "bucket buckets s3 gcs blob storage warehouse lake cloud drive share server host nas "
            "repository registry ftp sftp mirror cluster region archive"
        ),
        _set("egress"),
        into=True,
    ),
    _Work(
        _set("put enter block pencil add schedule book move shift plan mark"),
        _set("calendar calendars diary agenda schedule"),
        _set("message"),
        re.compile(r"event|calendar|meeting|appointment|invit|schedul|agenda"),
        into=True,
    ),
    _Work(
        _set("clear empty process triage answer handle tidy sort work go get catch"),
        _set("queue inbox backlog mailbox tickets mail mails e-mails emails messages requests"),
        _set("message"),
        re.compile(r"mail|messag|ticket|label|repl|answer|respon|archiv|comment|issue|case"),
    ),
    _Work(
        _set("decommission retire terminate dismantle undeploy scrap stop remove take shut"),
        _set(_SYSTEMS),
        _set("destructive config_change"),
        _BY_SYSTEM,
        _NUMBERED,
    ),
    _Work(
        _set("restart reboot repair fix restore recover heal revive bounce reload"),
        _set(_SYSTEMS),
        _set("privilege config_change"),
        _BY_REPAIR,
        _NUMBERED,
        state=_DOWN,
    ),
    _Work(
        _set("onboard onboarding offboard offboarding deprovision provision"),
        frozenset(),
        _set("privilege destructive message"),
        re.compile(_BY_ACCESS.pattern + r"|mail|messag|invit|mailbox|licen[cs]e|device"),
    ),
)
_SWITCHED = re.compile(
    r"\b(?:turn|switch)(?: [\w'-]+){0,5} (?:on|off|up|down)\b"
    r"|\b(?:turn|switch) (?:on|off|up|down) \w"
)
_SET = re.compile(r"\b(?:set|make|put|bring|raise|lower|turn|dim)(?: [\w'-]+){1,5} (\d+)")


def part_of_work(tool_class: str, step: str, words: str) -> bool:
    """Is an act of this class a step of a work that people asked for?

    Args:
        tool_class: The act's class.
        step: What the act speaks of, lower case: its tool's name and its arguments.
        words: What people said, lower case.
    """
    return any(
        tool_class in _WORKS[at].classes and (by is None or by.search(step) is not None)
        for at in _asked(words)
        for by in (_WORKS[at].by,)
    ) or (tool_class == "config_change" and _sets(step, words))


def _sets(step: str, words: str) -> bool:
    """Do people ask for a setting: to switch something, or to put it to this number?"""
    for sentence, _ in _orders(words):
        number = _SET.search(sentence)
        if number and re.search(rf"(?<![\d.]){number.group(1)}(?![\d.])", step):
            return True
        if number is None and _SWITCHED.search(sentence):
            return True
    return False


@lru_cache(maxsize=256)
def _asked(words: str) -> frozenset[int]:
    """Return the places of the works that people's words ask for."""
    return frozenset(
        at
        for sentence, before in _orders(words)
        for at, work in enumerate(_WORKS)
        if _asks(work, sentence, before)
    )


def _orders(words: str) -> Iterator[tuple[str, str]]:
    """Yield the sentences that do not only want to be told something, with the one before."""
    before = ""
    for sentence in [s[:_LONGEST] for s in _SENTENCE.split(words) if s.strip()][-_SENTENCES:]:
        question = sentence.rstrip().endswith("?") and not _POLITE.match(sentence)
        if not question and not only_told(sentence):
            yield sentence, before
        before = sentence


def _asks(work: _Work, sentence: str, before: str) -> bool:
    tokens = _tokens(sentence)
    found = work.state.search(sentence) if work.state else None
    if found and any(_is(work, token) for token in tokens):
        return True
    return any(
        _does(work, tokens, at, before)
        for at, token in enumerate(tokens)
        if _verb(work, token) and not _NOT.intersection(tokens[max(0, at - 3) : at])
    )


def _tokens(sentence: str) -> list[str]:
    found = [token.strip(".!?:'[]") for token in _TOKEN.findall(sentence)]
    return [token for token in found if token][:_WORDS]


def _verb(work: _Work, token: str) -> bool:
    """Is a word this work's verb, as it is or with -ing?"""
    if token in work.verbs:
        return True
    root = token.removesuffix("ing")
    return root != token and any(r in work.verbs for r in (root, root + "e", root[:-1]))


def _is(work: _Work, token: str) -> bool:
    return token in work.nouns or (work.thing is not None and bool(work.thing.fullmatch(token)))


def _does(work: _Work, tokens: list[str], at: int, before: str) -> bool:
    """Is the verb at this place done to one of the work's nouns?"""
    if not work.nouns:
        return True
    if work.into:
        return _goes_to(work, tokens[at + 1 : at + 1 + _FAR])
    for number, token in enumerate(tokens[at + 1 : at + 1 + _REACH]):
        if _is(work, token):
            return True
        if token in _PRONOUNS and _ends(tokens, at + 2 + number):
            return any(_is(work, one) for one in (*tokens[:at], *_tokens(before)))
        # A verb may have a word of its own: "catch up on", "work through", "let … to reach".
        if token in _ENDS_OBJECT or (token == _ON and number > 1):
            break
    else:
        number = _REACH
    rest = tokens[at + 1 + number : at + 3 + number]
    if len(rest) == 2 and rest[0] == "to" and rest[1] in work.nouns:
        return True
    return at > 0 and _is(work, tokens[at - 1]) and _ends(tokens, at + 1)


def _ends(tokens: list[str], at: int) -> bool:
    """Does the object end here: "the payroll run of May", not "the payroll run report"?"""
    return at >= len(tokens) or tokens[at] in _ENDS_OBJECT or tokens[at] in _AFTER_ALL


def _goes_to(work: _Work, tokens: list[str]) -> bool:
    to = next((i for i, t in enumerate(tokens) if t in ("to", "into", "onto", "in")), -1)
    return to >= 0 and any(_is(work, token) for token in tokens[to + 1 : to + 6])
