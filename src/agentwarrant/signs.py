# ruff: noqa: RUF001  # the words of other scripts are meant
"""The ways in which a text talks to an agent (``signals``): literal cues and what stands around."""

from __future__ import annotations

import re
from typing import NamedTuple

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


OVERRIDE, ADDRESSEE, SECRECY, FRAME, HIDDEN, RUNNING, GATE, SPEAKER, ACT, PRESSURE, FREE = range(11)


def sign(
    group: int, weight: int, cues: str, after: str = "", window: int = 0, before: str = ""
) -> Sign:
    literals = tuple(cue.replace("_", " ").replace("~", "_") for cue in cues.split())
    return Sign(group, weight, literals, re.compile(before, re.I), re.compile(after, re.I), window)


_NEW = r"\b(?:new|updated|actual|real|revised|priority|urgent|mandatory|true)\s+(?:\w{1,20}\s+)?$"
_OBEY = "follow|obey|adhere|comply|heed|execute"
# fmt: off
OF_TEXT = (
    sign(OVERRIDE, 2,
        "ignore disregard forget override bypass drop skip stop_following do_not_follow",
        r"\b(?:previous|prior|above|earlier|all|any|other|your|the|these|system|original)\b"
        r"[^.!?]{0,24}\b(?:\w{0,3}structions?|prompts?|rules?|guidelines?|tasks?|directives?|safety"
        r"|polic(?:y|ies)|orders?)\b", 80),
    # What sets aside and what puts in its place together are enough; not where they are quoted.
    sign(OVERRIDE, 3,
        "ignore disregard forget override",
        r"^\s(?:(?:the|of|these|those|and|other)\s){0,4}(?:all|any|every|your|previous|prior|above"
        r"|earlier|preceding|system|original)\s(?:[\w-]+\s){0,3}?"
        r"(?:\w{0,3}structions?|prompts?|rules?|guidelines?|directives?|orders?)\b"
        r"(?:[^.!?]{0,40}\b(?:do|act|perform|carry out|" + _OBEY + r")|[^.!?]{0,8}[.!]\s(?:\w+ )?"
        rf"(?:{_OBEY}))\b[^.!?]{{0,24}}\b(?:following|below|these|this|next|instead)\b", 200,
        before=r"(?:(?:^|[^\s\"'`\u2018\u201c\u00ab\u201e])\s*|[\"']\s?[:,]\s?\[?[\"'])$"),
    sign(OVERRIDE, 2,
        "instruction instructions directive directives system_prompt objective task orders",
        r"^\s?[:.!-]", 3, before=_NEW),
    sign(OVERRIDE, 2, "from_now_on your_real_task your_true_goal your_new_task supersedes_the"),
    sign(OVERRIDE, 2, "before prior_to instead_of rather_than",
        r"\b(?:solv|complet|continu|answer|proceed|respond|help|finish|perform|carry|do(?:ing)?\b)\w*"
        r"[^.!?]{0,30}\b(?:task|request|question|user|original|that|this)\b", 90),
    sign(ADDRESSEE, 2,
        "fellow dear hey hi hello attention note_to note_for instructions_to instructions_for "
        "instruction_to instruction_for message_to message_for information_for to_you, you,",
        r"^[\s,:]{1,3}(?:all |any |the |every |other )?" + _MACHINE, 40),
    sign(ADDRESSEE, 2, "if_you_are as", r"^ an? (?:ai|llm|language model|assistant|agent)\b", 24),
    sign(ADDRESSEE, 2,
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
    sign(OVERRIDE, 2,
        "ignoriere ignorieren ignoriert vergiss missachte ignora ignorar ignorad olvida ignorez "
        "oubliez ignorate dimentica ignorare ignoriraj negeer zignoruj игнорируй игнорируйте "
        "забудь 忽略 无视 無視 忘记 무시 تجاهل अनदेखा yoksay",
        r"^.{0,60}?(?:anweisung|vorgabe|instrucci|instruç|istruzion|instruction|consigne|instructie"
        r"|polece|talimat|инструкц|указани|指令|指示|命令|规则|명령|지시|تعليمات|निर्देश)", 90),
    sign(ADDRESSEE, 3,
        "assistenten assistent assistente assistenti asistente asistentes agente agentes agenten "
        "asystent asystenta asistan ассистент ассистента ассистенту ассистентов агент агентам "
        "агенту помощник помощнику 助手 智能体 机器人 人工智能 アシスタント エージェント "
        "어시스턴트 에이전트 المساعد सहायक ki ia ии l'assistant "
        "ki-assistent ki-assistenten ki-agenten ai助手",
        r"^[^.!?\n:]{0,24}\s?(?:[,:;、。—–]|[请請]|님)[^\n]{0,170}?(?:https?://|www\.|[\w.-]@[\w-]+\."
        r"|[A-Z]{2}\d{2}[A-Z0-9]{8}|`|\b[a-z]+_[a-z_]+\b|\$\s?\d|\w+\.(?:md|env|sh|json)\b)", 220),
    sign(SECRECY, 2,
        "nutzer nutzerin benutzer benutzerin usuario usuaria utilisateur utilisatrice utente "
        "usuário gebruiker użytkownika użytkownikowi kullanıcıya пользователю пользователя 用户 "
        "用戶 使用者 ユーザー 사용자 المستخدم उपयोगकर्ता titular",
        before=r"(?:\b(?:no|nicht|ne|n'\w+|non|não|niet|nie|не)\b|不|勿|无需|없|말|لا)[^.!?]{0,34}$"),
    sign(ADDRESSEE, 2,
        "ai_agent ai_agents ai_assistant ai_assistants ai_model ai_models llm agents: agents, "
        "agent: assistant: assistants:",
        # an order, not the log line "agent: run completed"
        r"\b(?:must|should|have to|are required|please"
        r"|(?:run|execute|send|post)\s+(?:the|this|that|these|your|my|all|an?|it|every|[`\"'$]))",
        60),
    sign(SECRECY, 2, "do_not don't never without",
        r"^[^.!?]{0,24}\b(?:tell|mention|inform|notify|ask|reveal|alert|confirm|discuss|disclos)"
        r"\w*\b[^.!?]{0,40}\b(?:user|human|owner|anyone|this|them|confirmation|permission|it)\b",
        110),
    sign(SECRECY, 2, "secretly silently covertly discreetly keep_this_secret"),
    sign(SECRECY, 2, "user human owner users",
        r"^[^.!?]{0,24}\b(?:need not|must not|should not|does(?: not|n't) need to"
        r"|already (?:approved|agreed|authori[sz]ed|knows?))\b", 60),
    sign(FRAME, 1,
        "<information> <important> <system> <instructions> <instruction> <admin> <sys> <inst> "
        "<secret> <override> <assistant> <prompt> <user_task> [system] [/system] [instructions] "
        "[admin] [important] system_message: system_notice: system_note: system_prompt: "
        "system_override: developer_message: admin_message: ===begin ===_begin ===system "
        "===_system"),
    # How models are told who speaks stands in no honest content.
    sign(FRAME, 3, "<<sys>> <|im_start|> <|system|> <|user|> [/inst] <start_of_turn>"),
    # The marks of a turn around the name of whoever is obeyed: "###(system_message)". A heading or
    # an announcement has one of them, so that it counts beside an act only.
    *(
        sign(FRAME, weight,
            "system~message system_message system~messages system_messages system~prompt "
            "system_prompt system~instruction system_instruction system~instructions "
            "system_instructions system~notice system_notice system~override system_override "
            "developer_message developer~message admin_message admin~message assistant_message",
            r"^\s?[)\]}>*#=|:-]{1,4}:?\s?\S", 12, before=before)
        for weight, before in (
            (3, r"[#=*|]{2,}\s?[(\[{<]\s?$"),
            (2, r"(?:[#=*|<]{2,}\s?|-{3,}\s)$|(?:^|\n)\s{0,4}[(\[{<]$"),
        )
    ),
    # A turn of the system's in the midst of a line, which gives whoever reads it a duty.
    sign(FRAME, 2, "system: admin: administrator: developer: system_message: system_notice:",
        r"\byou (?:are (?:required|instructed|obliged|asked|authori[sz]ed|to)|must|shall|have to"
        r"|need to)\b", 130, before=r"\S[.!?;)][ \t]{1,3}[\[(<*#]{0,3}$"),
    sign(FRAME, 1, "system: instructions: instruction:", before=r"(?:^|\n)[#*\s>]{0,8}$"),
    sign(HIDDEN, 2, "<!--", r"\b(?:assistant|agent|instruction|ignore|must|please)\b", 400),
    sign(HIDDEN, 2,
        "display:none display:_none font-size:0 font-size:_0 color:white color:#fff color:_white",
        r"\b(?:assistant|agent|instruction|ignore|must|please)\b", 400),
    sign(ACT, 1,
        "run execute send forward transfer pay wire post upload delete remove email e-mail curl "
        "fetch visit navigate_to install download share reply disclose reveal include append "
        "register approve grant invite book reserve change update reset open read cat call use "
        "invoke submit schedule create add follow click message publish copy exfiltrate write",
        r"`[^`]{2,}`|https?://|www\.|[\w.+-]{1,64}@[\w-]{1,64}\.\w|\$\s?\d"
        r"|\d(?:\.\d+)?\s?(?:usd|eur|sol|eth|btc|dollars?)\b"
        r"|(?:\.env|\b(?:passwords?|secrets?|tokens?|credentials?|keys?|files?|command|tool"
        r"|function|account|iban|address|link|channel|money|environment|output|contents?|everything"
        r"|calendar|event|meeting|appointment|reservation|booking|transactions?|payments?|website"
        r"|webpage|messages?|e-?mails?|users?|members?|workspace))\b",
        120),
    sign(PRESSURE, 1,
        "this_is_important this_is_very_important this_is_urgent this_is_critical "
        "this_is_mandatory immediately right_away failure_to otherwise_you otherwise_the "
        "required_step required_action verify_you verify_that_you to_prove_you to_verify_you "
        "to_confirm_you"),
)
"""Independent groups of signs, each in several forms; one form is enough for a group."""
# fmt: on
