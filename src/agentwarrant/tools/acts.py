"""Acts that neither verb nor object says alone: doors opened, extras booked, data in an address."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from agentwarrant import paths


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LOOKS = _words(
    "get list read show view status check find search describe fetch query count is preview "
    "history state info"
)
_ENTRANCES = _words("door doors garage gate gates shutter shutters lock locks smartlock siren")
_ENTERS = _words("open close unlock lock arm disarm toggle control trigger")
_DEVICES = _words(
    "boiler thermostat furnace heater heating oven stove valve sprinkler blinds door doors garage "
    "shutter shutters siren pump breaker actuator relay"
)
_ACTUATES = _ENTERS | _words(
    "set turn start stop activate deactivate run enable disable on off press adjust switch"
)
_DATA_LOCKS = _words(
    "file files issue thread conversation branch table row page session state database db mutex "
    "record document lockfile pr package dependency user account cell sheet quality"
)
_HOUSE_ACTS = _words("run trigger execute activate turn control")
_AGENTS = _words("agent agents subagent assistant")
_CALLS = _words("invoke call run start ask launch trigger execute")
_BULK = _words("mailing mailings campaign campaigns newsletter newsletters mailshot")
_NOT_AGENTS = _words("code browser script command tool tools")
"""What an agent runs is no agent: ``run_agent_tool``."""
_GOES_OUT = _words("send launch start trigger activate resume publish blast schedule dispatch")
_EXTRAS = _words(
    "extra extras upgrade upgrades addon addons insurance baggage seat seats ancillary"
)
_BOOKED = _words(
    "car cars hotel hotels flight flights booking bookings reservation reservations trip trips "
    "rental rentals ticket tickets room rooms"
)
_ADDS = _words("add book buy upgrade select choose request")
_SHARED = _words("share shared shareable sharing public")
_LINK = _words("link links url")
_FORGES = _words("github gitlab bitbucket gitea repo repos repository repositories")
_TREE = _words("file files content contents commit commits tree blob")
_PUTS = _words("create update write put push add commit edit upsert replace delete")
_SORTS = _words(
    "archive unarchive label unlabel flag unflag star unstar pin unpin snooze unsnooze mute unmute "
    "mark tag untag categorize unsubscribe labels tags move"
)
_LETTERS = _words(
    "email emails mail mails gmail outlook inbox message messages thread threads conversation "
    "conversations issue issues"
)
_TELLS = _words("send reply post forward publish notify broadcast respond announce submit compose")
_ENDS = _words("delete remove purge trash destroy erase")
_BOOKS = _words(
    "expense expenses receipt receipts bill bills invoice invoices voucher vouchers ledger journal "
    "bookkeeping accounting entry entries"
)
_PAYS_OUT = _words("pay wire transfer remit execute swap refund")


_CHANGES = _words(
    "disable enable activate deactivate toggle fill autofill prefill enter apply approve reject "
    "accept decline confirm revoke reset unlock unblock suspend resume install uninstall submit "
    "register unregister unsubscribe cancel delete remove add update change edit modify replace "
    "redirect override escalate dismiss acknowledge"
)
"""Verbs of changes that are seldom nouns."""


def changes(words: Sequence[str]) -> bool:
    """Does a name say which change it is, so that its ending says what is changed?"""
    return not _CHANGES.isdisjoint(words[:-1])


def keeps_books(words: Iterable[str]) -> bool:
    """Do these words write down what money is owed or was spent, so that none moves?"""
    return not _BOOKS.isdisjoint(words) and _PAYS_OUT.isdisjoint(words)


def act_of_words(own: tuple[str, ...], words: frozenset[str], verb: str) -> str:
    """Return the class of an act named by several words together, or ''."""
    if words & _LOOKS and verb not in ("open", "browse"):
        return ""
    device = _device(own, words)
    if device:
        return device
    if words & _EXTRAS and words & _BOOKED and words & _ADDS:
        return "payment"
    if words & _SORTS and words & _LETTERS and not words & (_TELLS | _ENDS):
        return "write"  # a message is put in its place: nobody is written to
    if words & _BULK and words & _GOES_OUT:
        return "message"
    if words & _SHARED and words & _LINK:
        return "egress"
    if words & _AGENTS and words & _CALLS and not words & _NOT_AGENTS:
        return "delegate"
    if words & _FORGES and words & _TREE and words & _PUTS and "delete" not in words:
        return "egress"
    return ""


def _device(own: tuple[str, ...], words: frozenset[str]) -> str:
    """What moves in the world: whoever opens a door lets somebody in."""
    if words & _DATA_LOCKS:
        return ""
    if words & _ENTRANCES and words & _ENTERS and (words - {"lock"}) & (_ENTRANCES | {"unlock"}):
        return "privilege"
    if words & _words("alarm intrusion") and words & _words("arm disarm"):
        return "privilege"
    if words & _DEVICES and words & _ACTUATES:
        return "config_change"
    house = "home" in own[:2] or "smarthome" in own
    return "config_change" if house and words & _HOUSE_ACTS and "directory" not in words else ""


_REPEATS = re.compile(r"^(?:recurrence\w*|recurring|rrule|cron\w*|repeat\w*|is_recurring)$")
_WHEN = re.compile(r"^(?:schedule|when|trigger|timing|frequency|interval|every)$")
_CYCLE = re.compile(
    r"^(?:@(?:hourly|daily|weekly|monthly|yearly|reboot)|(?:RRULE:)?FREQ=\w.*"
    r"|(?:every|each) .{2,80}|(?:hourly|daily|weekly|monthly|yearly)(?:[ ,@].{1,60})?"
    r"|(?:[\d*/,?L#-]+ ){4,5}[\w*/,?L#-]+)$",
    re.IGNORECASE,
)
_NEVER = ("", "none", "never", "once", "no", "false", "0", "null")
_WORK = _words(
    "task tasks job jobs schedule schedules scheduler scheduled workflow workflows prompt prompts "
    "run runs routine routines"
)


def goes_on(words: Iterable[str], pairs: Iterable[tuple[str, object]]) -> bool:
    """Is a piece of work set up to be done again and again?"""
    if _WORK.isdisjoint(words):
        return False
    for key, value in pairs:
        name, text = key.lower(), str(value)[:128].strip()
        if _REPEATS.match(name) and text.lower() not in _NEVER:
            return True
        if _WHEN.match(name) and _CYCLE.match(text):
            return True
    return False


_PIPELINES = re.compile(
    r"(?:^|[/\\])(?:\.github[/\\](?:workflows|actions)[/\\][^/\\]+|\.gitlab-ci\.ya?ml|Jenkinsfile"
    r"|\.circleci[/\\]config\.ya?ml|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|\.drone\.ya?ml"
    r"|\.travis\.ya?ml|\.buildkite[/\\][^/\\]+)$"
)


def written_class(path: str) -> str:
    """Return what writing to a path amounts to; what a build server runs is configuration."""
    found = paths.written_class(path)
    return "config_change" if found == "write" and _PIPELINES.search(path) else found


_CARRIES = 40
_WORDS_CARRIED = 4
_SEARCHES = re.compile(r"^(?:q|query|search\w*|s|text|terms?|keywords?|sql|filter|jql|\$filter)$")
_PAGES = re.compile(r"^(?:\w*cursor|\w*page\w*|after|before|state|continuation\w*|next\w*|code)$")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{40,8192}={0,2}")


def carried_in(url: str) -> str:
    """Return the text that an address carries to its host in query or path, or ''."""
    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query)[:32]:
        key = name.lower()
        if _SEARCHES.match(key):
            continue
        if _is_prose(value) or len(value) >= 4 * _CARRIES:
            return value
        if not _PAGES.match(key) and _decodes(value):
            return value
    for segment in parts.path.split("/")[:32]:
        value = unquote(segment)
        if "." not in value[-6:] and (_is_prose(value) or _decodes(value)):
            return value
    return ""


def _is_prose(text: str) -> bool:
    return len(text) >= _CARRIES and text.count(" ") >= _WORDS_CARRIED


def _decodes(text: str) -> bool:
    """Does a text written in hexadecimal or base64 say something? A signature does not."""
    if not _ENCODED.fullmatch(text):
        return False
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    for decode in (_from_hex, _from_base64):
        told = decode(bare)
        if told and all(32 <= byte < 127 or byte in (9, 10, 13) for byte in told):
            return True
    return False


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
