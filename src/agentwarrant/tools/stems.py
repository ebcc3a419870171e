"""What words of other languages, and words written together, mean in a tool's name.

Stems are compared, not words: ``ueberweis`` is in *Überweisung* as in *Sammelueberweisung*.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_PREFIXES = {
    "transfer money": "uberweis ueberweis virement transferencia bonifico przelew overboek soukin",
    "pay": "bezahl zahlung paiement payer pagar pagamento pagamenti pago_ pagos_ betaal betaling "
    "zaplac platnos oplat platezh platit shiharai",
    "buy": "kaufen_ kaufe_ acheter comprar kopen_",
    "money": "geld argent_ dinero denaro dinheiro pieniadze dengi",
    "send": "senden versand versend verschick abschick envoi envoyer envoye_ enviar envie_ invia "
    "inviare invio verstuur stuur verzend wyslij wyslac wysyl otprav soushin soshin",
    "message": "nachricht mensaje messaggi mensagem mensagen wiadomos soobshch soobshen",
    "group channel": "gruppe_ gruppen_ groupe_ grupo_ gruppo_ groep_",
    "post": "beitrag beitrage_ publicacion",
    "mail": "correo courriel poczta pochta epost",
    "delete": "losch loesch entfern supprim efface eliminar eliminare elimina borrar cancella "
    "apagar excluir verwijder usun udalit udalen udalyat sakujo vernicht",
    "grant": "erteil gewahr gewaehr otorgar accorder conceder nadaj verleen vydat",
    "assign": "zuweis attribuer asignar assegna atribuir toewijz przypisz naznach",
    "permission": "berechtig permiso permesso permessi permissao permissoes uprawnien "
    "prava_ kengen",
    "role": "rolle_ rollen_ ruolo ruoli",
    "user": "benutzer nutzer utilisateur usuario utente utenti gebruiker uzytkownik polzovatel",
    "password": "passwort kennwort motdepasse contrasena senha wachtwoord haslo",
    "schedule": "planen einplanen planifi programar pianifica agendar plannen zaplanuj zaplanir",
    "job": "aufgabe tache_ taches_ tarea tarefa taak zadanie zadach",
    "memory": "gedachtnis gedaechtnis erinnerung memoria_ memoire_ geheugen pamiec pamyat kioku",
    "save": "speicher guardar enregistr salvare salvar opslaan zapisz zapisac sohran sokhran hozon",
    "write": "schreib ecrire escrib escrev scrivi schrijf napisz zapisat",
    "create": "erstell anleg creer crear creare criar aanmak utworz sozdat",
    "update": "aktualisier aender bearbeit modifier modifica actualiz aggiorn atualiz bijwerk "
    "zmien obnov",
    "delegate": "delegier deleguer delegar delegare delegeer delegir beauftrag",
    "export": "exportier exportar esportar esporta exporteer eksport",
    "upload": "hochlad televers subir caricar wgraj zagruzit",
    "publish": "veroffentlich veroeffentlich publier publicar pubblic publiceer opublikuj",
    "share": "freigeb teilen partager compartir condivid compartilh delen udostepnij",
    "read": "lesen lies_ auslesen lire_ leer_ leggi leggere lezen czytaj odczyt chitat prochit",
    "search": "suche buscar busqueda recherche chercher cerca cercare zoek szukaj "
    "wyszuk poisk kensaku",
    "show": "anzeig zeige afficher mostrar mostra toon_ pokaz pokazat",
    "get": "abruf hole_ holen_ obtener obtenir ottieni obter pobierz poluchit shutoku",
    "list": "auflist lister listar elenca lijst_ ichiran",
    "execute": "ausfuhr ausfuehr executer ejecutar eseguire esegui executar uitvoer wykonaj",
    "file": "datei fichier archivo arquivo bestand plik_",
    "reserve": "buchen reserver reservar prenota reserveer rezerwuj zabroniro",
}
"""Meaning: stems as a word begins with them; with ``_`` at the end the whole word."""

_INSIDE = (
    "uberweis ueberweis speicher loesch losche schreib nachricht benutzer zahlung berechtig "
    "gedaechtnis gedachtnis passwort datei senden versend exportier lesen anzeig ausfuehr "
    "abruf export$"
).split()
"""Stems that are looked for further on, too: German and Dutch write words together."""

_ANYWHERE = {
    "transfer money": "送金 振込 振り込 转账 轉帳 汇款 송금 이체 перевод",
    "pay": "支払 決済 付款 支付 결제 지불 оплат плат",
    "buy": "購入 购买 구매",
    "send": "送信 送る 发送 發送 전송 보내 отправ",
    "mail": "メール 邮件 郵件 메일 почт письм",
    "message": "メッセージ 消息 訊息 메시지 сообщен",
    "delete": "削除 消去 删除 刪除 삭제 удал",
    "grant": "付与 授予 부여 выдать",
    "permission": "権限 权限 權限 권한 прав",
    "user": "ユーザー 用户 사용자 пользовател",
    "password": "パスワード 密码 비밀번호 парол",
    "memory": "記憶 メモリ 记忆 기억 памят",
    "save": "保存 저장 сохран",
    "schedule": "スケジュール 定期 定时 예약실행 запланир",
    "job": "タスク 任务 작업 задач",
    "delegate": "委任 委託 委托 위임 поруч",
    "export": "エクスポート 导出 匯出 내보내 экспорт",
    "upload": "アップロード 上传 上傳 업로드 загруз",
    "publish": "公開 发布 게시 опублик",
    "share": "共有 分享 공유 подел",
    "create": "作成 创建 생성 созда",
    "update": "更新 수정 обнов",
    "read": "読み 読む 読込 閲覧 读取 읽기 чита прочит",
    "search": "検索 搜索 查询 검색 поиск",
    "get": "取得 获取 조회 получ",
    "list": "一覧 列表 목록 список",
    "file": "ファイル 文件 파일 файл",
    "execute": "実行 执行 실행 выполн",
}
"""Scripts that set no spaces, or inflect: wherever it stands in the word."""


def _table(meanings: dict[str, str]) -> dict[str, str]:
    return {stem: meaning for meaning, stems in meanings.items() for stem in stems.split()}


_BEGINNING = _table(_PREFIXES)
_FOREIGN = _table(_ANYWHERE)
_LONGEST_FIRST = sorted(_BEGINNING, key=len, reverse=True)
_IN_WORD = re.compile("|".join(sorted(_INSIDE, key=len, reverse=True)))
_NATIVE = re.compile("|".join(sorted(_FOREIGN, key=len, reverse=True)))

_JOINED_VERBS = frozenset(
    "send delete remove create update read write get post transfer upload export save share "
    "grant list append execute invoke".split()
)
_JOINED_NOUNS = frozenset(
    "mail email message messages msg sms file files user users role roles money funds payment "
    "memory password permission permissions agent task".split()
)

_ENGLISH = frozenset("payer payers".split())


def _beginning(word: str) -> str:
    if word in _ENGLISH:
        return ""
    for stem in _LONGEST_FIRST:
        if word == stem[:-1] if stem[-1] == "_" else word.startswith(stem):
            return stem
    return ""


def _parts(word: str) -> Iterator[str]:
    """Yield what the stems in a word mean, in their order."""
    stem = _beginning(word)
    if stem:
        yield _BEGINNING[stem]
    for found in _IN_WORD.finditer(word, len(stem)):
        yield _BEGINNING.get(found.group(), _CUT.get(found.group(), ""))


_CUT = {"losche": "delete", "lesen": "read", "datei": "file", "export": "export"}


@lru_cache(maxsize=4096)
def meanings(word: str) -> tuple[str, ...]:
    """Return the English words that one word of a name means, or () for a word left as it is."""
    if not word.isascii():
        return tuple(w for m in _NATIVE.finditer(word) for w in _FOREIGN[m.group()].split())
    if len(word) < 4 or len(word) > 64:
        return ()
    for i in range(3, len(word) - 2):
        head, tail = word[:i], word[i:]
        if (head in _JOINED_VERBS and tail in _JOINED_NOUNS) or (
            head in _JOINED_NOUNS and tail in _JOINED_VERBS
        ):
            return head, tail
    return tuple(w for part in _parts(word) for w in part.split())


def plain(name: str) -> str:
    """Return a name with the marks on its Latin letters taken off: ``löschen`` as ``loschen``."""
    if name.isascii():
        return name
    return "".join(_bare(letter) for letter in name)


@lru_cache(maxsize=4096)
def _bare(letter: str) -> str:
    if letter in _LETTERS:
        return _LETTERS[letter]
    first = unicodedata.normalize("NFKD", letter)[:1]
    return first if first.isascii() and first.isalpha() else letter


_LETTERS = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "œ": "oe"}
