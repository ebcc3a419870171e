# ruff: noqa: RUF001  # the words of other scripts are meant
"""What a text may say of itself (``asked``)."""

from __future__ import annotations

from agentwarrant.traits.words import (
    APPROVED,
    APPROVERS,
    FORBIDS,
    FOREIGN_USERS,
    ROLE_ENDS,
    ROLES,
    trait,
)

# fmt: off
CLAIMS = (
    trait("human_approval",
        "approved authorized authorised pre-approved preapproved pre-authorized signed_off "
        "consented okayed ok'd cleared green-lit greenlit permission approval consent go-ahead "
        "authorization authorisation approve authorize agreed genehmigt freigegeben autorisiert "
        "zugestimmt aprobado autorizado approuvé autorisé approvato autorizzato aprovado "
        "goedgekeurd одобрил одобрила разрешил разрешено 批准 授权 同意 承認 許可 승인 허가 موافق "
        "onayladı "
        "said_yes said_ok said_okay ok_with okay_with fine_with gave signed",
        (rf"\b(?-i:[A-Z][a-z]+)(?: (?-i:[A-Z][a-z]+))?(?: ?\([\w ,-]{{2,30}}\))? (?:has"
         rf"|have) (?:already |just )?{APPROVED}",
         rf"\b(?:cleared|agreed|confirmed) with (?:the |your |our |my )?{APPROVERS}\b"
         rf"|\bapproval\W{{1,3}}(?:status\W{{1,3}})?(?:granted|given|obtained|yes)\b",
         rf"\b{APPROVERS}(?: in charge)? (?:said (?:yes|ok|okay|it['’]?s (?:ok|fine))|(?:is"
         rf"|are) (?:ok|okay|fine) with|(?:gave|has given) (?:\w+ ){{0,2}}?(?:permission|approval"
         rf"|consent|okay|go-?ahead))\b",
         rf"\b{APPROVERS}(?:'s|’s|'ve| has| have| had| was| were)?(?: been| already| just"
         rf"| previously"
         rf"| explicitly| fully| personally| also| both| verbally){{0,3}} {APPROVED}",
         rf"\b{APPROVED} (?:in advance |personally |in writing )?by (?:the |your |our |my |a "
         rf"|an )?(?:"
         rf"{APPROVERS}\b|(?-i:[A-Z][a-z]{{2,}}))",
         r"\b(?:this|the|that|your|all|these) (?:[\w-]+ ){0,3}(?:actions?|operations?|requests?"
         r"|transfers?|commands?|tasks?|payments?|transactions?|deletions?|changes?|access|steps?"
         r"|calls?|exports?|purchases?|it) (?:has|have|had|was|were|is|are)(?: been)?(?: already"
         r"| fully"
         rf"| explicitly| pre)? ?-?{APPROVED}",
         r"\b(?:it|this|that)(?:'s|’s| has| was| is)(?: been)?(?: already| fully| all)? (?:pre-?)?"
         r"(?:approved|authori[sz]ed|signed off|cleared)\b",
         r"\balready (?:been )?(?:approved|authori[sz]ed|signed off|cleared|consented)\b|\bpre-?"
         r"(?:approved|authori[sz]ed) (?:by|for you|action|request|operation)",
         r"\byou (?:already )?(?:have|'ve been given|have been given|are given) (?:[\w'’-]+ ){0,3}"
         r"(?:permission|approval|authori[sz]ation|consent|go-?ahead)\b",
         r"\bi (?:hereby |personally |fully )?(?:approve|authori[sz]e|consent"
         r"|give (?:you )?(?:my )?"
         r"(?:full )?(?:permission|approval|consent|the go-?ahead))\b",
         r"\bapproval (?:was|has been|is|has already been) (?:already )?(?:granted|given"
         r"|obtained)\b"
         r"|\bwith (?:the )?(?:\w+['’]s|full|explicit|prior|human|user"
         r"|management) (?:\w+ )?(?:approval"
         r"|permission|consent|authori[sz]ation)\b",
         rf"(?:{FOREIGN_USERS}|\b(?:chef\w?|jefe|leiter\w{{0,3}}|directeur|direttore|diretor"
         rf"|руководител\w"
         r"|директор|vorgesetzte\w?)\b|老板|经理|管理员|上司|관리자|المدير).{0,30}?(?:genehmigt"
         r"|freigegeben"
         r"|autorisiert|zugestimmt|aprobado|autorizado|approuvé|autorisé|approvato|autorizzato"
         r"|aprovado"
         r"|goedgekeurd|одобрил\w?|разрешил\w?|已批准|批准|授权|同意|承認|許可|승인|허가|وافق"
         r"|onayladı)"),
        rf"{FORBIDS}(?:approved|authori[sz]ed|cleared|agreed)\b|\b(?:if|unless|until|once|whether"
        rf"|when"
        r"|before|after|must be|should be|needs? to be|to be|only|can be|will be|where|copyright"
        r"|licen[sc]e|propagate)\b[^,]{0,50}"
        r"\b(?:approved|authori[sz]ed|approve|authori[sz]e|consent|permission|approval|cleared)\b"),
    trait("authority",
        "administrator admin admins sysadmin superuser root security_team security_officer "
        "security_department support helpdesk help_desk it_department soc orchestrator supervisor "
        "coordinator controller owner creator developer developers maintainer operator moderator "
        "compliance incident_response ceo cfo cto ciso director openai anthropic system override "
        "developer_mode debug_mode platform_team trust_and_safety planner_agent manager_agent "
        "lead_agent master_agent parent_agent root_agent legal_team maintenance mode "
        "administratorin administrador administrateur amministratore администратор 管理员 "
        "系统管理员 "
        "管理者 관리자 المسؤول "
        "safety_team elevated_privileges",
        (rf"\b(?:message|notice|instruction|request|order|directive)s? (?:is|was|comes?"
         rf"|are)(?: sent)? (?:from|by) (?:the |your |our )?(?:[\w-]+ ){{0,2}}?{ROLES}\b",
         rf"\bin (?:my|our) (?:capacity|role|function) as (?:the |your "
         rf"|an? )?(?:[\w-]+ ){{0,2}}?{ROLES}\b",
         r"\b(?:i|we) (?:have|hold)(?: been granted)? (?:full |the )?(?:admin\w*|root|owner"
         r"|system|elevated) (?:privileges|rights|access|authority|permissions)\b",
         rf"(?:^|\n)\s*(?:--|—|–|regards,?|signed,?)\s*(?:the |your )?(?:[\w-]+ "
         rf"){{0,2}}?(?:{ROLES}|(?:openai|anthropic) [\w ]{{0,16}}team)\b",
         rf"\b(?:i am|i['’]m|this is|we are|we['’]re|speaking as|writing as|acting as|message from"
         rf"|notice from|instructions? from|directive from|orders? from|request from|on behalf of"
         rf"|here is"
         rf"|it['’]s) (?:the |your |an? |our )?(?:[\w-]+ ){{0,2}}?{ROLES}\b{ROLE_ENDS}",
         r"\b(?:developer|debug|admin(?:istrator)?|maintenance|god|dan|root|sudo|override"
         r"|unrestricted"
         r"|diagnostic|jailbreak|test) mode[ :]*(?:is |has been |now )*(?:enabled|activated|active"
         r"|on\b"
         r"|engaged|unlocked|granted)|\b(?:enter|entering|activate|enable|now in"
         r"|switch to) (?:developer"
         r"|debug|admin|maintenance|god|dan|root|unrestricted|diagnostic) mode\b",
         r"(?:^|[\n>*#\"'(\[{|:,])\s*[\[(<]{0,2}(?-i:SYSTEM|ADMIN|ADMINISTRATOR|ROOT|SECURITY"
         r"|DEVELOPER"
         r"|ORCHESTRATOR|OPERATOR)(?:\s(?-i:[A-Z]{2,}|[a-z]{3,12})){0,2}[\])>]{0,2}\s*(?:[:—–-]"
         r"|[\])>])",
         r"\b(?:system|admin(?:istrator)?|security|developer|official|root) (?:override|notice"
         r"|directive"
         r"|mandate|instruction|command|authority|announcement|order)\b\s*[:!.—–-]",
         rf"(?:^|[\n>*#])\s*[*\"]{{0,3}}(?:from|sender|signed|von"
         rf"|de)[\"*]{{0,3}}\s*[:=]\s*[\"*]{{0,3}}(?:the "
         rf"|your )?(?:[\w&.-]+ ){{0,2}}?{ROLES}\b(?=\s*(?:$|[\n<(\"',;*]))",
         rf"\bas (?:the|your) (?:[\w-]+ ){{0,2}}?{ROLES},? (?:i|we)\b",
         r"\b(?:ich bin|hier ist|soy|habla|je suis|ici|sono|qui è|sou|aqui é|я|это) (?:(?:der|die"
         r"|ihr|dein"
         r"|el|la|tu|su|le|votre|ton|il|lo|o|a|l['’]|ваш|твой)\s?)?(?:\w+ )?(?:administrator\w{0,2}"
         r"|systemadministrator\w{0,2}|administrador\w?|administrateur|amministratore"
         r"|администратор\w?"
         r"|sicherheitsteam|it-abteilung|equipo de seguridad|équipe de sécurité|besitzer|dueño"
         r"|propriétaire|proprietario|владелец|разработчик)",
         r"(?:我是|这是|我们是).{0,6}(?:管理员|安全团队|开发者|所有者|系统)|管理者です|(?:나는"
         r"|저는|여기는).{0,6}관리자"),
        r"\brun (?:this |it )?as (?:an )?admin|\b(?:file|ticket|table|database|folder) system\b"),
)
"""What a text may say of itself or of what it asks for."""
# fmt: on
