# the words of other scripts are meant
"""Words of other languages than English for acts, and how such a language is known."""

from __future__ import annotations

import re
from functools import lru_cache

_once = lru_cache(maxsize=256)

_DOES: dict[str, str] = {
    "payment": "überweis|zurück(?:geb|zahl|schick|überweis)|(?:soll|muss)\\b.{1,60}\\bzurück\\b"
    "|devuélv|devolv|rembours"
    "|(?:loyer|paiement|virement)\\b.{1,60}\\bà jour|hazles? llegar|ueberweis|bezahl|zahl(?:e|en"
    "|t)\\b|kauf(?:e|en|t)?\\b|bestell"
    "|buch(?:e|en|t)?\\b"
    "|begleich|pag(?:a|ar|ue|uen|o|os)\\b|transfier|transferencia|compr(?:a|ar|e|en)\\b"
    "|reserv(?:a|ar|e)\\b"
    "|pay(?:er|ez|é)\\b|paie|vers(?:er|ez)\\b|vir(?:er|ez|ement)|achet|commande[rz]|réserve"
    "|bonific|acquist"
    "|prenot|оплат|заплат|перевед\\w* (?!на )|купи|закаж|заброн|支付|付款|转账|轉帳|汇款|购买"
    "|预订|支払|送金|振込|払って|買って|注文|予約して",
    "message": "schick|send(?:e|en|et)\\b|schreib(?:e|en|t)?\\b|antwort(?:e|en)\\b|weiterleit"
    "|leite\\b.{1,60}"
    "\\bweiter|benachrichtig|übermittel|teil(?:e|en)\\b.{1,60}\\bmit\\b|envi(?:a|e|ar|en"
    "|ad)\\b|escrib|respond"
    "|contest(?:a|e|ar)\\b|reenv|remit|envo[iy]|écri(?:s|re|vez)\\b|répond|transmet|prévien"
    "|préven|invi(?:a|are"
    "|ate)\\b|scriv|rispond|inoltr|отправ|напиши|напишите|ответь|перешл|сообщи|发送|发给|回复"
    "|转发|送信|返信|送って|送付|伝えて|返事",
    "egress": "hochlad|lade\\b.{1,60}\\bhoch|übermittel|veröffentlich|freigeb|teil(?:e|en)\\b"
    "|sub(?:e|ir|a)\\b"
    "|compart|public(?:a|ar|que)\\b|envi(?:a|e|ar|en)\\b|télévers|partag|publie|transmet"
    "|envo[iy]|caric|condivid"
    "|pubblic|загруз|опублик|отправ|передай|上传|分享|发布|schick|send(?:e|en|et)\\b|check-?in",
    "destructive": "lösch|entfern|stornier|kündig|borr(?:a|ar|e)|elimin|cancel|anul(?:a|ar|e)"
    "|supprim|effac"
    "|annul|résili|disdi|удал|отмен|删除|刪除|取消|削除|消して|取り消",
    "privilege": "änder|soll\\b.{0,30}\\brein\\b|aufnehm|agrega|précis|cámbia"
    "|mets?\\b.{1,40}\\bà jour|modifi|passwort|kennwort|berechtig|zugriff"
    "|lade\\b.{1,60}\\bein\\b|hinzufüg"
    "|füge\\b|cambi"
    "|contraseña|agreg|añad|invit|chang|mot de passe|ajout|modific|aggiung|измени|добавь"
    "|пригла|парол|修改|添加"
    "|密码|邀请|招待|追加して|変更して",
    "memory_write": "merk(?:e|en|t)?\\b|notier|speicher|recuerd|guard(?:a|ar|e)\\b|apunt"
    "|souviens|souvenez"
    "|enregistr|ricord|salva|запомн|сохрани|记住|保存|覚え",
    "config_change": "einricht|richte\\b|aktivier|deaktivier|konfigur|einstell|stell(?:e"
    "|en)\\b|configur|activ"
    "|désactiv|настро|включи|отключи|设置|启用|停用",
    "persistence": "täglich|wöchentlich|jeden|erinner|cada|diari|recu[ée]rd|chaque|tous les"
    "|quotidien|rappel"
    "|ogni|кажд|ежедневн|напомни|每天|每周|提醒|定期",
    "execute": "installier|führ(?:e|en)\\b.{1,60}\\baus\\b|ausführ|starte|instal|ejecut"
    "|exécut|lance[rz]?\\b"
    "|esegui|установи|запусти|安装|运行|执行",
}
# Dutch, Portuguese, Polish, Swedish, Danish and Norwegian.
_MORE: dict[str, str] = {
    "payment": "betaal|moet\\b.{1,60}\\bterug\\b|maak\\b.{1,40}\\bover\\b|koop\\b|bestel|boek\\b"
    "|pag(?:ue|ar)|transfira"
    "|compr(?:e|ar)\\b|zapłać|opłać|przelej|kup\\b|zamów|zarezerwuj|betala|betal\\b|överför|overfør"
    "|köp\\b|køb\\b|kjøp\\b|beställ|bestill|boka\\b|sälj|sælg|selg\\b",
    "message": "stuur|antwoord daar|plaats|zet\\b.{1,40}\\bin\\b|publiqu|verstuur|schrijf"
    "|beantwoord|antwoord|envie\\b|escrev|encaminh|wyślij|napisz"
    "|odpisz|odpowiedz|przekaż|powiadom|poinformuj|skicka|skriv\\b|svara\\b|svar\\b|meddela"
    "|vidarebefordra|videresend|underret",
    "egress": "deel\\b|publiceer|carreg|partilh|compartilh|publi(?:que|car)|prześlij|udostępnij"
    "|opublikuj|ladda upp|dela\\b|publicera|lägg upp|last opp|offentliggør|publiser",
    "destructive": "verwijder|wis\\b|annuleer|apag|exclu[ai]|remov[ae]|usuń|skasuj|wykasuj|anuluj"
    "|odwołaj|radera|ta bort|avboka|slet\\b|fjern\\b|annuller|afbestil|avbestill",
    "privilege": "voeg\\b.{1,40}\\btoe\\b|wijzig|wachtwoord|toegang|machtig|adicion|convid|senha"
    "|permiss|acesso|dodaj|dopisz|wpisz|zaproś|hasło|uprawni|dostęp|zmień|lägg till|bjud in"
    "|lösenord|behörighet|åtkomst|ändra|tilføj|legg til|inviter|adgang|tilgang|passord|endre\\b",
    "memory_write": "onthoud|bewaar|noteer|lembr|anot[ae]|zapamiętaj|zapisz|zanotuj|kom ihåg"
    "|spara\\b|notera|anteckna|husk\\b|gem\\b|lagre\\b|noter\\b",
    "config_change": "stel\\b.{1,40}\\bin\\b|instellen|schakel|activeer|ativ[ae]|desativ|ustaw"
    "|włącz|wyłącz|skonfiguruj|ställ in|aktivera|inaktivera|slå (?:på|av|til|fra)|indstil"
    "|still inn",
    "persistence": "elke\\b|dagelijks|wekelijks|herinner|diariamente|todos os|lembrete|codziennie"
    "|każd|przypomnij|varje|dagligen|påminn|hver\\b|dagligt?\\b",
    "execute": "installeer|voer\\b.{1,40}\\buit\\b|zainstaluj|uruchom|wykonaj|installera|kör\\b"
    "|starta\\b|installer\\b|kør\\b|kjør\\b",
}
_DOES_RE = {
    name: re.compile(rf"(?:(?<!\w)|(?=[\u3040-\u9fff]))(?:{_DOES[name]}|{more})")
    for name, more in _MORE.items()
}
_ALL = "|".join([*_DOES.values(), *_MORE.values()])
ANY_ACT = re.compile(rf"(?:(?<!\w)|(?=[\u3040-\u9fff]))(?:{_ALL})")
"""A word for any of these acts."""

