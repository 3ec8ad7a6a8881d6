"""A whole sentence that asks us to stop, such as "please stop sending me messages" (pure).

47 CFR 64.1200(a)(10), in force since April 2025: people may leave "in any reasonable manner", not
with one word only. A sentence counts when all of it asks for that; what says anything else, such
as "don't stop" or "stop by the shop", does not.
"""

from __future__ import annotations

import re

_MOST_WORDS = 20

# Written as folded by `consent`: small letters, no marks, no apostrophes, dotless i as i.
_KIND = (
    "please|pls|plz|kindly|thanks|thank you|thx|hi|hello|hey|sorry|ok|okay|now|just|immediately|"
    "right away|already|at once|"
    "lutfen|tesekkurler|tesekkur ederim|sagol|merhaba|selam|artik|hemen|simdi|tamam"
)
_WORD = (
    "stop|stop all|stopall|quit|revoke|opt out|optout|unsubscribe|stop it|stop this|stop that|"
    "durdur|durdurun|dur|iptal|iptal et|iptal edin|cik|cikis|ayril|istemiyorum|reddet|reddediyorum|"
    "gonderme|gondermeyin|abonelikten cik|abonelikten ayril"
)
_THINGS = (
    r"(?:messages?|msgs?|texts?|sms|emails?|mails?|broadcasts?|notifications?|announcements?|"
    r"updates?|news|ads|spam|spams|this|these|them|those|it|anything)"
)
_WHICH = r"(?:(?:any|all|all of|the|these|this|those|your|such|more|of|further|other) )*"
_ANY_MORE = r"(?: (?:any ?more|again|ever|ever again|any longer|from you|to me|at all))*"
_SENDING = (
    r"(?:messaging|texting|contacting|writing to|writing|spamming|bothering|emailing|notifying|"
    r"sending)"
)
_SEND = r"(?:message|text|contact|write to|write|spam|bother|email|notify|send)"
_LIST = (
    r"(?: (?:from|off) (?:(?:your|this|the|these|all|any) )*(?:lists?|messages?|broadcasts?|this))"
)
_TR_THINGS = (
    r"(?:mesaj|mesaji|mesajlari|mesajlarinizi|bildirim|bildirimleri|sms|duyuru|duyurulari|reklam)"
)
_CLAUSES = (
    rf"stop (?:sending )?(?:me )?{_WHICH}{_THINGS}{_ANY_MORE}",
    rf"stop {_SENDING}(?: me)?(?: {_WHICH}{_THINGS})?{_ANY_MORE}",
    rf"no more {_WHICH}{_THINGS}{_ANY_MORE}",
    rf"(?:do not|dont|never) {_SEND} me(?: {_WHICH}{_THINGS})?{_ANY_MORE}",
    rf"i (?:do not|dont|no longer) (?:want|wish)(?: to (?:get|receive))? {_WHICH}{_THINGS}{_ANY_MORE}",
    r"i (?:want|wish|would like) (?:to (?:unsubscribe|opt out|stop|leave|quit)|out)" + rf"{_LIST}?",
    r"id like to (?:unsubscribe|opt out|stop|leave|quit)" + rf"{_LIST}?",
    rf"(?:unsubscribe|remove|delete|opt out) me(?: from this)?{_LIST}?",
    rf"opt me out{_LIST}?",
    rf"unsubscribe{_LIST}",
    r"(?:take|get) me off (?:(?:your|this|the) )?lists?",
    r"leave me alone",
    rf"(?:bana )?(?:bir daha )?(?:daha fazla )?{_TR_THINGS}"
    r" (?:istemiyorum|gonderme|gondermeyin|gondermeyiniz|atma|atmayin|yollama|yollamayin|durdur|"
    r"durdurun|kes|kesin)",
    rf"(?:{_TR_THINGS} )?(?:almak|gormek) istemiyorum",
    r"bana (?:bir daha )?(?:yazma|yazmayin)",
    r"(?:aboneligimi|uyeligimi|kaydimi) (?:iptal et|iptal edin|sil|silin)",
    r"(?:aboneligi|uyeligi) (?:iptal et|iptal edin)",
    r"beni (?:listeden |listenizden )?(?:cikar|cikarin|sil|silin)",
    r"(?:abonelikten|listeden) (?:cikmak|ayrilmak) istiyorum",
)
_REFUSAL = re.compile(rf"(?:(?:{_KIND}) )*(?:(?:{_WORD}|{'|'.join(_CLAUSES)}) (?:(?:{_KIND}) )*)+")


def refuses(words: list[str]) -> bool:
    """`words` folded, as `consent` folds them."""
    return len(words) <= _MOST_WORDS and bool(_REFUSAL.fullmatch(" ".join(words) + " "))
