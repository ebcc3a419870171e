# the words of other scripts are meant
"""Words of other languages than English for acts, and how such a language is known."""

from __future__ import annotations

import re
from functools import lru_cache

_once = lru_cache(maxsize=256)

_DOES: dict[str, str] = {
    "payment": "überweis|ueberweis|bezahl|zahl(?:e|en|t)\\b|kauf(?:e|en|t)?\\b|bestell"
    "|buch(?:e|en|t)?\\b"
    "|begleich|pag(?:a|ar|ue|uen|o|os)\\b|transfier|transferencia|compr(?:a|ar|e|en)\\b"
    "|reserv(?:a|ar|e)\\b"
    "|pay(?:er|ez|é)\\b|paie|vers(?:er|ez)\\b|vir(?:er|ez|ement)|achet|commande[rz]|réserve"
    "|bonific|acquist"
    "|prenot|оплат|заплат|перевед\\w* (?!на )|купи|закаж|заброн|支付|付款|转账|轉帳|汇款|购买"
    "|预订|支払|送金|振込",
    "message": "schick|send(?:e|en|et)\\b|schreib(?:e|en|t)?\\b|antwort(?:e|en)\\b|weiterleit"
    "|leite\\b.{1,60}"
    "\\bweiter|benachrichtig|übermittel|teil(?:e|en)\\b.{1,60}\\bmit\\b|envi(?:a|e|ar|en"
    "|ad)\\b|escrib|respond"
    "|contest(?:a|e|ar)\\b|reenv|remit|envo[iy]|écri(?:s|re|vez)\\b|répond|transmet|prévien"
    "|préven|invi(?:a|are"
    "|ate)\\b|scriv|rispond|inoltr|отправ|напиши|напишите|ответь|перешл|сообщи|发送|发给|回复"
    "|转发|送信|返信",
    "egress": "hochlad|lade\\b.{1,60}\\bhoch|übermittel|veröffentlich|freigeb|teil(?:e|en)\\b"
    "|sub(?:e|ir|a)\\b"
    "|compart|public(?:a|ar|que)\\b|envi(?:a|e|ar|en)\\b|télévers|partag|publie|transmet"
    "|envo[iy]|caric|condivid"
    "|pubblic|загруз|опублик|отправ|передай|上传|分享|发布|schick|send(?:e|en|et)\\b|check-?in",
    "destructive": "lösch|entfern|stornier|kündig|borr(?:a|ar|e)|elimin|cancel|anul(?:a|ar|e)"
    "|supprim|effac"
    "|annul|résili|disdi|удал|отмен|删除|刪除|取消|削除",
    "privilege": "änder|passwort|kennwort|berechtig|zugriff|lade\\b.{1,60}\\bein\\b|hinzufüg"
    "|füge\\b|cambi"
    "|contraseña|agreg|añad|invit|chang|mot de passe|ajout|modific|aggiung|измени|добавь"
    "|пригла|парол|修改|添加"
    "|密码|邀请",
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
_DOES_RE = {
    name: re.compile(rf"(?:(?<!\w)|(?=[\u3040-\u9fff]))(?:{p})") for name, p in _DOES.items()
}
ANY_ACT = re.compile(rf"(?:(?<!\w)|(?=[\u3040-\u9fff]))(?:{'|'.join(_DOES.values())})")
"""A word for any of these acts."""

_FOREIGN = re.compile(
    r"[^\x00-\u02ff\u2000-\u2fff]|\b(?:der|die|das|den|dem|und|bitte|mir|ich|von|im|für|mit"
    r"|nach|ein\w{0,2}"
    r"|el|la|los|las|del|que|por|una?|para|su|con|le|les|des|du|et|un|une|pour|dans|il|lo|gli"
    r"|che|di"
    r"|het|een|naar|voor)\b"
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