DOES_SO = re.compile(
    r"^(?:fai(?:s|tes)|occupe[zr]?|mach(?:e|en|t)?|erledig\w*|kümmer\w*|haz(?:lo)?|haga\w*"
    r"|encárg\w*"
    r"|ocúpa\w*|fai|fallo|fate|occupa\w*|faça\w*|faz|trate|zrób\w*|załatw\w*|zajmij|doe|regel"
    r"|handel|gör|ordna|gjør|gør|сдела\w*|займи\w*)(?!\w)|(?:やって|対応して)(?:おいて|ください|くれ|$)"
    r"|^(?:请|請)?(?:处理|照办|办理)"
)
"""An order that says of no act which it is: what is to be done stands in what is spoken of."""
_IS_TO = re.compile(
    # somebody is to have something, something is to be somewhere
    r"\b(?:soll(?:en|te)?|muss|müssen) [^,.;?!]{0,90}?\b(?:bekommen|erhalten|kriegen|rein|raus"
    r"|weg|zurück"
    r"|hin|stehen|lauten|heißen|werden)\b"
    r"|\b(?:tienen?|deben?|han?|debería[ns]?) (?:que |de )?(?:\w+ ){0,2}?(?:estar|recibir"
    r"|figurar|aparecer|salir)\b"
    r"|\b(?:precisam?|devem?|têm|tem) (?:que |de )?(?:\w+ ){0,2}?(?:ser \w+d[oa]s?|estar|receber"
    r"|entrar|aparecer|ir)\b"
    r"|\b(?:doi(?:t|vent)|devraient|devrait|faut que) (?:[\w']+ ){0,4}?(?:recevoir|avoir"
    r"|reçoiv\w+|apparaître|figurer"
    r"|être (?:\w+é\w*|dans|sur))\b"
    r"|\b(?:deve|devono|dovrebbe\w*) (?:\w+ ){0,3}?(?:ricevere|comparire|stare|essere \w+t[oaie])\b"
    r"|\bmoet(?:en)? [^,.;?!]{0,80}?\b(?:terug|krijgen|staan|worden|weg|erbij|komen)\b"
    r"|\b(?:powin\w+|mają|musi|musz\w+|ma) (?:[\w']+ ){0,4}?(?:dostać|otrzymać|zostać|trafić"
    r"|znaleźć się)\b"
    r"|\bgeht (?:noch |bitte |dann )?eine? (?:mail|nachricht)\b"
)
_COULD_YOU = re.compile(
    r"\b(?:kannst|könntest|würdest|magst|kann|könnten|würden|schreibst|schickst|machst|trägst"
    r"|legst) (?:du|sie)\b"
    r"|\b(?:tu peux|tu pourrais|peux-tu|pourrais-tu|pouvez-vous|vous pourriez|pourriez-vous"
    r"|puedes|podrías|podes"
    r"|puede usted|te importa|me puedes|puoi|potresti|pode|poderia|consegue|dá para|dá pra|kun"
    r" je|kan je|wil je|zou je"
    r"|regel jij|możesz|mógłbyś|mogłabyś)\b"
)


