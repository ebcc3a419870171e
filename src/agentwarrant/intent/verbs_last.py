# ruff: noqa: RUF001  # the words of other scripts are meant
"""Languages whose verb stands last: Turkish, Japanese and Korean.

An order is known by what a clause ends with and not by what it begins with, and a favour that is
asked for looks like a question: "… gönderir misin?", and the like of it in Japanese.
"""

from __future__ import annotations

import re

VERBS = {
    "payment": (
        r"öde(?!n)|ödeme(?:si|yi)?\b.{0,60}\b(?:kur|yap|oluştur|planla|güncelle|gönder)|havale"
        r"|iade|transfer et|satın al|rezerv|yatır|aktar|para gönder"
        r"|お金を送|振り込|払い込|返金|返して"
    ),
    "message": (
        r"gönder|yaz(?:\b|ın|ar m|ıver)|ilet|bildir|haber ver|cevapla|yanıtla|mesaj at"
        r"|at(?:ar m|ıver)|söyle(?:yin|r m|\b)|yolla"
        r"|書いて|書き込|投稿し|知らせて|連絡し|送っと|送ると|転送"
    ),
    "egress": r"yükle|paylaş|yayınla|yayımla|gönder|アップロード|共有|公開|投稿",
    "destructive": r"sil(?:\b|in|er|mek|ece|ip|melis)|kaldır|iptal|çıkar|消去|消し|破棄",
    "privilege": (
        r"ekle|davet|değiştir|güncelle|şifre|parola|yetki|erişim|加え|追加し|入れて|参加させ|変え|更新し"
        r"|パスワード|権限"
    ),
    "memory_write": r"kaydet|not al|hatırla\b|メモし|記録し",
    "config_change": r"ayarla|etkinleştir|devre dışı|設定し|有効に|無効に",
    "persistence": r"hatırlat|her (?:gün|hafta|ay)|düzenli|リマインド|毎日|毎週",
    "execute": r"çalıştır|kurulum|başlat|yürüt|実行し|起動し|インストール",
}
"""Verbs of a class, by their stems: Turkish and Japanese.

A language of which few words were known would be held to be understood, so that nothing of Korean
stands here but how a favour is asked for.
"""
OF_NO_CLASS = r"oluştur|taşı\b|taşı[ry]|planla|koy\b|koyar|作成し|作って|移動し|入れて"
_FAVOUR = re.compile(
    r"\b(\w+?)[aeıiuü]?r m[ıiuü]s[ıiuü]n(?:[ıiuü]z)?\b"
    r"|([\u3040-\u30ff\u4e00-\u9fff]{1,6})(?:[てで](?:くれ|もらえ|いただけ|頂け|ください|下さい|おいて"
    r"|ほしい|欲しい|ちょうだい)|っといて|といて|ておいて)"
    r"|([\uac00-\ud7a3]{1,6})\s?(?:줘|줄래|주세요|주십시오|주실|주겠)"
)
_TURKISH_TELLS = (
    # the vowel at the end is left out before an ending that has one
    r"bak|söyle?|bul|göster|özetle?|listele?|anlat|oku?|hesapla?|karşılaştır|öner|incele?|araştır"
    r"|çevir|açıkla?|kontrol et"
)
_JAPANESE_TELLS = (
    r"教え|調べ|見せ|まとめ|要約し|確認し|探し|見つけ|読み上げ|比べ|挙げ|計算し|説明し|訳し|数え"
    r"|チェックし"
)
_KOREAN_TELLS = "알려|보여|찾아|요약해|설명해|정리해|읽어|확인해|추천해|비교해|계산해|말해"
_TELLS = re.compile(
    rf"(?:{_TURKISH_TELLS}|ver|say)$|.*(?:{_JAPANESE_TELLS}|読ん|出し|見)$|.*(?:{_KOREAN_TELLS})$"
)
TOLD_LAST = re.compile(
    rf"(?:{_JAPANESE_TELLS})て(?:ください|下さい|くれ\w*|ほしい\w*|もらえ\w*|おいて|)\W*$"
    rf"|(?:{_KOREAN_TELLS})\s?(?:줘|주세요|주십시오|줄래\w*)\W*$"
    rf"|\b(?:{_TURKISH_TELLS})(?:[aeıiuü]?r m[ıiuü]s\w+|[ıiuü]n\w*|y[ıi]n\w*|)\W*$"
)
"""The end of a clause by which somebody wants to be told something."""


_SCRIPT = re.compile(r"[\u3040-\u30ff\uac00-\ud7a3]")
_TURKISH = re.compile(
    r"[ğış][^.!?]{0,120}[ğışçöü]|\b(?:ve|bir|için|lütfen|ile|bu)\b[^.!?]{0,120}[ğışçöü]"
)


def stands_last(sentence: str) -> bool:
    """Is it a sentence of such a language?"""
    return _SCRIPT.search(sentence) is not None or _TURKISH.search(sentence) is not None


def favour(sentence: str) -> bool | None:
    """Is a favour asked for: an act? False: only to be told something. None: nothing is."""
    asked = [next(filter(None, found.groups())) for found in _FAVOUR.finditer(sentence)]
    if not asked:
        return None
    return not all(_TELLS.match(verb) for verb in asked)
