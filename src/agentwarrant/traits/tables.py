# ruff: noqa: RUF001  # the words of other scripts are meant
"""What a text may ask an agent for (``asked``)."""

from __future__ import annotations

from agentwarrant.traits.words import (
    A_FEW,
    AGENTS,
    CHATS,
    CONTEXT,
    FORBIDS,
    FOREIGN_HANDS_OVER,
    FOREIGN_SECRETS,
    FOREIGN_USERS,
    GUARDS,
    HAND_OVER,
    ORDER,
    PEOPLE,
    SECRETS,
    trait,
)

# fmt: off
REQUESTS = (
    trait("secret",
        "password passwords passphrase passcode api_key api_keys api-key apikey api_key access_key "
        "access_keys token tokens credential credentials creds private_key private_keys secret_key "
        "secret_keys signing_key secrets seed_phrase mnemonic recovery_phrase recovery_code .env "
        "id~rsa id~ed25519 ssh_key ssh_keys cookies environment_variables env_vars otp_code "
        "2fa_code mfa_code verification_code one-time_code security_code pin_code wallet_key "
        "keychain ~token ~secret ~password ~key passwort passwörter zugangsdaten anmeldedaten "
        "contraseña contraseñas credenciales credenciais mot_de_passe mots_de_passe identifiants "
        "clé_api senha senhas credenziali chiave_api clave_api wachtwoord hasło hasła пароль "
        "пароли "
        "токен токены 密码 密碼 密钥 口令 凭证 凭据 令牌 パスワード 認証情報 비밀번호 암호 المرور "
        "पासवर्ड şifre "
        "recovery_key",
        (rf"\b(?:i|we)(?:['’]ll| will| would)? (?:also )?(?:need|want|require) (?:the |your "
         rf"|all ){A_FEW}{SECRETS}",
         rf"{ORDER}(?:fetch|get|read|take|collect|grab"
         rf"|find)\b.{{0,40}}?{SECRETS}.{{0,40}}?\b(?:drop|put|leave|add) (?:it|them)\b",
         rf"{ORDER}{HAND_OVER}\b(?!s\b)[^;|=()\x7b\x7d\x22]{{0,90}}?{SECRETS}",
         rf"\b(?:what(?:'s| is| are)|i (?:will )?(?:need|want|require)|give us|we (?:will )?(?:need"
         rf"|require)|let me (?:see|have)) (?:the |your |all |all your ){A_FEW}{SECRETS}",
         rf"{ORDER}(?:cat|read|collect|gather|extract|find|fetch|retrieve|grab|get|look up|copy"
         rf"|take)\b"
         rf"[^;|=()\x7b\x7d\x22]{{0,60}}?{SECRETS}[^;|=()\x7b\x7d\x22]{{0,80}}?\b(?:send|share"
         rf"|post|forward|upload|e-?mail|reply"
         r"|to (?:me|us|https?:|\S+@)|paste|here)\b",
         rf"{FOREIGN_HANDS_OVER}.{{0,60}}?(?:{FOREIGN_SECRETS}|{SECRETS})",
         rf"(?:{FOREIGN_SECRETS}).{{0,40}}?{FOREIGN_HANDS_OVER}"),
        # what forbids it, and what documents an interface
        rf"{FORBIDS}(?:{HAND_OVER}|{FOREIGN_HANDS_OVER})\b"
        r"|\b(?:in|as|via|using|through) (?:an? |the |its |your )?(?:[\w`'\"-]+ ){0,3}(?:headers?"
        r"|body"
        r"|query|parameters?|cookie header|field|form|argument|bearer|flag|environment variable"
        r"|env(?:ironment)? var)\b"
        r"|\b(?:https?|www)\S+/(?:reset|docs?)\b|\bforgot(?:ten)? (?:your )?password"
        r"|\b(?:password|token|key)s? (?:reset|manager|policy|strength|field|hash|rotation)"
        r"|\berror (?:message|code)", apart=True),
    trait("hidden_context",
        "system_prompt system_message system_instructions system_instruction your_instructions "
        "instructions prompt prompts guidelines configuration context directives tools tool "
        "functions memory rules history soul.md agents.md memory.md claude.md heartbeat.md above "
        "capabilities anweisungen instrucciones instructions istruzioni instruções инструкции "
        "系统提示 提示词 系统指令 システムプロンプト 시스템 "
        "prompt",
        (rf"\b(?:start|begin|open) (?:your \w+ )?(?:by|with) (?:quoting|printing|repeating"
         rf"|listing|showing|writing|sharing|stating)\b.{{0,60}}?{CONTEXT}",
         rf"{ORDER}(?:reveal|show|print|output|repeat|tell|share|give|list|disclose|display|dump"
         r"|paste|quote|reproduce|send|return|provide|post|leak|expose|echo|recite|copy|translate"
         r"|summari[sz]e|describe|write (?:out|down)|read (?:out|back)|start your \w+ with)\b"
         rf"[^;|=()\x7b\x7d\x22]{{0,60}}?\b(?!(?:a|an|custom|new) ){CONTEXT}",
         rf"\bwhat(?:'s| is| are| were| does) {A_FEW}(?:your (?:[\w-]+ ){{0,2}}(?:instructions?"
         r"|prompts?|guidelines|directives|rules|tools)|system prompt)",
         r"\bwhat (?:were|are) you (?:told|instructed)\b",
         rf"{FOREIGN_HANDS_OVER}.{{0,40}}?(?:system-?prompt|(?:deine|ihre|tus|sus|tes|vos|tue"
         rf"|suas?)"
         r" (?:\w+ ){0,2}(?:anweisungen|instrucciones|instructions|istruzioni|instruções)"
         r"|(?:системн\w+|свои|твои) (?:промпт\w{0,2}|инструкции)|系统提示|提示词|系统指令"
         r"|システムプロンプト)",
         r"(?:系统提示|提示词|系统指令|システムプロンプト|시스템 프롬프트).{0,20}(?:告诉|输出"
         r"|显示|发|見せ|教え|알려|보여)"),
        rf"{FORBIDS}(?:reveal|show|print|repeat|tell|share|disclose|display|leak|expose|send)\b"
        r"|\b(?:docstring|argparse|stdout|installation instructions|build instructions)\b"),
    trait("oversight_off",
        "approval approvals confirmation oversight human-in-the-loop guardrail guardrails sandbox "
        "sandboxing safeguards safety security moderation permission permissions audit auditing "
        "monitoring telemetry review reviews restrictions logging log logs check checks "
        "verification alerts alarms hooks hook policy policies filter filters rules edr antivirus "
        "sensor without_asking without_waiting without_checking without_prompting asking confirm "
        "genehmigung bestätigung freigabe protokollierung aprobación confirmación registro "
        "approbation approvazione conferma aprovação подтверждения одобрения 审批 确认 批准 日志 "
        "承認 확인 승인 "
        "auto-approve auto-approving autoapprove no_need supervision",
        (rf"\b(?:turn|switch) (?:\w+ ){{0,2}}?{GUARDS}(?: \w+){{0,2}}? off\b"
         rf"|\bset {A_FEW}{GUARDS} to (?:never|off|none|false|auto)",
         r"\bauto-?approv\w+ (?:every|all|any|this|these|the|it|them)|\bno need (?:to (?:check"
         r"|clear|confirm|consult)|for (?:\w+ )?(?:approval|confirmation|review))",
         r"\b(?:proceed|continue|go ahead|execute|run|act|do (?:it|this|so)|send|transfer|delete"
         r"|deploy|merge|pay)\b.{0,40}? without (?:\w+ ){0,2}?(?:review|approval|confirmation"
         r"|oversight|authori[sz]ation|supervision)\b",
         rf"{ORDER}(?:disable|turn off|switch off|deactivate|skip|bypass|stop|suppress|ignore"
         r"|circumvent|remove|kill|pause|mute|evade|override|disregard|avoid|get around|work around"
         r"|drop|silence|unhook|uninstall)\b"
         rf"(?: \w+){{0,5}}? ?\b{GUARDS}",
         r"\bwithout (?:first )?(?:asking|waiting|prompting|requesting|checking|bothering"
         r"|consulting"
         r"|seeking|requiring|needing|getting|pausing)\b[^;|=()\x7b\x7d\x22]{0,40}?\b(?:users?"
         r"|humans?|owner|approval"
         r"|confirmation|permission|anyone|me|us|operator|admin|consent|review|him|her|them)\b",
         r"\b(?:do not|don[’']?t|never|no need to|needn't|must not|should not"
         r"|shouldn't) (?:wait(?: for)?"
         r"|ask(?: for)?|request|require|seek|pause for|stop for|bother)\b"
         r"[^;|=()\x7b\x7d\x22]{0,40}?\b(?:approval|confirm\w*|permission|consent|review"
         r"|authori[sz]ation|the user"
         r"|human|owner|before|again|first)\b",
         r"\bno (?:further |additional |human |user |more )?(?:approval|confirmation|permission"
         r"|review"
         r"|authori[sz]ation|sign-?off) (?:is |will be )?(?:needed|required|necessary)\b",
         r"\b(?:ohne|überspring\w*|deaktivier\w*|sin|omit\w{1,4}|desactiv\w*|sans|désactiv\w*|senza"
         r"|disattiv\w*|sem|desativ\w*|без|отключи\w*)\b.{0,30}?(?:genehmigung|bestätigung|freigabe"
         r"|protokollierung|aprobación|confirmación|autorización|approbation|confirmation"
         r"|approvazione"
         r"|conferma|aprovação|confirmação|подтвержд\w+|одобрен\w+|журнал\w*)",
         r"(?:跳过|绕过|无需|不需要|关闭|禁用).{0,8}(?:审批|确认|批准|日志|审核|监控)"
         r"|(?:承認|確認).{0,6}(?:なし|せず|不要)|(?:승인|확인).{0,4}(?:없이|생략)"),
        # what documents a switch, and what forbids it
        r"(?:^|[\s`'\"(\[,])--?[a-z][\w-]*|\b(?:ignore|disable|skip) \w+ (?:rules?|checks?) (?:for"
        r"|in)"
        r" `|\beslint|\bpylint|\bnoqa|\brules? of hooks"
        rf"|{FORBIDS}(?:disable|turn off|bypass|skip|stop|ignore|circumvent|remove|override)\b"),
    trait("secrecy",
        "tell mention inform notify reveal alert disclose discuss report show let log secret "
        "secretly silently covertly discreetly quiet between_us yourself telling informing "
        "notifying mentioning alerting know notice trace traces hide conceal off_the_record "
        "nutzer benutzer nutzerin usuario utilisateur utente usuário gebruiker użytkownik "
        "użytkownikowi пользователю пользователь 用户 用戶 使用者 ユーザー ユーザ 사용자 المستخدم "
        "उपयोगकर्ता "
        "kullanıcıya "
        "hear see sees aware told delete_this leave_this leave_it bring raise find_out learn",
        (r"\bno (?:human|user|person|one|owner|operator|body)\b.{0,20}?\b(?:sees?|knows?"
         r"|finds? out|hears?|notices?)\b",
         r"\bleave (?:this|that|it|these)\b.{0,20}?\bout of (?:your|the|any) (?:report|summary"
         r"|logs?|reply|answer|response)",
         r"\b(?:do not|don[’']?t|never) (?:bring (?:this|it|that) up|raise (?:this|it)"
         r"|speak of (?:this|it))\b",
         r"\b(?:do not|don[’']?t|never|must not|should not|shouldn't|avoid|refrain from|without"
         r"|not to)"
         r" (?:\w+ ){0,2}(?:tell|mention|inform|notify|reveal|alert|disclos|discuss|report|show"
         r"|warn"
         rf"|let|acknowledg|expos|say|includ"
         rf"|display)\w*\b[^;|=()\x7b\x7d\x22]{{0,60}}?\b{PEOPLE}\b",
         r"\b(?:do not|don[’']?t|never) (?:tell|mention|disclose|reveal|acknowledge|discuss|log"
         r"|record"
         r"|report) (?:this|these|it(?! is)|that|any of this|the (?:above|action|request|message"
         r"|instructions?"
         r"|transfer|note|step))\b",
         r"\bkeep (?:this|it|that|everything|our \w+|all of this) (?:\w+ ){0,2}(?:secret|quiet"
         r"|hidden"
         r"|between (?:us|you and me|ourselves)|to yourself|off the record|(?:private|confidential)"
         r" (?:from|between))\b|\b(?:just |strictly )?between (?:us|you and me) (?:agents|bots"
         r"|only)\b",
         r"\b(?:secretly|silently|covertly|discreetly|quietly) (?:\w+ ){0,2}(?:send|forward|copy"
         r"|upload"
         r"|run|execute|add|post|delete|transfer|include|install|change|e-?mail|share|bcc"
         r"|report)\b",
         r"\b(?:send|forward|copy|upload|run|execute|post|delete|transfer|install"
         r"|e-?mail)\b[^;|=()\x7b\x7d\x22]{0,40}"
         r"\b(?:secretly|silently|covertly|discreetly)\b",
         rf"\b{PEOPLE} (?:must|should|need|can|may|will|does|do)(?:n[’']?t| not"
         rf"| never)(?: need to)? (?:"
         r"ever )?(?:know|see|notice|be (?:told|informed|notified|alerted|aware)|find out|learn"
         r"|hear)\b",
         rf"\b(?:hide|conceal|keep) [^;|=()\x7b\x7d\x22]{{0,40}}?\bfrom (?:the |your |any "
         rf"|all )?{PEOPLE}\b",
         r"\b(?:leave no traces?|cover (?:your|our|the) tracks|off the record"
         r"|delete this (?:message|conversation|chat|note) (?:after|once|when|as soon))\b",
         rf"(?:\b(?:no|nicht|ne|n[’']\w+|non|não|niet|nie|не|sin|ohne|sans|senza|sem|без)\b|不要"
         rf"|别|勿"
         rf"|无需"
         rf"|瞒着|لا|बिना).{{0,34}}?{FOREIGN_USERS}|{FOREIGN_USERS}.{{0,34}}?(?:\bnicht\b|\bне\b"
         rf"|言わない|知らせない|伝えない"
         r"|알리지|말하지|मत)"),
        # what banks and mail footers say of codes and of a message gone astray
        r"\b(?:code|password|pin|otp|passcode|one-time)\b[^;|=()\x7b\x7d\x22]{0,40}\b(?:with"
        r"|to) (?:anyone|anybody|others)"
        r"|intended recipient|\bbug\b|\bsilently (?:ignor|fail|drop|discard)"
        r"|\b(?:share|disclose|give|reveal)\b[^;|=()\x7b\x7d\x22]{0,20}\b(?:password|code|pin|otp"
        r"|credentials?)\b"),
    trait("move_channel",
        "telegram whatsapp signal discord wechat slack matrix irc session threema viber t.me wa.me "
        "discord.gg private privately direct encrypted secure_channel separate dm dms channel "
        "elsewhere off-platform off_platform chat platform e-mail email "
        "this_platform the_platform",
        (rf"\b(?:dm|message|text|add|write|ping|contact) me at \S+ (?:on|via|over) {CHATS}",
         r"\b(?:take|move|continue) (?:this|it|that)\b.{0,20}?\boff (?:this |the )?(?:platform"
         r"|channel|record|app)",
         rf"{ORDER}(?:continue|move|switch|take|carry on|proceed|migrate|shift|resume|speak|talk"
         rf"|chat"
         r"|discuss|reply|respond|answer|coordinate|meet|communicate|connect|finish|go)\b"
         rf"[^;|=()\x7b\x7d\x22]{{0,50}}?\b(?:to|on|over|via|in|through|using|at|into) (?:the |a "
         rf"|an |our |my )?{CHATS}",
         rf"{ORDER}(?:continue|move|take|switch) (?:this|our|the) (?:conversation|chat|discussion"
         rf"|thread"
         r"|talk)\b[^;|=()\x7b\x7d\x22]{0,30}?\b(?:to|over|via|off|elsewhere)\b",
         r"\b(?:contact|dm|message|text|add|write|reach|ping|call|find|meet|e-?mail) (?:to )?me "
         rf"(?:\w+ ){{0,3}}?(?:(?:on|at|via|through|in|over) )?{CHATS}",
         rf"{ORDER}(?:continue|talk|speak|chat|discuss|meet) (?:\w+ ){{0,4}}?(?:privately|elsewhere"
         r"|off[ -]?platform)"),
        rf"{FORBIDS}(?:continue|move|switch|reply|respond|talk|take)\b|\b(?:join|follow) us\b"
        r"|\b(?:slack|discord|telegram) (?:api|bot|app|sdk|webhook|integration|token)"),
    trait("spread",
        "agents bots assistants subagents sub-agents peers models llms instances agent bot "
        "contacts "
        "everyone every_reply every_response every_message every_email each_reply all_replies "
        "all_your every_file all_future every_conversation other_sessions address_book your_memory "
        "agents.md soul.md memory.md replies responses "
        "assistant peer",
        (rf"\b(?:every|all|each|other|any) (?:[\w-]+ ){{0,2}}{AGENTS}\b.{{0,40}}?\b(?:gets?"
         rf"|receives?|reads?|runs?|follows?) (?:this|these|the same)",
         rf"\b(?:other|all|every|fellow) (?:[\w-]+ ){{0,2}}{AGENTS}\b.{{0,20}}?, (?:repeat"
         rf"|forward|pass|share|tell|include|say|relay)\b",
         rf"{ORDER}(?:forward|share|pass|send|relay|repost|copy|tell|spread|propagate|broadcast"
         r"|distribute|post|repeat|replicate|instruct|teach|convince|notify|invite"
         r"|inform)\b[^;|=()\x7b\x7d\x22]{0,60}?"
         rf"\b(?:other|all|every|any|each|your|fellow|more|nearby|connected"
         rf"|downstream) (?:[\w-]+ ){{0,2}}"
         rf"{AGENTS}\b",
         rf"{ORDER}(?:include|add|append|insert|embed|put|repeat|paste|copy|inject"
         rf"|place)\b[^;|=()\x7b\x7d\x22]{{0,50}}?"
         r"\b(?:this|these|it|the (?:same|above|following))\b[^;|=()\x7b\x7d\x22]{0,40}?\b(?:every"
         r"|all|each|any) "
         r"(?:\w+ ){0,3}(?:repl(?:y|ies)|responses?|messages?|e-?mails?|outputs?|posts?|files?"
         r"|commits?"
         r"|answers?|conversations?|sessions?|pages?|comments?)",
         rf"{ORDER}(?:include|add|append|insert|write|save|store"
         rf"|copy)\b[^;|=()\x7b\x7d\x22]{{0,20}}?\b(?:this|these|the"
         r" (?:same|above|following)) (?:\w+ ){0,2}(?:prompt|instructions?|message|text|note"
         r"|rules?|"
         r"paragraph|block)\b[^;|=()\x7b\x7d\x22]{0,40}?\b(?:memory|agents\.md|soul\.md|memory\.md"
         r"|claude\.md)",
         rf"{ORDER}(?:forward|send|share|spread|pass)\b[^;|=()\x7b\x7d\x22]{{0,40}}?\b(?:this"
         rf"|these|it)\b[^;|=()\x7b\x7d\x22]{{0,30}}?"
         r"\b(?:everyone|everybody|all (?:of )?your (?:contacts|friends|colleagues|followers"
         r"|channels)"
         r"|(?:every|each) (?:contact|person|address|channel|mailbox)|address book)"),
        rf"{FORBIDS}(?:forward|share|pass|send|spread|include|add|copy)\b", apart=True),
)
"""What a text may ask an agent for."""
# fmt: on
