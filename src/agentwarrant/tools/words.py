"""Tool names taken apart into words, and what verbs and objects mean.

The vocabulary is of ordinary English verbs and nouns, not of any vendor's tools; words of other
languages are taken for them (``stems.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from agentwarrant.tools.acts import act_of_words, changes
from agentwarrant.tools.english import plainer
from agentwarrant.tools.stems import meanings, plain

_SPLIT = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PAY = _words(
    "refund reimburse pay payment payments payout purchase buy checkout withdraw remit invoice"
)
MOVE = _words(
    "transfer send wire pay schedule create make execute submit update swap move issue add"
)
MONEY = _words(
    "money funds fund payment payments transaction transactions crypto token tokens coin coins sol "
    "eth btc usdc wallet cash balance payout bank deposit withdrawal order subscription hotel "
    "flight restaurant car reservation booking refund refunds charge charges hotels flights cars "
    "bookings reservations"
)
SPEND = _words("reserve book order subscribe")
MESSAGE_NOUNS = _words(
    "email emails mail gmail message messages msg sms dm chat slack telegram discord whatsapp "
    "teams notification channel comment comments reply tweet thread inbox outlook conversation "
    "conversations direct invite invitation sessions issue issues pr review discussion"
)
SEND = _words(
    "send reply post forward publish compose notify message write create share broadcast "
    "respond announce tweet submit draft mail email"
)
READ = _words(
    "read get fetch view open browse query download load lookup grep check show search "
    "find retrieve receive extract inspect cat display preview summarize history status"
)
LIST = _words("list ls glob describe whoami enumerate scan tree count stat info agents")
WRITE = _words(
    "write edit create update save append insert modify patch move copy rename add set put "
    "upsert commit replace change store record multiedit make apply merge"
)
DELETE = _words(
    "delete destroy drop truncate wipe purge terminate erase remove uninstall unlink kill"
)
EXEC = _words(
    "exec bash shell terminal command cmd python execute run code repl powershell eval "
    "process notebook interpreter script console"
)
SECRET = _words(
    "secret secrets credential credentials password passwords apikey vault keychain "
    "passphrase keyring"
)
PRIVILEGE_VERB = _words("grant elevate promote authorize invite assign impersonate escalate")
PRIVILEGE_NOUN = _words(
    "role roles permission permissions privilege privileges admin access acl "
    "membership collaborator member members user users password mfa policy "
    "group account team owner credentials credential"
)
SCHEDULE = _words(
    "cron crontab automation automations heartbeat trigger timer autorun autostart "
    "launchd scheduler startup"
)
SCHEDULED = _words("job jobs task tasks wakeup agent prompt recurring routine workflow trigger")
MEMORY = _words("memory memories remember memorize forget memo soul")
_MAILBOX = _words("mail email emails mailbox inbox outlook gmail exchange")
_MAIL_RULES = _words(
    "rule rules filter filters forwarding autoforward delegate redirect redirection"
)
"""A rule that forwards a mailbox goes on acting by itself (ATT&CK T1114.003)."""
CONFIG = _words(
    "config configuration settings setting hook hooks plugin plugins skill skills mcp "
    "instructions gateway profile extension preferences"
)
NET = _words(
    "web http https url fetch browser browse webpage page crawl scrape request api website "
    "internet online site navigate curl wget webhook"
)
EGRESS = _words("upload publish export webhook paste gist push syndicate exfiltrate")
DELEGATE = _words("spawn delegate handoff subagent task agent transfer_to dispatch")
PEER = _words("a2a peer moltbook agentnet")
_GENERIC = _words(
    "tool tools mcp function functions server client the a of to for in on with by and "
    "default builtin"
)


class Verbs(NamedTuple):
    """What a tool's name says.

    Attributes:
        name: The name as given.
        tool_class: Class by name alone.
        executes: It runs code.
        reads, writes, sends, connects, moves: What its verb does.
    """

    name: str
    tool_class: str
    executes: bool
    reads: bool
    writes: bool
    sends: bool
    connects: bool
    moves: bool


@lru_cache(maxsize=4096)
def words_of(tool: str) -> tuple[str, ...]:
    """Return the words of a tool name: camelCase, snake_case, paths and dots taken apart."""
    return tuple(w.lower() for w in _SPLIT.findall(plain(tool[:256])[:256]))


@lru_cache(maxsize=4096)
def class_of_words(tool: str) -> Verbs:
    """Return what a tool's name says about what it does."""
    own = own_words(tool)
    # A server's name may say "mcp" or "server"; further on in the name they are objects.
    words = frozenset(own) - _GENERIC | frozenset(w for w in own[1:] if w in ("tool", "mcp"))
    verb = _verb(own)
    reads = verb in READ or verb in LIST
    writes = bool(words & (WRITE | SEND | DELETE)) and not reads
    sends = bool(words & EGRESS) or (verb in ("post", "upload", "publish", "share"))
    connects = bool(words & NET)
    return Verbs(
        tool,
        _class(own, words, verb, reads),
        executes=_executes(words, verb, reads),
        reads=reads,
        writes=writes,
        sends=sends,
        connects=connects,
        moves=bool(words & MOVE) and not reads,
    )