@_once
def asked_of_you(sentence: str) -> bool:
    """Is an act asked for as a favour in another language than English, or is it to come about?"""
    if not foreign(sentence):
        return False
    if _IS_TO.search(sentence):
        return True
    return _COULD_YOU.search(sentence) is not None and ANY_ACT.search(sentence) is not None


_FOREIGN = re.compile(
    r"[^\x00-\u02ff\u2000-\u2fff]|\b(?:der|die|das|den|dem|und|bitte|mir|ich|von|im|für|mit"
    r"|nach|ein\w{0,2}"
    r"|el|la|los|las|del|que|por|una?|para|su|con|le|les|des|du|et|un|une|pour|dans|il|lo|gli"
    r"|che|di"
    r"|het|een|naar|voor|não|com|os|dos|das|em|você|się|nie|jest|oraz|przez|dla|proszę|że|czy|od"
    r"|jej|jego|mój|moją|moje"
    r"|och|att|det|som|på|för|till|av|ett|jag|ska|og|til)\b"
)


@_once
def foreign(words: str) -> bool:
    """Is there anything in another language than English?"""
    return _FOREIGN.search(words) is not None


@_once
def does(tool_class: str, words: str) -> bool:
    """Is there a word of another language than English for an act of this class?"""
    found = _DOES_RE.get(tool_class)
    return found is not None and foreign(words) and found.search(words) is not None
