# ruff: noqa: RUF001  # the words of other scripts are meant
"""Weak signals in text: does content that an agent read talk to the agent?

This says nothing by itself. Rules use it only together with an action (``docs/rules.md``): a
security article quotes injections all day, and nothing happens. What is looked for is how such
text must work, not how any one sample is worded: it addresses a machine, it asks to put its own
wish before the user's, it asks for an act, it asks for silence, or it hides.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

import re2  # type: ignore[import-untyped]  # the package has no types
from ahocorasick_rs import AhoCorasick, Implementation

_SCAN_LIMIT = 200_000
_TRIES = 48
_MACHINE = (
    r"(?:ai|llms?|agents?|assistants?|(?:chat)?bots?|models?|claws?|gpt[\w.-]*|claude|copilot"
    r"|gemini|llama[\w.-]*|codex|language models?)\b"
)


class Sign(NamedTuple):
    """One way of talking to an agent: a cue, and what must stand closely around it.

    Cues are literals found by one pass of an automaton; only there the patterns are tried, each
    on a short stretch. So the time is linear; text without a cue costs next to nothing.
    """

    group: int
    weight: int
    cues: tuple[str, ...]
    before: re.Pattern[str]
    after: re.Pattern[str]
    window: int

    def holds(self, text: str, start: int, end: int) -> bool:
        """Does what must stand around a cue stand there?"""
        near = self.before.search(text[max(0, start - 40) : start])
        return near is not None and self.after.search(text[end : end + self.window]) is not None


_OVERRIDE, _ADDRESSEE, _SECRECY, _FRAME, _HIDDEN, _ACT, _PRESSURE = range(7)


def _sign(
    group: int, weight: int, cues: str, after: str = "", window: int = 0, before: str = ""
) -> Sign:
    literals = tuple(cue.replace("_", " ") for cue in cues.split())
    return Sign(group, weight, literals, re.compile(before, re.I), re.compile(after, re.I), window)


_NEW = r"\b(?:new|updated|actual|real|revised|priority|urgent|mandatory|true)\s+(?:\w{1,20}\s+)?$"
# fmt: off
SIGNS = (
    _sign(_OVERRIDE, 2,
        "ignore disregard forget override bypass drop skip stop_following do_not_follow",
        r"\b(?:previous|prior|above|earlier|all|any|other|your|the|these|system|original)\b"
        r"[^.!?]{0,24}\b(?:instructions?|prompts?|rules?|guidelines?|tasks?|directives?|safety"
        r"|polic(?:y|ies)|orders?)\b", 80),
    _sign(_OVERRIDE, 2,
        "instruction instructions directive directives system_prompt objective task orders",
        r"^\s?[:.!-]", 3, before=_NEW),
    _sign(_OVERRIDE, 2, "from_now_on your_real_task your_true_goal your_new_task supersedes_the"),
    _sign(_OVERRIDE, 2, "before prior_to instead_of rather_than",
        r"\b(?:solv|complet|continu|answer|proceed|respond|help|finish|perform|carry|do(?:ing)?\b)\w*"
        r"[^.!?]{0,30}\b(?:task|request|question|user|original|that|this)\b", 90),
    _sign(_ADDRESSEE, 2,
        "fellow dear hey hi hello attention note_to note_for instructions_to instructions_for "
        "instruction_to instruction_for message_to message_for information_for to_you, you,",
        r"^[\s,:]{1,3}(?:all |any |the |every |other )?" + _MACHINE, 40),
    _sign(_ADDRESSEE, 2, "if_you_are as", r"^ an? (?:ai|llm|language model|assistant|agent)\b", 24),
    _sign(_ADDRESSEE, 2,
        # the word for it in several languages
        "assistant assistants agent agents bot bots copilot ai llm llms assistent assistenten "
        "assistente assistenti asistente asistentes agente agentes agenten ki ia",
        # "for agents: …", "PS to the banking assistant: …", "for AI readers: …"
        r"^[^.!?\n:]{0,24}(?::|\s[\u2013\u2014-]\s)"
        r"|^,? (?:that|who|which|reading|readers?|handling)\b", 40,
        before=r"(?:^|\W)(?:(?:to|for|para|pour|per|an den|an die|an das|an alle|für|@)\s?"
        r"(?:the |all |any |every |your |our |el |la |los |las |gli |die |den |das |les |l')?"
        r"(?:[\w-]{2,20} )?|@)$"),
    # The same in other languages: to set aside what was told, to call a machine and name a target,
    # to keep something from the user. Stems of words; the structure is that of the English ones.
    _sign(_OVERRIDE, 2,
        "ignoriere ignorieren ignoriert vergiss missachte ignora ignorar ignorad olvida ignorez "
        "oubliez ignorate dimentica ignorare ignoriraj negeer zignoruj игнорируй игнорируйте "
        "забудь 忽略 无视 無視 忘记 무시 تجاهل अनदेखा yoksay",
        r"^.{0,60}?(?:anweisung|vorgabe|instrucci|instruç|istruzion|instruction|consigne|instructie"
        r"|polece|talimat|инструкц|указани|指令|指示|命令|规则|명령|지시|تعليمات|निर्देश)", 90),
    _sign(_ADDRESSEE, 3,
        "assistenten assistent assistente assistenti asistente asistentes agente agentes agenten "
        "asystent asystenta asistan ассистент ассистента ассистенту ассистентов агент агентам "
        "агенту помощник помощнику 助手 智能体 机器人 人工智能 アシスタント エージェント "
        "어시스턴트 에이전트 المساعد सहायक ki ia ии l'assistant "
        "ki-assistent ki-assistenten ki-agenten ai助手",
        r"^[^.!?\n:]{0,24}\s?(?:[,:;、。—–]|[请請]|님)[^\n]{0,170}?(?:https?://|www\.|[\w.-]@[\w-]+\."
        r"|[A-Z]{2}\d{2}[A-Z0-9]{8}|`|\b[a-z]+_[a-z_]+\b|\$\s?\d|\w+\.(?:md|env|sh|json)\b)", 220),
    _sign(_SECRECY, 2,
        "nutzer nutzerin benutzer benutzerin usuario usuaria utilisateur utilisatrice utente "
        "usuário gebruiker użytkownika użytkownikowi kullanıcıya пользователю пользователя 用户 "
        "用戶 使用者 ユーザー 사용자 المستخدم उपयोगकर्ता titular",
        before=r"(?:\b(?:no|nicht|ne|n'\w+|non|não|niet|nie|не)\b|不|勿|无需|없|말|لا)[^.!?]{0,34}$"),
    _sign(_ADDRESSEE, 2,
        "ai_agent ai_agents ai_assistant ai_assistants ai_model ai_models llm agents: agents, "
        "agent: assistant: assistants:",
        # an order, not the log line "agent: run completed"
        r"\b(?:must|should|have to|are required|please"
        r"|(?:run|execute|send|post)\s+(?:the|this|that|these|your|my|all|an?|it|every|[`\"'$]))",
        60),
    _sign(_SECRECY, 2, "do_not don't never without",
        r"^[^.!?]{0,24}\b(?:tell|mention|inform|notify|ask|reveal|alert|confirm|discuss|disclos)"
        r"\w*\b[^.!?]{0,40}\b(?:user|human|owner|anyone|this|them|confirmation|permission|it)\b",
        110),
    _sign(_SECRECY, 2, "secretly silently covertly discreetly keep_this_secret"),
    _sign(_SECRECY, 2, "user human owner users",
        r"^[^.!?]{0,24}\b(?:need not|must not|should not|does(?: not|n't) need to"
        r"|already (?:approved|agreed|authori[sz]ed|knows?))\b", 60),
    _sign(_FRAME, 1,
        "<information> <important> <system> <instructions> <instruction> <admin> <sys> <inst> "
        "<secret> <override> <assistant> <prompt> <user_task> [system] [/system] [instructions] "
        "[admin] [important] system_message: system_notice: system_note: system_prompt: "
        "system_override: developer_message: admin_message: ===begin ===_begin ===system "
        "===_system"),
    # How models are told who speaks stands in no honest content.
    _sign(_FRAME, 3, "<<sys>> <|im_start|> <|system|> <|user|> [/inst] <start_of_turn>"),
    _sign(_FRAME, 1, "system: instructions: instruction:", before=r"(?:^|\n)[#*\s>]{0,8}$"),
    _sign(_HIDDEN, 2, "<!--", r"\b(?:assistant|agent|instruction|ignore|must|please)\b", 400),
    _sign(_HIDDEN, 2,
        "display:none display:_none font-size:0 font-size:_0 color:white color:#fff color:_white",
        r"\b(?:assistant|agent|instruction|ignore|must|please)\b", 400),
    _sign(_ACT, 1,
        "run execute send forward transfer pay wire post upload delete remove email e-mail curl "
        "fetch visit navigate_to install download share reply disclose reveal include append "
        "register approve grant invite book reserve change update reset open read cat call use "
        "invoke submit schedule create add follow click message publish copy exfiltrate write",
        r"`[^`]{2,}`|https?://|www\.|[\w.+-]{1,64}@[\w-]{1,64}\.\w|\$\s?\d"
        r"|\d(?:\.\d+)?\s?(?:usd|eur|sol|eth|btc|dollars?)\b"
        r"|(?:\.env|\b(?:passwords?|secrets?|tokens?|credentials?|keys?|files?|command|tool"
        r"|function|account|iban|address|link|channel|money|environment|output|contents?|everything))\b",
        120),
    _sign(_PRESSURE, 1,
        "this_is_important this_is_very_important this_is_urgent this_is_critical "
        "this_is_mandatory immediately right_away failure_to otherwise_you otherwise_the "
        "required_step required_action verify_you verify_that_you to_prove_you to_verify_you "
        "to_confirm_you"),
)
"""Independent groups of signs, each in several forms; one form is enough for a group."""
# fmt: on

_ENOUGH = 3
_BETWEEN = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufe00-\ufe0f\ufeff"
    r"\ud800-\udfff\U000E0000-\U000E007F]+"
)
"""What can be put between letters without being seen; and halves of surrogate pairs."""
_INVISIBLE = re.compile(r"[\U000E0020-\U000E007F]{4}|[\u200b-\u200f\u2060-\u2064\ufeff]{6}")
_TAGGED = re.compile(r"[\U000E0020-\U000E007F]{4,}")
_REVERSED = re.compile(r"\u202e([^\u202c\u202e\n]{2,400})")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{28,}={0,2}")
_ESCAPES = {"%": re.compile(r"%[0-9a-fA-F]{2}"), "&#": re.compile(r"&#x?[0-9a-fA-F]{2,6};")}
_MANY, _RUNS, _DEPTH = 6, 32, 3
_ALIKE = str.maketrans("аеорсухіјѕһԁԛοαρνАВЕКМНОРСТХ", "aeopcyxijshdqoapvABEKMHOPCTX")
_IMITATES = re.compile(f"[{''.join(map(chr, _ALIKE))}]")
_USUAL = (
    "ignore instructions assistant agents system upload forward password https previous transfer"
)
_TURNED = codecs.encode(_USUAL, "rot13").split()
"""What is used most by text that talks to agents, turned by thirteen letters."""
_TURNS, _TOLD, _ENCODED = range(3)


def _marks() -> Any:
    """Return what tells in one pass what a text cannot hold; it never misses."""
    found = re2.Set.SearchSet()
    found.Add("|".join([*_TURNED, *map(str.title, _TURNED)]))
    cues = [cue for sign in SIGNS if sign.group < _ACT for cue in sign.cues]
    found.Add(f"(?i){'|'.join(map(_whole_cue, cues))}")
    found.Compile()
    return found


def _whole_cue(cue: str) -> str:
    before, after = ("[^0-9A-Za-z]" * c.isascii() * c.isalnum() for c in (cue[0], cue[-1]))
    return f"(?:^|{before}){re.escape(cue)}(?:$|{after})"


_MARKS = _marks()
_IN_RUN = bytes(97 if re.match(rb"[A-Za-z0-9+/_-]", bytes([i])) else 32 for i in range(256))


@lru_cache(maxsize=64)  # a text is read here more than once: when it comes and when it is kept
def _clues(text: str) -> tuple[int, ...]:
    """Return which of the marks may stand in a text."""
    data = text.encode("utf-8", "replace")
    long = (_ENCODED,) if b"a" * 28 in data.translate(_IN_RUN) else ()
    return (*(_MARKS.Match(data) or ()), *long)


def plain(text: str) -> str:
    """Return text as a model reads it: nothing unseen, one form of each letter."""
    if text.isascii():
        return text
    if _BETWEEN.search(text):
        text = _BETWEEN.sub("", text)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    if not _IMITATES.search(text):
        return text
    alike = text.translate(_ALIKE)
    words, folded = text.split(" "), alike.split(" ")
    # A word of two scripts imitates; one that is wholly of another script is of its language.
    latin = sum(c.isascii() and c.isalpha() for c in text) * 2 > sum(map(str.isalpha, text))
    return " ".join(f if latin and f.isascii() else w for w, f in zip(words, folded, strict=True))


def readings(text: str, depth: int = _DEPTH) -> list[str]:
    """Return what is hidden in a text: encoded, turned, or in letters that nobody sees."""
    found = [] if text.isascii() else list(_unseen(text))
    clues = _clues(text)
    for run in islice(_RUN.finditer(text), _RUNS) if _ENCODED in clues else ():
        if decoded := _decoded(run.group()):
            found += [decoded, *(readings(decoded, depth - 1) if depth > 1 else [])]
    for mark, pattern in _ESCAPES.items():
        if text.count(mark) >= _MANY and len(pattern.findall(text)) >= _MANY:
            found.append(unquote(text) if mark == "%" else html.unescape(text))
    turned = _TURNED if _TURNS in clues and text.isascii() else []
    if sum(w in text or w.title() in text for w in turned) > 1:
        found.append(codecs.decode(text, "rot13"))
    return found[:_RUNS]


def _unseen(text: str) -> Iterator[str]:
    for tagged in _TAGGED.findall(text):
        yield "".join(chr(ord(c) - 0xE0000) for c in tagged)
    if back := _REVERSED.findall(text) if "\u202e" in text else []:
        yield " ".join(part[::-1] for part in back)


def _decoded(run: str) -> str:
    """Return the text that a run of letters encodes; '' when it is no text."""
    try:
        if len(run) % 2 == 0 and all(c in "0123456789abcdefABCDEF" for c in run[:64]):
            data = bytes.fromhex(run)
        else:
            padded = run.rstrip("=").translate({45: "+", 95: "/"})
            data = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        text = data.decode()
    except (ValueError, binascii.Error):
        return ""
    return text if sum(map(str.isprintable, text)) >= 0.9 * len(text) else ""


def strength(text: str) -> int:
    """Return the summed weight of the groups of signs found in a text (0: none).

    What is hidden in it is read as well, and that it was hidden is a sign of its own.
    """
    sample = text[:_SCAN_LIMIT]
    if len(sample) < 24:
        return 0
    seen = plain(sample)
    shown = best = _strength(seen)
    if seen is not sample and _INVISIBLE.search(sample):
        best += 2
    for reading in readings(sample):
        inner = _strength(plain(reading), secret=True)
        best = max(best, inner + 2 if inner > shown else 0)
    return best


def _strength(sample: str, *, secret: bool = False) -> int:
    """Weigh the signs of one reading. The two weakest groups only matter beside others."""
    if not secret and _TOLD not in _clues(sample):
        return 0
    low = sample.lower()
    if len(low) != len(sample):
        low = "".join(c.lower() if c < "\x80" else c for c in sample)
    found: dict[int, int] = {}
    _STRONG.weigh(sample, low, found)
    if found or secret:
        _WEAK.weigh(sample, low, found)
    return sum(found.values())


class _Finder:
    """Finds the signs of some groups in a text, by one pass for all their cues."""

    def __init__(self, signs: list[Sign]) -> None:
        self._signs = signs
        self._of = [i for i, sign in enumerate(signs) for _ in sign.cues]
        cues = [cue for sign in signs for cue in sign.cues]
        self._cues = AhoCorasick(cues, implementation=Implementation.DFA)  # twice as fast

    def weigh(self, text: str, low: str, found: dict[int, int]) -> None:
        """Put the weight of each group into ``found``; ``low`` is the text in lower case."""
        tries = [_TRIES] * len(self._signs)
        for cue, start, end in self._cues.find_matches_as_indexes(low, overlapping=True):
            i = self._of[cue]
            sign = self._signs[i]
            known = found.get(sign.group, 0) >= sign.weight
            if not known and tries[i] and _whole(low, start, end):
                tries[i] -= 1
                if sign.holds(text, start, end):
                    found[sign.group] = sign.weight


_STRONG = _Finder([sign for sign in SIGNS if sign.group < _ACT])
_WEAK = _Finder([sign for sign in SIGNS if sign.group >= _ACT])


def _whole(text: str, start: int, end: int) -> bool:
    """Is a cue a word of its own, not a part of a longer one?"""
    if text[start] >= "\u0900":  # written without spaces, or with endings
        return True
    inner = text[start].isalnum() and start > 0 and text[start - 1].isalnum()
    return not inner and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def content_signal(text: str) -> str:
    """Return ``instruction_like`` for text that seems to instruct an agent, else ``none``."""
    return "instruction_like" if strength(text) >= _ENOUGH else "none"


_HEADER = re.compile(
    r"\s{0,8}[\[(<*#]{0,3}\s{0,3}(?:(?:a2a|inter-?(?:agent|session)|agent[- ]to[- ]agent"
    r"|(?:peer|remote|external|other)[- ]agent|agent)[- ]"
    r"(?:(?:message|request|task|instruction|msg)s?[- ])?from|message from (?:an?|the)? ?"
    r"(?:(?:peer|remote|external|other)[- ])?(?:agent|bot))"
    r"[\s:=\"'`]{1,4}(?P<who>[A-Za-z0-9][\w.@:/+-]{1,127})(?=[\s\"'`]{0,2}[\]:)>\n,;])",
    re.IGNORECASE,
)


def sending_agent(text: str) -> str:
    """Return the agent that a message says it is from, in a header at its start; '' for none."""
    match = _HEADER.match(text[:512])
    return match.group("who").rstrip(":/.") if match else ""