_COMPOUNDS = {("pull", "request"): "pr", ("pull", "requests"): "pr", ("api", "key"): "apikey",
              ("api", "keys"): "apikey", ("bash", "output"): "output"}  # fmt: skip
"""Two words that mean neither of their parts."""


def own_words(tool: str) -> tuple[str, ...]:
    """Return the words that say what a tool does.

    ``mcp__github__create_issue``: the server's name may say what it is about, never what is done.
    """
    prefix, _, rest = tool[:256].partition("__")
    server, _, name = rest.partition("__")
    if prefix == "mcp" and name:
        own = tuple(w for w in words_of(server) if w not in _VERBS) + words_of(name)
    else:
        listed = words_of(tool)
        own = listed[1:] if listed[:1] == ("mcp",) and len(listed) > 2 else listed
    joined: list[str] = []
    for word in in_english(own):
        compound = _COMPOUNDS.get((joined[-1], word)) if joined else None
        if compound:
            joined[-1] = compound
        else:
            joined.append(word)
    return tuple(joined)


def in_english(words: tuple[str, ...]) -> Iterator[str]:
    """Yield each word, of one of another language what it means, of a rare one what is plainer."""
    own = (w for word in words for w in (() if word in _KNOWN else meanings(word)) or (word,))
    yield from plainer(tuple(own))


def _verb(own: tuple[str, ...]) -> str:
    """Return the verb. A word that may be an object too gives way to a later one: ``order_status``.

    Not where several acts are named: ``pay_and_show_receipt`` pays.
    """
    verbs = [w for w in own if w in _VERBS]
    plain = [w for w in verbs if w not in _ALSO_NOUNS]
    verb = next(iter(verbs if "and" in own else plain or verbs), "")
    if verb in READ | LIST and verb == own[-1] and changes(own):
        return ""  # "info" that is filled in
    return own[-1] if verb in _ADJECTIVES and own[-1] in _ENDINGS else verb


_ADJECTIVES = _words(
    "open status history preview search query view check count info tree list load"
)
_ENDINGS = _words("create update delete remove set add insert patch put edit modify replace cancel")
"""``open_banking_consent_create`` creates: a name may end with its verb."""


_VERBS = (
    READ | LIST | WRITE | SEND | DELETE | PAY | SPEND | PRIVILEGE_VERB | EGRESS | MOVE
    | _words("spawn delegate handoff exec execute run remember reset disable enable revoke install "
             "withdraw navigate browse cancel")
)  # fmt: skip


_ALSO_NOUNS = (
    MESSAGE_NOUNS | MONEY | SPEND | PAY | _words("schedule transfer invite record store invoices")
)


_KNOWN = (
    _VERBS | _ALSO_NOUNS | EXEC | SECRET | PRIVILEGE_NOUN | SCHEDULE | SCHEDULED | MEMORY | CONFIG
    | NET | DELEGATE | PEER | _MAILBOX | _MAIL_RULES | _GENERIC
)  # fmt: skip
"""Words that mean something as they are."""


def _executes(words: frozenset[str], verb: str, reads: bool) -> bool:
    strong = words & _words("exec bash shell terminal powershell repl cmd console interpreter")
    code = verb in ("execute", "run", "eval") or words & _words("python code command script")
    return bool(strong or (code and not reads and not words & _words("query sql workflow agent")))


