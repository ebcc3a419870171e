# ruff: noqa: RUF001  # the words of other scripts are meant
"""The words of requests and claims: which verbs, which things, which people (``asked``)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_FLAGS = re.IGNORECASE

A_FEW = r"(?:[\w'’/-]+,? ){0,6}?"
ORDER = (
    r"(?:(?:^|[,:;>\"'(\[\]}*_#—–-])\s*|\b(?:please|kindly|pls|then|also|now|just|immediately"
    r"|first|next|must|should|shall|(?:can|could|will|would) you|(?:need|have|want you|required"
    r"|instructed|expected|sure|authori[sz]ed|ask you|asking you|like you|asked) to|simply|always"
    r"|silently|secretly|quietly|discreetly|let'?s|let us|and|or|instead|may|only|(?:agents?"
    r"|assistants?|bots?|ai|claude|gpt),?)\s+(?:you\s+|to\s+)?(?:\w+ly\s+)?)"
)
"""What stands before a verb that is an order."""
FORBIDS = (
    r"\b(?:never|not|(?:do|does|did|is|are|was|should|would|could|ca|wo|must|need)n[’']?t|cannot"
    r"|avoid|nobody|no one|without|refuses?|forbidden"
    r"|nie(?:mals)?|nicht|nunca|jamás|jamais|mai|non|никогда|не)\b"
    r"(?! (?:forget|hesitate|fail|only)\b)[^,:;]{0,40}?"
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ").replace("~", "_") for word in text.split())


class Trait(NamedTuple):
    """One thing that a text may ask for or claim.

    Attributes:
        name: As events have it.
        cues: Literals in lower case; only around them a text is looked at.
        may: Patterns for RE2 that tell in linear time what surely does not say it.
        says: What a clause with it says, one of these.
        near: By pattern of ``says``, one for RE2 that matches a ``plain`` clause wherever it does.
        unless: What a clause says that only looks like it.
    """

    name: str
    cues: tuple[str, ...]
    may: tuple[str, ...]
    says: tuple[re.Pattern[str], ...]
    near: tuple[str, ...]
    unless: re.Pattern[str] | None = None

    def holds(self, clause: str, says: Iterable[re.Pattern[str]]) -> bool:
        """Does a clause say it?

        Args:
            clause: The clause.
            says: Those of ``says`` that may match it.
        """
        if not any(one.search(clause) for one in says):
            return False
        return self.unless is None or self.unless.search(clause) is None


def trait(
    name: str, cues: str, says: tuple[str, ...], unless: str = "", *, apart: bool = False
) -> Trait:
    """Return a trait; cues are words, ``_`` in them a space and ``~`` an underscore.

    Args:
        apart: Orders are looked for one by one: RE2 needs too many states for all of them at once.
    """
    patterns = tuple(re.compile(one, _FLAGS) for one in says)
    single = [one for one in says if apart and ORDER in one]
    together = [one for one in says if one not in single]
    may = (f"(?:{'|'.join(map(_loosened, together))})", *map(_loosened, single))
    ending = re.compile(unless, _FLAGS) if unless else None
    return Trait(name, _words(cues), may, patterns, tuple(map(_nearly, says)), ending)


_COUNTED = re.compile(r"\{\d+(?:,\d*)?\}\??")
_ODD = re.compile(r"[\x0b\x1c-\x1f]")
"""White space to Python, not to RE2."""
_AROUND = re.compile(r"\(\?[=!]")


def _loosened(pattern: str) -> str:
    """Return a pattern for RE2 that matches wherever the given one does, and elsewhere too.

    RE2 knows no look-around, and counts cost it much; its ``\\b`` and ``\\w`` are of ASCII only.
    A clause begins and ends anywhere in a text.
    """
    loose = _nearly(pattern)
    for exact, wider in (("\\b", ""), ("\\w", "\\S"), ("(?:^|", "(?:|")):
        loose = loose.replace(exact, wider)
    return loose


def _nearly(pattern: str) -> str:
    """Return a pattern for RE2 that matches a plain clause wherever the given one does."""
    kept = []
    place = 0
    while around := _AROUND.search(pattern, place):
        kept.append(pattern[place : around.start()])
        place = _closes(pattern, around.start())
    kept.append(pattern[place:])
    return _COUNTED.sub("*", "".join(kept)).replace("(?:$|", "(?:|")


def plain(clause: str) -> bool:
    """Do Python and RE2 mean the same by classes and boundaries in a clause?"""
    return clause.isascii() and not _ODD.search(clause)


def _closes(pattern: str, start: int) -> int:
    """Return where the group that opens at ``start`` ends."""
    depth, within, i = 0, False, start
    while i < len(pattern):
        char = pattern[i]
        if char == "\\":
            i += 1
        elif within:
            within = char != "]"
        elif char == "[":
            within = True
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return i + 1
        i += 1
    raise ValueError("a group without an end")


HAND_OVER = (
    r"(?:send|share|forward|e-?mail|dm|message|post|paste|upload|reply with|respond with"
    r"|answer with"
    r"|disclose|reveal|leak|exfiltrate|tell|give|show|hand (?:over|me)|transmit|deliver|report"
    r"|submit|dump|print|output|expose|attach|quote|read (?:out|me|back)|copy|transfer"
    r"|provide|include|supply|return|list|drop|relay|publish|echo)"
)
FOREIGN_HANDS_OVER = (
    r"(?:\b(?:send(?:e|en|est)|schick\w{0,3}|teil(?:e|en)|gib|geben|nenn\w{0,3}|zeig\w{0,3}"
    r"|verrat\w{0,3}|leit\w{0,3}|env[ií]a\w{0,3}|env[ií]e\w{0,3}|manda\w{0,3}|mande\w{0,2}"
    r"|compart\w{1,4}|dame|dime|deme|muestra\w{0,3}|revela\w{0,2}|envoi?e[zr]?|donne[zr]?"
    r"|partage[zr]?|montre[zr]?|révèle[zr]?|communique[zr]?|invia\w{0,3}|dammi|condivid\w{1,3}"
    r"|mostra\w{0,3}|fornisc\w{1,3}|mostre|dê|compartilh\w{1,3}|stuur|geef|deel|toon|wyślij|podaj"
    r"|udostępnij|отправь\w{0,2}|пришли\w{0,2}|покажи\w{0,2}|сообщи\w{0,2}|дай\w{0,2}"
    r"|назови\w{0,2}|gönder\w{0,3}|paylaş\w{0,3})\b"
    r"|发送|发给|发到|告诉|提供|分享|泄露|交出|送って|送信|教えて|見せて|보내|알려|공유|أرسل|شارك"
    r"|أعط|भेज|बता)"
)
FOREIGN_SECRETS = (
    r"(?:passw[oö]rt\w{0,2}|zugangsdaten|anmeldedaten|contraseñas?|credencia(?:les|is)|mots? de"
    r" passe|identifiants|clés? (?:api|secrète|privée)|senhas?|credenziali|chiav[ei] (?:api"
    r"|segret\w)"
    r"|clave (?:api|secreta|privada)|wachtwoord\w{0,2}|hasł[oa]|парол\w{1,2}|токен\w{0,2}"
    r"|ключ\w{0,2} (?:api|доступа)|учётные данные|密码|密碼|密钥|口令|凭证|凭据|令牌|パスワード"
    r"|認証情報|비밀번호|암호"
    r"|كلمة المرور|كلمات المرور|पासवर्ड|şifre\w{0,3}|parola\w{0,3})"
)
SECRETS = (
    r"(?:pass(?:word|phrase|code)s?|api[ _-]?keys?|access[ _-](?:keys?|tokens?)"
    r"|(?:auth\w{0,12}|session|bearer|refresh|bot|github|slack|oauth|api|login|gateway)[ _-]tokens?"
    r"|(?:your|its|their|the|any|all|his|her|my|our) (?:[\w-]+ ){0,3}tokens?"
    r"(?! (?:counts?|limits?|usage|budget|window|price|sale))"
    r"|credentials?|creds|private[ _-]?keys?|secret[ _-]?keys?|signing keys?|secrets"
    r"|seed[ _-]?phrases?"
    r"|mnemonic|recovery (?:phrase|codes?|key)|\.env\b|id_rsa|id_ed25519|ssh[ _-]?keys?"
    r"|(?:session )?cookies|environment variables|env vars?|(?:otp|2fa|mfa|verification|one-time"
    r"|security|pin) (?:code|password|token)s?|wallet keys?|\.aws/credentials|keychain"
    r"|\w+_(?:api_key|secret|token|password)\b)"
)
PEOPLE = (
    r"(?:users?|humans?|people|person|owners?|operators?|admin(?:istrator)?s?|principals?|boss"
    r"|managers?|developers?|moderators?|supervisors?|security(?: team)?|creators?|handlers?"
    r"|overseers?|your (?:team|company|employer)|anyone(?: else)?|anybody|others|them|him|her)"
)
FOREIGN_USERS = (
    r"(?:nutzer\w{0,3}|benutzer\w{0,3}|usuari[oa]s?|utilisat\w{2,5}|utent[ei]|usuário\w?|gebruiker"
    r"|użytkownik\w{0,4}|kullanıcı\w{0,3}|пользовател\w{1,3}|用户|用戶|使用者|ユーザー?|사용자"
    r"|المستخدم"
    r"|उपयोगकर्ता)"
)
AGENTS = r"(?:agents?|bots?|assistants?|sub-?agents?|peers?|models?|llms?|ais?|instances?|claws?)"
GUARDS = (
    r"(?:approvals?|confirmations?|oversight|human[ -]in[ -]the[ -]loop|guard ?rails?"
    r"|sandbox(?:ing)?"
    r"|safe ?guards?|(?:safety|security|content|moderation|permission)[ -]\w{1,12}"
    r"|audit(?:ing)?(?:[ -](?:logs?|logging|trails?|hooks?|events?))?|monitoring|telemetry"
    r"|(?:manual|human|user) (?:review|approval|confirmation|checks?)|restrictions"
    r"|(?:your|the|all|any|every|its|these) (?:[\w-]+ ){0,2}(?:logging|logs?|checks?|verification"
    r"|alerts?|alarms?|hooks?|polic(?:y|ies)|reviews?|filters?|permissions?|rules|limits"
    r"|edr|antivirus|sensors?))"
)
CONTEXT = (
    r"(?:system (?:prompt|message|instructions?)|(?:your|hidden|initial|original|developer|internal"
    r"|secret|full|exact) (?:[\w-]+ ){0,2}(?:instructions?|prompts?|guidelines|rules|configuration"
    r"|context(?: window)?|directives|tools?|tool (?:list|names|definitions?|schemas?)|functions"
    r"|memor(?:y|ies)|conversation|chat history|capabilities)"
    r"|(?:everything|(?:all |the )?(?:text|words|content|instructions?)) (?:above|before this)"
    r"|(?:prompts?|instructions?|rules|guidelines|directives|messages?) (?:that )?(?:you (?:were"
    r"|have been|are|got)|given to you)"
    r"|(?:conversation|chat) history|(?:soul|agents|memory|claude|heartbeat)\.md)"
)
ROLES = (
    r"(?:(?:system |site |server |platform |network |security |it |it-|chief )?(?:administrators?"
    r"|admins?|sysadmin|superuser|root user|security (?:team|officer|department|operations"
    r"|response)"
    r"|(?:it|help) ?(?:support|security|department|desk)|soc(?: team)?|orchestrators?|supervisors?"
    r"|coordinator|controller|owner|creator|developers?|maintainers?|operators?|moderators?"
    r"|compliance (?:team|officer|department)|incident response(?: team)?|ceo|cfo|cto|ciso|director"
    r"|platform team|trust (?:and|&) safety(?: team)?|legal team|(?:planner|manager|lead|master"
    r"|parent|root) agent)|openai|anthropic)"
)
ROLE_ENDS = (
    r"(?=\s*(?:$|[.,;:!?)\]\n\"'*—–-]|(?:of|at|for|from|and|speaking|here|with|team|agent|account"
    r"|who"
    r"|i|you|we|so|in)\b))"
)
APPROVED = (
    r"(?:(?:pre-?)?approved|(?:pre-?)?authori[sz]ed|signed off|consented|agreed to"
    r"|okayed|ok[’']d|cleared|green-?lit|granted (?:[\w-]+ ){0,2}(?:permission|approval|access"
    r"|authori[sz]ation|consent)|given (?:[\w-]+ ){0,3}(?:permission|approval|consent|go-?ahead"
    r"|green light|authori[sz]ation|okay|ok))"
)
APPROVERS = (
    r"(?:users?|humans?|owner|operator|admin(?:istrator)?|manager|boss|supervisor|ceo|cfo|cto"
    r"|client"
    r"|customer|principal|team lead|lead|account holder|security team|he|she|they|i|we|director"
    r"|management|legal|compliance)"
)
CHATS = (
    r"(?:telegram|whats ?app|signal|discord|wechat|slack|matrix|irc|session|threema|viber|t\.me/\S+"
    r"|wa\.me/\S+|discord\.gg/\S+|(?:a |our |my |the |this |another )?(?:private|direct|encrypted"
    r"|secure|separate|different|other|side|off-platform|back) ?-?(?:channel|chat|messages?|room"
    r"|server|platform|group|line|app|dms?)|dms?|another (?:channel|platform|chat|app|server|room)"
    r"|off[ -]?(?:this |the )?platform|elsewhere|private(?:ly)?)"
)
