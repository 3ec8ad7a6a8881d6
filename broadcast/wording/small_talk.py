"""Words that ask for nothing: thanks, an okay, a greeting, a row of emoji; and those that do (pure)."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from broadcast.wording.folding import words


class Talk(StrEnum):
    """What a message that neither leaves nor joins wants of us."""

    NOTHING = "nothing"  # no words, or only thanks: an answer would be noise
    HELLO = "hello"  # a word or three: they try whether anybody is there
    QUESTION = "question"  # somebody wants something of a human being


_MOST_HELLO = 3  # words
_MARKS = frozenset("?¿؟？⁇")  # of a question
_THANKS = """
thank thanks thankyou thx tnx ty ok okay okey okie oki k kk great nice good perfect super cool fine lovely
wonderful excellent awesome understood alright noted cheers bye goodbye haha hahaha lol amen
teşekkür teşekkürler teşekkürlerimle sağol sağolun eyvallah tamam tamamdır tmm peki anladım anladık
anlaşıldı süper güzel harika mükemmel mersi görüşürüz amin inşallah tşk tşkler tşklr iyi
danke dankeschön dank prima toll tschüss verstanden klar gut
merci bien parfait entendu gracias vale bueno perfecto entendido adiós obrigado obrigada valeu certo ótimo
perfeito entendi beleza tchau
спасибо благодарю хорошо ок окей ладно понятно отлично супер спс
شكرا تمام حسنا طيب ممتاز جيد مشكور مشكورين
"""
_AROUND = """
you u so very much many a lot again all everyone for the info information message update letting me us know
got it right well done received
ederim ederiz çok sağ ol olun olsun bilgi bilgilendirme haber için günler geceler akşamlar çalışmalar allah
razı elinize eline ellerinize emeğinize sağlık kolay gelsin hoşça kalın rica hayırlı
vielen herzlichen sehr alles schon bitte für die nachricht
beaucoup d accord au revoir muchas mil de acuerdo muito
большое جزيلا لك لكم
"""


def talk(text: str) -> Talk:
    """What a text asks for. `Thanks, got it!` asks for nothing, `thanks?` does."""
    said = words(text)
    if not said:
        asks = bool(_MARKS & set(text))
        return Talk.HELLO if asks else Talk.NOTHING
    if _MARKS & set(text):
        return Talk.QUESTION
    thanks, around = _polite()
    if not thanks.isdisjoint(said) and all(word in thanks or word in around for word in said):
        return Talk.NOTHING
    return Talk.HELLO if len(said) <= _MOST_HELLO else Talk.QUESTION


@cache
def _polite() -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(words(_THANKS)), frozenset(words(_AROUND))