def _class(own: tuple[str, ...], words: frozenset[str], verb: str, reads: bool) -> str:
    """Judge by verb and object, strongest meaning first."""
    if _pays(words, verb, reads):
        return "payment"
    act = act_of_words(own, words, verb)
    if act:
        return act
    if not reads and words & _QUIETS and words & _WATCHES:
        return "destructive"
    if not reads and (words & _words("deploy rollout") or (words & _MERGES and words & _CHANGES)):
        return "egress"
    told = verb == "publish" and words & _words("message messages reply comment")
    if not reads and words & EGRESS and not words & CONFIG and not told:
        return "egress"
    if (verb in ("post", "submit", "put") and words & NET) or verb == "share":
        return "egress"
    if "form" in words and words & _words("fill submit send"):
        return "egress"
    if _secret(own, words, verb):
        return "credential_read" if reads or not words & WRITE else "privilege"
    if not reads and _privilege(words, verb):
        return "privilege"
    revoked = verb == "revoke" and words & _words("member members membership user account seat")
    if not reads and (words & DELETE or verb == "cancel" or revoked):
        # stopping one's own shell or process destroys nothing
        return "exec" if verb in ("kill", "terminate") and words & _PROCESS else "destructive"
    if not reads and _schedules(words, verb):
        return "persistence"
    if not reads and words & MEMORY:
        return "memory_write"
    if (
        not reads
        and words & CONFIG
        and words & (WRITE | _words("install enable disable apply reset register"))
    ):
        return "config_change"
    if not reads and words & WRITE and words & _MAILBOX and words & _MAIL_RULES:
        return "config_change"
    if not reads and _messages(words, verb):
        return "message"
    if not reads and (words <= _words("message email sms") and words):
        return "message"
    if words & _words("spawn delegate handoff subagent dispatch") or words in ({"task"}, {"agent"}):
        return "delegate"
    if own[:2] == ("transfer", "to"):
        return "delegate"
    if _executes(words, verb, reads):
        return "exec"
    if verb in LIST:
        return "discovery"
    if reads:
        return "read"
    if words & WRITE or words & SPEND:
        return "write"
    return "read" if words & NET else "other"


_SPENT = _words("transfer move send redeem gift spend")
_POINTS = _words("points miles credits vouchers")
_MAKES = _words("create make place submit confirm request")
_BOOKINGS = _words("booking reservation bookings reservations")
_PARTICULARS = _words("profile details detail particulars info information")
_HOLDERS = _words("user customer client holder my personal member account guest subscriber")
_QUIETS = _words("silence mute suppress snooze disable")
_WATCHES = _words("alert alerts alarm alarms monitor monitoring audit logging logs")
_MERGES = _words("merge promote")
_CHANGES = _words("pr pull request branch release")
_PROCESS = _words("shell bash terminal process command")


def _pays(words: frozenset[str], verb: str, reads: bool) -> bool:
    if reads:
        return False
    if words & (PAY - _words("invoice payment payments")):
        return True
    if words & _SPENT and words & _POINTS:
        return True
    if (verb in SPEND and words & MONEY) or (verb in _MAKES and words & _BOOKINGS):
        return True
    return bool(
        words & MOVE
        and words
        & (
            MONEY
            - _words(
                "order subscription hotel flight restaurant car reservation booking token tokens "
                "hotels flights cars bookings reservations"
            )
        )
    )


def _messages(words: frozenset[str], verb: str) -> bool:
    sends = verb in SEND or words & (SEND - MESSAGE_NOUNS)  # "email" is a verb in front only
    if sends and (words & MESSAGE_NOUNS or verb in ("reply", "tweet", "notify")):
        return True
    return verb == "add" and bool(words & _words("comment comments reply review message"))


def _secret(own: tuple[str, ...], words: frozenset[str], verb: str) -> bool:
    pairs = set(pairwise(own))
    named = words & SECRET or ("access", "key") in pairs
    token = ("access", "token") in pairs or ("auth", "token") in pairs
    return bool(named or token) and verb not in ("update", "change", "reset", "set")


def _privilege(words: frozenset[str], verb: str) -> bool:
    if words & PRIVILEGE_VERB and (words & PRIVILEGE_NOUN or verb in PRIVILEGE_VERB):
        return True
    if words & WRITE and words & _PARTICULARS and words & _HOLDERS:
        return True
    if verb in ("reset", "change") and words & SECRET:
        return True
    acts = verb in _words("add create update change reset set disable enable assign")
    strong = words & (PRIVILEGE_NOUN - _words("group team owner account policy access"))
    return bool(acts and strong)


def _schedules(words: frozenset[str], verb: str) -> bool:
    if words & SCHEDULE:
        return True
    return bool(words & _words("schedule scheduled reschedule recurring") and words & SCHEDULED)
