# ruff: noqa: RUF001  # the words of other languages are meant
"""Words of other languages than English for acts, and how such a language is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agentwarrant.intent.clauses import clauses_of, plainly
from agentwarrant.intent.nouns import TOLD_ABROAD
from agentwarrant.intent.telling import TELL, TELLS
from agentwarrant.intent.tongues import foreign, is_small
from agentwarrant.intent.verbs_last import OF_NO_CLASS, VERBS, favour, stands_last

_once = lru_cache(maxsize=256)

_VERBS: dict[str, str] = {
    "payment": (
        r"überweis|(?:zahlung|miete|dauerauftrag|betrag)\w*\b.{1,60}\b(?:an\b|anpass|aktualisier|änder)"
        r"|zurück(?:geb|zahl|schick|überweis)|(?:soll|muss)\b.{1,60}\bzurück\b|ueberweis"
        r"|bezahl|zahl(?:e|en|t)\b|kauf(?:e|en|t)?\b|bestell|buch(?:e|en|t)?\b|begleich|reservier"
        r"|devuélv|devolv|hazles? llegar|pag(?:a(?:l[aoie]|r\w{0,3})?|ue|uen|o|os)\b|pága"
        r"|transf[ie]+r|transferencia|compr(?:a|ar|e|en)\b|reserv(?:a|ar|e)\b"
        r"|rembours|(?:loyer|paiement|virement)\b.{1,60}\bà jour|pay(?:er|ez|é)\b|paie"
        r"|vers(?:er|ez)\b|vir(?:e|er|ez)\b|achet|commande[rz]|réserve|règle[rz]?\b"
        r"|bonific|acquist|prenot|rimand\w*|rimbors|restitui"
        r"|overmaken|overmaak|betaal|moet\b.{1,60}\bterug\b|maak\b.{1,40}\bover\b|koop\b"
        r"|boek(?:en)?\b|reserveer"
        r"|pag(?:ue|ar)|(?:pagamento|aluguel)\b.{1,60}\b(?:atuali[sz]|ajust)|trasferi|betalen\b"
        r"|zapła[ćc]|opła[ćc]|przel(?:ej|ać|ew)|zwr[óo][ćc]|kup\b|zamów|zarezerwuj"
        r"|betala|betal\b|överför|overfør|köp\b|køb\b|kjøp\b|beställ|bestill|boka\b|sälj|sælg"
        r"|selg\b"
        r"|оплат|заплат|перевед\w* (?!на )|купи|закаж|заброн"
        r"|支付|付款|转账|轉帳|汇款|购买|预订"
        r"|支払|送金|振込|払って|買って|注文|予約して"
    ),
    "message": (
        r"schick|send(?:e|en|et)\b|schreib(?:e|en|t)?\b|antwort(?:e|en)\b|weiterleit"
        r"|leite?\b.{1,60}\bweiter|benachrichtig|übermittel|teile?\b.{1,60}\bmit\b|mitteil"
        r"|richte?\b.{1,40}\baus\b|poste?n?\b"
        r"|(?:bekomm|erhält|krieg)\w*\b.{1,40}\b(?:nachricht|mail|bescheid|link)"
        r"|envi(?:a|e|en|ad|ar\w*)\b|mánda\w*|envíal|escrib|respond|contest(?:a|e|ar)\b|reenv"
        r"|remit"
        r"|avis(?:a|ar)\b|avísa|dile\b"
        r"|envo[iy]|écri(?:s|re|vez)\b|répond|transmet|prévien|préven|\bdis (?:à|au|aux)\b"
        r"|invi(?:a|ate|are|ar\w{2})\b|scriv|rispond|inoltr|pubblic|digli\b|avvis"
        r"|manda(?:re|gli|le|lo)?\b"
        r"|stuur|sturen\b|verzend|antwoord daar|plaats|zet\b.{1,40}\bin\b"
        r"|verstuur|schrijf|beantwoord"
        r"|publiqu|avise\b|diga (?:a|ao)\b|mande\b|escrev|encaminh"
        r"|wyślij|wysłać|przesłać|prześlij|napis(?:z|ać)|odpisz|odpowiedz|przekaż"
        r"|powiadom|poinformuj"
        r"|skicka|skriv\b|svara\b|svar\b|meddela|vidarebefordra|videresend|underret"
        r"|отправ|напиши|ответь|перешл|сообщи"
        r"|发送|发给|回复|转发"
        r"|送信|返信|送って|送付|伝えて|返事"
    ),
    "egress": (
        r"schick|send(?:e|en|et)\b|übermittel|envi(?:a|e|ar|en)\b|envo[iy]|transmet|отправ"
        r"|avis(?:a|ar)\b"
        r"|hochlad|lade\b.{1,60}\bhoch|veröffentlich|freigeb|gib\b.{1,60}\bfrei\b|teil(?:e|en)\b"
        r"|stell(?:e|en)?\b.{1,60}\b(?:ein|online|in den|rein)\b"
        r"|sub(?:e|ir|a)\b|compart|compárt|public(?:a|ar|que)\b|publícal"
        r"|télévers|partag|publie"
        r"|caric|condivid"
        r"|deel\b|publiceer"
        r"|carreg|partilh|publi(?:que|car)"
        r"|prześlij|udostępnij|opublikuj"
        r"|ladda upp|dela\b|publicera|lägg upp|last opp|offentliggør|publiser"
        r"|загруз|опублик|передай"
        r"|上传|分享|发布"
    ),
    "destructive": (
        r"gooi\b.{1,60}\bweg|weggooi|wirf\b.{1,60}\bweg|wegwerf|kasta\b"
        r"|lösch|entfern|stornier|kündig"
        r"|borr(?:a|ar|e)|bórral|elimin|elimín|cancel|anul(?:a|ar|e)"
        r"|supprim|effac|annul|résili"
        r"|disdi"
        r"|verwijder|wis\b"
        r"|apag|exclu[ai]|remov[ae]"
        r"|usuń|usun(?:ąć|ięt)|skasow|skasuj|wykasuj|odwoła[jć]"
        r"|radera|ta bort|tas bort|avboka|slet\b|fjern\b|afbestil|avbestill"
        r"|удал|отмен"
        r"|删除|刪除|取消|削除|消して|取り消"
    ),
    "privilege": (
        r"änder|pass(?:e|en|t)?\b.{1,60}\ban\b|anpass|aktualisier|soll\b.{0,30}\brein\b|aufnehm|nimm\b.{1,60}\b(?:auf|rein)\b"
        r"|hole?\b.{1,60}\b(?:dazu|rein)\b|lade?\b.{1,60}\bein\b|einlad|hinzufüg|füge?\b|berechtig"
        r"|agrega|agrég|añad|añád|mete\b|cambi|cámbia|invit"
        r"|chang|précis(?:er|ez)\b|mets?\b.{1,40}\bà jour|modifi|ajout"
        r"|modific|aggiung|aggiorn"
        r"|voeg\b.{1,40}\btoe\b|toevoeg|uitnodig|nodig\b.{1,60}\buit\b|wijzig|machtig|pas\b.{1,40}\baan\b"
        r"|adicion|convid|atualiz|alter(?:e|ar?)\b"
        r"|doda[jć]|dopis(?:z|ać)|wpis(?:z|ać)|zapro(?:ś|si)|zmie(?:ń|ni)|zaktualiz"
        r"|lägg till|bjud in|ändra|uppdatera|tilføj|legg til|inviter|endre\b"
        r"|измени|добавь|пригла"
        r"|修改|添加|邀请|招待|追加して|変更して"
    ),
    "memory_write": (
        r"merk(?:e|en|t)?\b|notier|speicher"
        r"|guard(?:a|ar|e)\b|apunta"
        r"|souviens|souvenez|enregistr"
        r"|salv[ae]\b"
        r"|onthoud|bewaar|noteer"
        r"|lembr|anot[ae]"
        r"|zapamiętaj|zapisz|zanotuj"
        r"|kom ihåg|spara\b|notera|anteckna|husk\b|gem\b|lagre\b|noter\b"
        r"|запомн|сохрани"
        r"|记住|保存|覚え"
    ),
    "config_change": (
        r"einricht|richte?\b.{1,60}\bein\b|aktivier|deaktivier|konfigur|einstell"
        r"|configur|activ(?:a|e|er|ar)\b|désactiv"
        r"|stel\b.{1,40}\bin\b|instellen|schakel|activeer"
        r"|ativ[ae]|desativ"
        r"|ustaw|włącz|wyłącz|skonfiguruj"
        r"|ställ in|aktivera|inaktivera|slå (?:på|av|til|fra)|indstil|still inn"
        r"|настро|включи|отключи"
        r"|设置|启用|停用"
    ),
    "persistence": (r"erinner|herinner|przypomnij|påminn|напомни|提醒"),
    "execute": (
        r"installier|führ(?:e|en)?\b.{1,60}\baus\b|ausführ|starte"
        r"|instal|ejecut|exécut|lance[rz]?\b"
        r"|esegui"
        r"|installeer|voer\b.{1,40}\buit\b"
        r"|zainstaluj|uruchom|wykonaj"
        r"|installera|kör\b|starta\b|installer\b|kør\b|kjør\b"
        r"|установи|запусти"
        r"|安装|运行|执行"
    ),
}
"""Verbs of a class, by their stems. The words of a language begin a line: German, Spanish, French,
Italian, Dutch, Portuguese, Polish, Swedish and its kin, Russian, Chinese and Japanese; what two
have in common stands with the first. Those whose verb stands last have more in ``verbs_last``.
"""
_NAMES: dict[str, str] = {
    "egress": (r"check-?in"),
    "message": (
        r"(?:nytt|neue\w?|nuev[oa]|nouve\w{1,3}|nuov[oa]|nov[oa]|nieuwe?|now[eya]|yeni|新しい)\s?"
        r"(?:\w+ )?(?:möte|händelse|termin|ereignis|evento|reuni|cita\b|réunion|rendez-vous"
        r"|événement|riunione|appuntamento|compromisso|afspraak|vergadering|spotkani|wydarzeni|toplantı"
        r"|etkinlik|予定|会議)"
    ),
    "privilege": (
        r"inbjud|einladung|invitaci|invitation|invito\b|convite|uitnodiging|zaproszen|läggas? till"
        r"|passwort|kennwort|zugriff|contraseña|mot de passe|wachtwoord|toegang|senha|permiss"
        r"|acesso|hasło|uprawni|dostęp|lösenord|behörighet|åtkomst|adgang|tilgang|passord|парол|密码"
    ),
    "memory_write": (r"recuerd|ricord"),
    "persistence": (
        r"täglich|wöchentlich|jeden|cada|diari|recu[ée]rd|chaque|tous les|quotidien|rappel|ogni"
        r"|elke\b|dagelijks|wekelijks|todos os|lembrete|codziennie|każd|varje|dagligen|hver\b"
        r"|dagligt?\b|кажд|ежедневн|每天|每周|定期"
    ),
}
"""Nouns and other words that say of a wish which class of act it is for."""
_OF_NO_CLASS = (
    # German
    r"leg(?:e|en)?\b.{1,60}\ban\b|trage?\b.{1,90}\bein\b|eintrag|erstell|verschieb|verleg|umsetz"
    r"|setz(?:e|en)?\b|befolg|komm(?:t|en)\b.{1,60}\b(?:rein|in den|in die|auf die)\b"
    # Spanish, Italian
    r"|pon(?:lo|la|me|er|ga)?\b|crea\w*|segna\w*|fall[aeo]\b|genera(?:r|me)?\b|mueve|mover\b"
    r"|programa(?:r)?\b|agenda(?:r)?\b|bloque|cumpl|cumpr"
    # Dutch
    r"|gooi|weggooien"
    # French
    r"|crée[rz]?\b|génère|déplac|report(?:er|ez)\b|planifi|mets\b|mettre\b|suis (?:les|ses|ce)"
    # Italian
    r"|sposta|blocca|metti|segui\b"
    # Portuguese
    r"|crie\b|cria(?:r)?\b|gere\b|gera(?:r)?\b|monte\b|mova\b|mude\b"
    r"|pass(?:e|ar) (?:o|a|meu|minha)\b|remarque|agende|marque\b|coloque|coloca\b|bloqueie|ponha"
    r"|siga\b"
    # Dutch
    r"|zet\b|maak\b|verplaats|verzet|plan\b|blokkeer|volg\b"
    # Polish
    r"|utwórz|stwórz|przesuń|przenieś|przełóż|zablokuj|zaplanuj|wstaw|umieść|postępuj"
    # Swedish, Danish
    r"|lägg\b|skapa|flytta|blockera|schemalägg|sätt\b|följ\b|opret|flyt\b"
)
"""Verbs that make, put or move something, whatever it is."""
_VERBS = {name: f"{verbs}|{VERBS[name]}" for name, verbs in _VERBS.items()}
_START = r"(?:(?<!\w)|(?=[\u3040-\u9fff\uac00-\ud7a3]))"
_PAST = r"(?:(?:aus|ein|ab|an|um|weg|hin|zurück|weiter|frei|über)?ge)?"
"""How what is done is told in German and Dutch: ``gelöscht``, ``weitergeleitet``."""
_DOES_RE = {
    name: re.compile(rf"{_START}{_PAST}(?:{verbs}{'|' + _NAMES[name] if name in _NAMES else ''})")
    for name, verbs in _VERBS.items()
}
ANY_ACT = re.compile(rf"{_START}(?:{'|'.join(_VERBS.values())}|{_OF_NO_CLASS}|{OF_NO_CLASS})")
"""A verb for any act."""
_ANY_WORD = re.compile(rf"{_START}(?:{'|'.join([*_VERBS.values(), *_NAMES.values()])})")
"""A word for any of these acts."""

DOES_SO = re.compile(
    r"^(?:fai(?:s|tes|re)|occupe[zr]?|mach(?:e|en|t)?|erledig\w*|kümmer\w*|haz(?:lo)?|haga\w*"
    r"|encárg\w*|ocúpa\w*|fai|fallo|fate|occupa\w*|faça\w*|faz|trate|zrób\w*|załatw\w*|zajmij|doe"
    r"|regel|handel|umsetzen|gör|ordna|gjør|gør|сдела\w*|займи\w*)(?!\w)"
    r"|(?:やって|対応して)(?:おいて|ください|くれ|$)|^(?:请|請)?(?:处理|照办|办理)"
)
"""An order that says of no act which it is: what is to be done stands in what is spoken of."""
_IS_TO = re.compile(
    # somebody is to have something, something is to be somewhere: German
    r"\b(?:soll(?:en|te)?|muss|müssen) (?:[^,.;?!]|\.(?=\w)){0,90}?\b(?:bekommen|erhalten|kriegen"
    r"|rein|raus|weg|zurück|hin|stehen|lauten|heißen|werden|ankommen|landen|gehen)\b"
    # Spanish
    r"|\b(?:tienen?|deben?|han?|debería[ns]?) (?:que |de )?(?:\w+ ){0,2}?(?:estar (?:en|dentro)"
    r"|recibir|llegar\w*|ir|figurar|aparecer|salir)\b"
    # Portuguese
    r"|\b(?:precisam?|devem?|têm|tem) (?:que |de )?(?:\w+ ){0,2}?(?:ser \w+d[oa]s?"
    r"|estar (?:no|na|em|nos|nas)|receber|entrar|aparecer|ir|chegar)\b"
    # French
    r"|\b(?:doi(?:t|vent)|devraient|devrait|faut que) (?:[\w']+ ){0,4}?(?:recevoir|avoir|arriver"
    r"|parvenir|aller|reçoiv\w+|apparaître|figurer|être (?:\w+é\w*|dans|sur))\b"
    # Italian
    r"|\b(?:deve|devono|dovrebbe\w*) (?:\w+ ){0,3}?(?:ricevere|comparire|arrivare|andare|stare"
    r"|essere \w+t[oaie])\b"
    # Dutch
    r"|\bmoet(?:en)? (?:[^,.;?!]|\.(?=\w)){0,80}?\b(?:terug|krijgen|staan|worden|weg|naar|erbij"
    r"|komen)\b"
    # Polish
    r"|\b(?:powin\w+|mają|musi|musz\w+|ma) (?:[\w']+ ){0,4}?(?:dostać|otrzymać|zostać|trafić"
    r"|znaleźć się)\b"
    # something is done, said of what is to be done: German
    r"|\b(?:wird|werden|gehör(?:t|en)) (?:[^,.;?!]"
    r"|\.(?=\w)){0,90}?\b(?:(?:ein|hin|weiter|zurück|über|frei|ab|um)?ge\w{3,}(?:t|en)|überwiesen"
    r"|bezahlt|entfernt|storniert|reserviert|installiert|veröffentlicht)\b"
    # French
    r"|\b(?:est|sont) (?:[\w'-]+ ){0,2}?à (?:y |lui |leur )?\w+(?:er|ir|re)\b"
    # Italian
    r"|\b(?:va|vanno) (?:\w+ ){0,2}?\w+(?:at|it|ut|st|tt)[oiae]\b"
    # Swedish, Danish
    r"|\b(?:ska|skall|måste|bör) (?:[\w'-]+ ){0,4}?\w+(?:as|s|ras)\b|\bskal (?:\w+ ){0,3}?\w+es\b"
    # German
    r"|\bgeht (?:noch |bitte |dann )?eine? (?:mail|nachricht)\b"
)
_FOUND_IN = re.compile(
    r"\b(?:in einer|in der|en (?:un|el|mi|la)|dans (?:un|une|le|mes|ma)|in (?:un|una)|nel\w*|num"
    r"|numa|no|em (?:um|uma)|in (?:een|mijn)|w|i ett|i en) (?:[\w-]+ ){0,2}?(?:e-?)?(?:mails?"
    r"|correos?|messages?|nachrichten?|mensajes?|mensagen?s?|messaggi\w*|bericht\w*|wiadomo\w+"
    r"|mejl\w*|courriels?)\b"
)
"""Of what is to be found, "it should be in a mail" is a guess."""
_COULD_YOU = re.compile(
    # German
    r"\b(?:kannst|könntest|würdest|magst|kann|könnten|würden|schreibst|schickst|machst|trägst"
    r"|legst) (?:du|sie)\b"
    # French
    r"|\b(?:tu peux|tu pourrais|peux-tu|pourrais-tu|pouvez-vous|vous pourriez|pourriez-vous"
    # Spanish
    r"|puedes|podrías|podes|puede usted|te importa|me puedes"
    # Italian
    r"|puoi|potresti"
    # Portuguese
    r"|pode|poderia|consegue|dá para|dá pra|dá pro|você pode"
    # Dutch, Swedish, Danish
    r"|wil jij|kun jij|zou jij|kan du|kunde du|skulle du|vill du|kun je|kan je|wil je|zou je"
    r"|regel jij"
    # Polish
    r"|możesz|mógłbyś|mogłabyś)\b"
)


@_once
def asked_of_you(sentence: str) -> bool:
    """Is an act asked for as a favour in another language than English, or is it to come about?"""
    if not foreign(sentence):
        return False
    wished = favour(sentence)
    if wished is not None:
        return wished
    if _IS_TO.search(sentence) and _FOUND_IN.search(sentence) is None:
        return True
    asked = _COULD_YOU.search(sentence)
    if asked is None:
        return _DO_YOU.search(sentence) is not None or _THAT.search(sentence) is not None
    rest = sentence[asked.end() :].strip()
    if TELLS.match(rest) and len(clauses_of(rest)) == 1:
        return False
    if ANY_ACT.search(rest) or DOES_SO.match(rest) or _SEES_TO.search(rest):
        return True
    # Whatever else one is asked for by a verb that is not known, it may be an act.
    return TELLS.search(rest) is None and TOLD_ABROAD.search(rest) is None


@_once
def ordered_abroad(sentence: str) -> bool:
    """Does a clause of a sentence in another language than English begin like an order?"""
    if stands_last(sentence) and ANY_ACT.search(sentence):
        return True
    return asked_of_you(sentence) or any(
        ANY_ACT.match(clause) or DOES_SO.match(clause)
        for clause in map(plainly, clauses_of(sentence))
    )


_DO_YOU = re.compile(
    rf"{_START}(?:(?:überweis|bezahl|schick|schreib|antworte|lösch|buch|reservier|bestell|änder"
    r"|erstell|verschieb|speicher|notier|stornier|entfern|mach|erledig|trag|stell|leg|setz|teil"
    r"|poste)s?t du\b"
    r"|(?:lädst|nimmst|gibst|kümmerst) du\b)|\bdoe jij\b|\bte encargas\b|\bte ne occupi\b"
)
"""A question that is an order: "überweist du das?"."""
_THAT = re.compile(
    r"^(?:¿|y |e )?que (?!me\b|nos\b|tal\b|hay\b|es\b|son\b"
    r"|est)[a-záéíóúñ]+ (?:\w+ )?\w+[ae]n?\b (?:un|una|el|la|los|las|su)\b|\b(?:quiero|quisiera"
    r"|necesito|quero|preciso|queria) que (?!me\b|nos\b)(?:o |a |os |as |lo |la |los "
    r"|las )?(?!digas|leas|busques|mires|cuentes|expliques|resumas|leias|digas|vejas|procures"
    r"|resuma|leia|diga)\w+|\b(?:le|les|se|me) (?:lo|la|los|las) (?!dices|das|pasas|sacas|buscas"
    r"|enseñas|muestras)\w+as\b|\b(?:le|les) (?!dices|das)\w+as (?:tú|un|una|el|la)\b|\b(?:me|ce"
    r"|gli|le) (?:la|lo|li|le) (?!dici|dai|trovi|mostri)\w+i\b|\bmi faresti\b"
)
"""What is to come about, or is asked of somebody as a favour, in Romance languages."""
_SEES_TO = re.compile(r"(?:t'en|te|s'en|m'en) (?:charger|occuper)\b|(?:encargarte|occupartene)\b")

_GOES_ON = re.compile(
    r"\s(?:und|en|y|e|et|i|och|og)\s+(?:(?:dann|luego|después|poi|depois|puis|ensuite|potem|sedan"
    r"|daarna|bitte|por favor|graag|proszę)\s+)?(?=(\w{3,}) (\w+))"
)


def unread_abroad(sentence: str) -> bool:
    """Does a sentence go on with a word that may be an order, and is not known to be none?"""
    return any(
        not (is_small(found.group(1)) or TELL.match(sentence, found.end()))
        and TOLD_ABROAD.match(f"{found.group(1)} ") is None
        and TOLD_ABROAD.match(f"{found.group(2)} ") is None
        for found in _GOES_ON.finditer(sentence)
    )


def any_word(words: str) -> bool:
    """Is there a word of another language than English for any act?"""
    return _ANY_WORD.search(words) is not None


@_once
def does(tool_class: str, words: str) -> bool:
    """Is there a word of another language than English for an act of this class?"""
    found = _DOES_RE.get(tool_class)
    return found is not None and foreign(words) and found.search(words) is not None


def done_at(tool_class: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a text has a word of another language than English for an act of this class."""
    found = _DOES_RE.get(tool_class)
    if found is not None and foreign(text):
        yield from (match.span() for match in found.finditer(text))
