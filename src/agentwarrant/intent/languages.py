# the words of other scripts are meant
"""Words of other languages than English for acts, and how such a language is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from agentwarrant.intent.clauses import clauses_of, plainly
from agentwarrant.intent.nouns import TOLD_ABROAD
from agentwarrant.intent.telling import TELL, TELLS
from agentwarrant.intent.tongues import foreign, is_small

_once = lru_cache(maxsize=256)

_VERBS: dict[str, str] = {
    "payment": "überweis|zurück(?:geb|zahl|schick|überweis)|(?:soll|muss)\\b.{1,60}\\bzurück\\b"
    "|ueberweis|bezahl|zahl(?:e|en|t)\\b|kauf(?:e|en|t)?\\b|bestell|buch(?:e|en|t)?\\b|begleich"
    "|reservier|devuélv|devolv|hazles? llegar|pag(?:a|ar|ue|uen|o|os)\\b|págal|transf[ie]+r"
    "|transferencia|compr(?:a|ar|e|en)\\b|reserv(?:a|ar|e)\\b|rembours"
    "|(?:loyer|paiement|virement)\\b.{1,60}\\bà jour|pay(?:er|ez|é)\\b|paie|vers(?:er|ez)\\b"
    "|vir(?:e|er|ez|ement)\b|achet|commande[rz]|réserve|règle[rz]?\\b|bonific|acquist|prenot"
    "|rimand\\w*|rimbors|restitui|overmaken|overmaak|betaal|moet\\b.{1,60}\\bterug\\b"
    "|maak\\b.{1,40}\\bover\\b|koop\\b|boek(?:en)?\\b|reserveer"
    "|pag(?:ue|ar)|zapłać|opłać|przelej|kup\\b|zamów|zarezerwuj|betala|betal\\b|överför|overfør"
    "|köp\\b|køb\\b|kjøp\\b|beställ|bestill|boka\\b|sälj|sælg|selg\\b"
    "|оплат|заплат|перевед\\w* (?!на )|купи|закаж|заброн|支付|付款|转账|轉帳|汇款|购买|预订"
    "|支払|送金"
    "|振込|払って|買って|注文|予約して",
    "message": "schick|send(?:e|en|et)\\b|schreib(?:e|en|t)?\\b|antwort(?:e|en)\\b|weiterleit"
    "|leite?\\b.{1,60}\\bweiter|benachrichtig|übermittel|teile?\\b.{1,60}\\bmit\\b|mitteil"
    "|richte?\\b"
    ".{1,40}\\baus\\b|poste?n?\\b|envi(?:a|e|ar|en|ad)\\b|envíal|escrib|respond|contest(?:a|e"
    "|ar)\\b"
    "|reenv|remit|avis(?:a|ar)\\b|avísa|dile\\b|envo[iy]|écri(?:s|re|vez)\\b|répond|transmet"
    "|prévien"
    "|préven|\\bdis (?:à|au|aux)\\b|invi(?:a|are|ate)\\b|scriv|rispond|inoltr|pubblic|digli\\b"
    "|avvis"
    "|manda(?:re|gli|le|lo)?\\b|stuur|antwoord daar|plaats|zet\\b.{1,40}\\bin\\b|verstuur"
    "|schrijf|beantwoord|publiqu|avise\\b|diga (?:a|ao)\\b|mande\\b|escrev|encaminh|wyślij|napisz"
    "|odpisz|odpowiedz|przekaż|powiadom|poinformuj|skicka|skriv\\b|svara\\b|svar\\b|meddela"
    "|vidarebefordra|videresend|underret|отправ|напиши|ответь|перешл|сообщи|发送|发给|回复|转发|送信"
    "|返信|送って|送付|伝えて|返事",
    "egress": "schick|send(?:e|en|et)\\b|übermittel|envi(?:a|e|ar|en)\\b|envo[iy]|transmet|отправ"
    "|avis(?:a|ar)\\b|hochlad|lade\\b.{1,60}\\bhoch|veröffentlich|freigeb|gib\\b.{1,60}\\bfrei\\b"
    "|teil(?:e|en)\\b"
    "|stell(?:e|en)?\\b.{1,60}\\b(?:ein|online|in den|rein)\\b|sub(?:e|ir|a)\\b|compart|compárt"
    "|public(?:a|ar|que)\\b|publícal|télévers|partag|publie|caric|condivid|deel\\b|publiceer|carreg"
    "|partilh|publi(?:que|car)|prześlij|udostępnij|opublikuj|ladda upp|dela\\b|publicera|lägg upp"
    "|last opp|offentliggør|publiser|загруз|опублик|передай|上传|分享|发布",
    "destructive": "gooi\\b.{1,60}\\bweg|weggooi|wirf\\b.{1,60}\\bweg|wegwerf|kasta\\b|lösch"
    "|entfern|stornier|kündig|borr(?:a|ar|e)|bórral|elimin|elimín|cancel"
    "|anul(?:a|ar"
    "|e)|supprim|effac|annul|résili|disdi|verwijder|wis\\b|apag|exclu[ai]|remov[ae]|usuń|skasuj"
    "|wykasuj|odwołaj|radera|ta bort|avboka|slet\\b|fjern\\b|afbestil|avbestill"
    "|удал|отмен|删除|刪除"
    "|取消|削除|消して|取り消",
    "privilege": "änder|soll\\b.{0,30}\\brein\\b|aufnehm|nimm\\b.{1,60}\\b(?:auf|rein)\\b"
    "|hole?\\b.{1,60}"
    "\\b(?:dazu|rein)\\b|lade?\\b.{1,60}\\bein\\b|einlad|hinzufüg|füge?\\b|berechtig|agrega|agrég"
    "|añad"
    "|añád|mete\\b|cambi|cámbia|invit|chang|précis(?:er|ez)\\b|mets?\\b.{1,40}\\bà jour|modifi"
    "|ajout"
    "|modific|aggiung|aggiorn|voeg\\b.{1,40}\\btoe\\b|nodig\\b.{1,60}\\buit\\b|wijzig|machtig"
    "|pas\\b.{1,40}"
    "\\baan\\b|adicion|convid|atualiz|alter(?:e|ar?)\\b|dodaj|dopisz|wpisz|zaproś|zmień"
    "|zaktualizuj|lägg till"
    "|bjud in|ändra|uppdatera|tilføj|legg til|inviter|endre\\b|измени|добавь"
    "|пригла|修改|添加|邀请|招待"
    "|追加して|変更して",
    "memory_write": "merk(?:e|en|t)?\\b|notier|speicher|guard(?:a|ar|e)\\b|apunta|souviens|souvenez"
    "|enregistr|salv[ae]\\b|onthoud|bewaar|noteer|lembr|anot[ae]|zapamiętaj|zapisz|zanotuj|kom ihåg"
    "|spara\\b|notera|anteckna|husk\\b|gem\\b|lagre\\b|noter\\b|запомн|сохрани|记住|保存|覚え",
    "config_change": "einricht|richte?\\b.{1,60}\\bein\\b|aktivier|deaktivier|konfigur|einstell"
    "|configur"
    "|activ(?:a|e|er|ar)\\b|désactiv|stel\\b.{1,40}\\bin\\b|instellen|schakel|activeer|ativ[ae]"
    "|desativ"
    "|ustaw|włącz|wyłącz|skonfiguruj|ställ in|aktivera|inaktivera|slå (?:på|av|til|fra)|indstil"
    "|still inn|настро|включи|отключи|设置|启用|停用",
    "persistence": "erinner|herinner|przypomnij|påminn|напомни|提醒",
    "execute": "installier|führ(?:e|en)?\\b.{1,60}\\baus\\b|ausführ|starte|instal|ejecut|exécut"
    "|lance[rz]?\\b|esegui|installeer|voer\\b.{1,40}\\buit\\b|zainstaluj|uruchom|wykonaj"
    "|installera|kör\\b"
    "|starta\\b|installer\\b|kør\\b|kjør\\b|установи|запусти|安装|运行|执行",
}
"""Verbs of a class, by their stems."""
_NAMES: dict[str, str] = {
    "egress": "check-?in",
    "privilege": "inbjud|einladung|invitaci|invitation|invito\\b|convite|uitnodiging|zaproszen"
    "|läggas? till"
    "|passwort|kennwort|zugriff|contraseña|mot de passe|wachtwoord|toegang|senha"
    "|permiss"
    "|acesso|hasło|uprawni|dostęp|lösenord|behörighet|åtkomst|adgang|tilgang|passord|парол|密码",
    "memory_write": "recuerd|ricord",
    "persistence": "täglich|wöchentlich|jeden|cada|diari|recu[ée]rd|chaque|tous les|quotidien"
    "|rappel|ogni"
    "|elke\\b|dagelijks|wekelijks|todos os|lembrete|codziennie|każd|varje|dagligen|hver\\b"
    "|dagligt?\\b"
    "|кажд|ежедневн|每天|每周|定期",
}
"""Nouns and other words that say of a wish which class of act it is for."""
_OF_NO_CLASS = (
    "leg(?:e|en)?\\b.{1,60}\\ban\\b|trage?\\b.{1,90}\\bein\\b|eintrag|erstell|verschieb|verleg"
    "|umsetz"
    "|setz(?:e|en)?\\b|befolg|komm(?:t|en)\\b.{1,60}\\b(?:rein|in den|in die|auf die)\\b"
    "|pon(?:lo|la|me|er|ga)?\\b|crea\\w*|segna\\w*|fall[aeo]\\b|genera(?:r|me)?\\b|mueve|mover\\b"
    "|programa(?:r)?\\b"
    "|agenda(?:r)?\\b|bloque|cumpl|cumpr|gooi|weggooien|crée[rz]?\\b|génère|déplac|report(?:er"
    "|ez)\\b|planifi|mets\\b"
    "|mettre\\b|suis (?:les|ses|ce)|sposta|blocca|metti|segui\\b|crie\\b|cria(?:r)?\\b|gere\\b"
    "|gera(?:r)?"
    "\\b|monte\\b|mova\\b|mude\\b|pass(?:e|ar) (?:o|a|meu|minha)\\b|remarque|agende|marque\\b"
    "|coloque"
    "|coloca\\b|bloqueie|ponha|siga\\b|zet\\b|maak\\b|verplaats|verzet|plan\\b"
    "|blokkeer"
    "|volg\\b|utwórz|stwórz|przesuń|przenieś|przełóż|zablokuj|zaplanuj|wstaw|umieść|postępuj"
    "|lägg\\b"
    "|skapa|flytta|blockera|schemalägg|sätt\\b|följ\\b|opret|flyt\\b"
)
"""Verbs that make, put or move something, whatever it is."""
_START = r"(?:(?<!\w)|(?=[\u3040-\u9fff]))"
_PAST = r"(?:(?:aus|ein|ab|an|um|weg|hin|zurück|weiter|frei|über)?ge)?"
"""How what is done is told in German and Dutch: ``gelöscht``, ``weitergeleitet``."""
_DOES_RE = {
    name: re.compile(rf"{_START}{_PAST}(?:{verbs}{'|' + _NAMES[name] if name in _NAMES else ''})")
    for name, verbs in _VERBS.items()
}
ANY_ACT = re.compile(rf"{_START}(?:{'|'.join(_VERBS.values())}|{_OF_NO_CLASS})")
"""A verb for any act."""
_ANY_WORD = re.compile(rf"{_START}(?:{'|'.join([*_VERBS.values(), *_NAMES.values()])})")
"""A word for any of these acts."""

DOES_SO = re.compile(
    r"^(?:fai(?:s|tes|re)|occupe[zr]?|mach(?:e|en|t)?|erledig\w*|kümmer\w*|haz(?:lo)?|haga\w*"
    r"|encárg\w*"
    r"|ocúpa\w*|fai|fallo|fate|occupa\w*|faça\w*|faz|trate|zrób\w*|załatw\w*|zajmij|doe|regel"
    r"|handel|umsetzen|gör|ordna|gjør|gør|сдела\w*|займи\w*)(?!\w)|(?:やって|対応して)(?:おいて|ください|くれ|$)"
    r"|^(?:请|請)?(?:处理|照办|办理)"
)
"""An order that says of no act which it is: what is to be done stands in what is spoken of."""
_IS_TO = re.compile(
    # somebody is to have something, something is to be somewhere
    r"\b(?:soll(?:en|te)?|muss|müssen) (?:[^,.;?!]|\.(?=\w)){0,90}?\b(?:bekommen|erhalten|kriegen"
    r"|rein|raus"
    r"|weg|zurück"
    r"|hin|stehen|lauten|heißen|werden|ankommen|landen|gehen)\b"
    r"|\b(?:tienen?|deben?|han?|debería[ns]?) (?:que |de )?(?:\w+ ){0,2}?(?:estar (?:en|dentro)"
    r"|recibir"
    r"|llegar\w*|ir"
    r"|figurar|aparecer|salir)\b"
    r"|\b(?:precisam?|devem?|têm|tem) (?:que |de )?(?:\w+ ){0,2}?(?:ser \w+d[oa]s?|estar (?:no|na"
    r"|em|nos|nas)|receber"
    r"|entrar|aparecer|ir|chegar)\b"
    r"|\b(?:doi(?:t|vent)|devraient|devrait|faut que) (?:[\w']+ ){0,4}?(?:recevoir|avoir|arriver"
    r"|parvenir|aller"
    r"|reçoiv\w+|apparaître|figurer"
    r"|être (?:\w+é\w*|dans|sur))\b"
    r"|\b(?:deve|devono|dovrebbe\w*) (?:\w+ ){0,3}?(?:ricevere|comparire|arrivare|andare|stare"
    r"|essere \w+t[oaie])\b"
    r"|\bmoet(?:en)? (?:[^,.;?!]|\.(?=\w)){0,80}?\b(?:terug|krijgen|staan|worden|weg|naar|erbij"
    r"|komen)\b"
    r"|\b(?:powin\w+|mają|musi|musz\w+|ma) (?:[\w']+ ){0,4}?(?:dostać|otrzymać|zostać|trafić"
    r"|znaleźć się)\b"
    # something is done, said of what is to be done
    r"|\b(?:wird|werden|gehör(?:t|en)) (?:[^,.;?!]|\.(?=\w)){0,90}?\b(?:(?:ein|hin|weiter|zurück"
    r"|über|frei|ab|um)?ge\w{3,}(?:t|en)"
    r"|überwiesen|bezahlt|entfernt|storniert|reserviert|installiert|veröffentlicht)\b"
    r"|\b(?:est|sont) (?:[\w'-]+ ){0,2}?à (?:y |lui |leur )?\w+(?:er|ir|re)\b"
    r"|\b(?:va|vanno) (?:\w+ ){0,2}?\w+(?:at|it|ut|st|tt)[oiae]\b"
    r"|\b(?:ska|skall|måste|bör) (?:[\w'-]+ ){0,4}?\w+(?:as|s|ras)\b|\bskal (?:\w+ ){0,3}?\w+es\b"
    r"|\bgeht (?:noch |bitte |dann )?eine? (?:mail|nachricht)\b"
)
_FOUND_IN = re.compile(
    r"\b(?:in einer|in der|en (?:un|el|mi|la)|dans (?:un|une|le|mes|ma)|in (?:un|una)|nel\w*|num"
    r"|numa|no|em (?:um|uma)"
    r"|in (?:een|mijn)|w|i ett|i en) (?:[\w-]+ ){0,2}?(?:e-?)?(?:mails?|correos?|messages?"
    r"|nachrichten?|mensajes?"
    r"|mensagen?s?|messaggi\w*|bericht\w*|wiadomo\w+|mejl\w*|courriels?)\b"
)
"""Of what is to be found, "it should be in a mail" is a guess."""
_COULD_YOU = re.compile(
    r"\b(?:kannst|könntest|würdest|magst|kann|könnten|würden|schreibst|schickst|machst|trägst"
    r"|legst) (?:du|sie)\b"
    r"|\b(?:tu peux|tu pourrais|peux-tu|pourrais-tu|pouvez-vous|vous pourriez|pourriez-vous"
    r"|puedes|podrías|podes"
    r"|puede usted|te importa|me puedes|puoi|potresti|pode|poderia|consegue|dá para|dá pra|dá pro"
    r"|você pode|wil jij|kun jij|zou jij|kan du|kunde du|skulle du|vill du|kun"
    r" je|kan je|wil je|zou je"
    r"|regel jij|możesz|mógłbyś|mogłabyś)\b"
)


@_once
def asked_of_you(sentence: str) -> bool:
    """Is an act asked for as a favour in another language than English, or is it to come about?"""
    if not foreign(sentence):
        return False
    if _IS_TO.search(sentence) and _FOUND_IN.search(sentence) is None:
        return True
    asked = _COULD_YOU.search(sentence)
    if asked is None:
        return _DO_YOU.search(sentence) is not None or _THAT.search(sentence) is not None
    rest = sentence[asked.end() :].strip()
    if ANY_ACT.search(rest) or DOES_SO.match(rest) or _SEES_TO.search(rest):
        return True
    # Whatever else one is asked for by a verb that is not known, it may be an act.
    return TELLS.search(rest) is None and TOLD_ABROAD.search(rest) is None


@_once
def ordered_abroad(sentence: str) -> bool:
    """Does a clause of a sentence in another language than English begin like an order?"""
    return asked_of_you(sentence) or any(
        ANY_ACT.match(clause) or DOES_SO.match(clause)
        for clause in map(plainly, clauses_of(sentence))
    )


_DO_YOU = re.compile(
    rf"{_START}(?:(?:überweis|bezahl|schick|schreib|antworte|lösch|buch|reservier|bestell|änder"
    rf"|erstell"
    r"|verschieb|speicher|notier|stornier|entfern|mach|erledig|trag|stell|leg|setz|teil"
    r"|poste)s?t du\b"
    r"|(?:lädst|nimmst|gibst|kümmerst) du\b)|\bdoe jij\b|\bte encargas\b|\bte ne occupi\b"
)
"""A question that is an order: "überweist du das?"."""
_THAT = re.compile(
    r"^(?:¿|y |e )?que (?!me\b|nos\b|tal\b|hay\b|es\b|son\b"
    r"|est)[a-záéíóúñ]+ (?:\w+ )?\w+[ae]n?\b (?:un|una|el|la|los|las|su)\b"
    r"|\b(?:quiero|quisiera|necesito|quero|preciso|queria) que (?!me\b|nos\b)(?:o |a |os |as |lo "
    r"|la |los |las )?"
    r"(?!digas|leas|busques|mires|cuentes|expliques|resumas|leias|digas|vejas|procures|resuma|leia"
    r"|diga)\w+"
    r"|\b(?:le|les|se|me) (?:lo|la|los|las) (?!dices|das|pasas|sacas|buscas|enseñas"
    r"|muestras)\w+as\b"
    r"|\b(?:le|les) (?!dices|das)\w+as (?:tú|un|una|el|la)\b|\b(?:me|ce|gli|le) (?:la|lo|li"
    r"|le) (?!dici|dai|trovi|mostri)\w+i\b"
    r"|\bmi faresti\b"
)
"""What is to come about, or is asked of somebody as a favour, in Romance languages."""
_SEES_TO = re.compile(r"(?:t'en|te|s'en|m'en) (?:charger|occuper)\b|(?:encargarte|occupartene)\b")

_GOES_ON = re.compile(
    r"\s(?:und|en|y|e|et|i|och|og)\s+(?:(?:dann|luego|después|poi|depois|puis|ensuite|potem|sedan"
    r"|daarna"
    r"|bitte|por favor|graag|proszę)\s+)?(?=(\w{3,}) (\w+))"
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
