"""What a message asks for in one language: to leave, to join, something doubtful, or neither."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from broadcast.wording.clauses import Clause, clauses, has_words
from broadcast.wording.lexicon import Lexicon
from broadcast.wording.matching import Tokens, joined, without


class Verdict(StrEnum):
    """What somebody's words mean for their consent."""

    OUT = "out"
    IN = "in"
    ASK = "ask"
    NONE = "none"


class Kind(StrEnum):
    """What one clause is."""

    FILLER = "polite words"
    REASON = "a reason"
    KEPT = "says not to"
    INNOCENT = "means something else"
    OUT = "asks to stop"
    WORD = "a word people leave by"
    BARE = "a word people leave by, when it stands alone"
    DROP = "asks to be taken out"
    JOIN = "asks to join"
    LIMIT = "asks for less"
    UNSURE = "asks about leaving"
    QUERY = "a word people leave by, as a question"
    DOUBT = "a doubtful word"
    FOREIGN = "is about another thing"
    OTHER = "something else"


_STOP_SIGNS = re.compile("[🛑🚫⛔]")  # with a doubtful word: no doubt is left


@dataclass(frozen=True, slots=True)
class Read:
    """`words`: those it was read from, as they were meant. `kind` says why."""

    verdict: Verdict
    kind: Kind
    words: str = ""
    language: str = ""


def read(text: str, lexicon: Lexicon) -> Read:
    """The verdict of one language on a whole message."""
    found = clauses(text, lexicon)
    if not found and lexicon.signs.search(text) and not has_words(text):
        return Read(Verdict.ASK, Kind.DOUBT, text.strip()[:1], lexicon.code)
    judged = _judge(found, lexicon)
    whole = joined([clause.words for clause in found])
    if lexicon.rules["across"].search(whole):
        return Read(Verdict.OUT, Kind.OUT, str(found[0].words), lexicon.code)
    if lexicon.rules["chosen"].search(whole):
        return Read(Verdict.ASK, Kind.LIMIT, str(found[0].words), lexicon.code)
    verdict, kind = _weigh(judged)
    if kind is Kind.DOUBT and verdict is Verdict.ASK and _STOP_SIGNS.search(text):
        verdict = Verdict.OUT if lexicon.rules["negation"].search(whole) else verdict
    words = next((str(one.words) for k, one in judged if k is kind), "")
    return Read(verdict, kind, words, lexicon.code)


def _judge(found: list[Clause], lexicon: Lexicon) -> list[tuple[Kind, Clause]]:
    """Backwards, since `stop please?` may come in two clauses."""
    judged: list[tuple[Kind, Clause]] = []
    asked = False
    for clause in reversed(found):
        asked = clause.asked or (asked and bool(judged) and judged[-1][0] is Kind.FILLER)
        if lexicon.rules["tag"].fullmatch(clause.words):
            judged.append((Kind.FILLER, clause))
            asked = False
            continue
        alone = len(found) == 1
        judged.append((_plainly(clause.words, asked, alone, lexicon), clause))
    return judged[::-1]


def _plainly(words: Tokens, asked: bool, alone: bool, lexicon: Lexicon) -> Kind:
    """Said with a curse or a please in its middle, it still means what it means."""
    if alone and lexicon.rules["lone"].fullmatch(words):
        return Kind.DOUBT
    if asked and (open_end := lexicon.rules["undecided"].search(words)):
        if (kind := _kind(words.part(0, open_end[0]), asked, lexicon)) in _ASKS_TO_LEAVE:
            return Kind.QUERY
        if kind is not Kind.OTHER:
            return kind
    kind = _kind(words, asked, lexicon)
    if kind in _UNPARTED and (hence := lexicon.rules["hence"].search(words)):
        after = _kind(words.part(hence[1], len(words)), asked, lexicon)
        before = _kind(words.part(0, hence[0]), asked, lexicon)
        if after in _REFUSES and before in _UNCLEAR | _REFUSES:
            return after
    if kind in _UNCLEAR:
        plain = without(lexicon.rules["noise"], words)
        if plain and plain is not words and (other := _kind(plain, asked, lexicon)) in _SAYS:
            return other
    return kind


def _kind(words: Tokens, asked: bool, lexicon: Lexicon) -> Kind:
    rules = lexicon.rules
    if rules["doubt"].fullmatch(words):
        return Kind.DOUBT
    if rules["innocent"].fullmatch(words):
        return Kind.INNOCENT
    cores, tagged = _cores(words, lexicon)
    if not cores[-1]:
        return Kind.WORD if rules["word"].fullmatch(words) and not asked else Kind.FILLER
    asked = asked and not tagged
    if rules["sure"].search(words):
        return Kind.OUT
    if rules["kept"].search(words):
        return Kind.KEPT
    wishes = any(map(rules["request"].begins, cores))
    if any(map(rules["join"].fullmatch, cores)) and not rules["negation"].search(words):
        return Kind.DOUBT if asked and not wishes else Kind.JOIN
    if rules["limited"].search(words) or _asks_for_less(words, lexicon):
        return Kind.LIMIT
    if (found := _sentence(words, wishes, asked, lexicon)) is not None:
        return found
    return _rest(words, cores, asked, lexicon)


def _rest(words: Tokens, cores: list[Tokens], asked: bool, lexicon: Lexicon) -> Kind:
    """A clause that holds no whole request: one word, or something else."""
    rules = lexicon.rules
    for name, kind in _FULL:
        if any(map(rules[name].fullmatch, cores)):
            return Kind.QUERY if asked and kind in _ASKS_TO_LEAVE else kind
    if rules["unsure"].search(words) or rules["mention"].search(words):
        return Kind.FOREIGN if _foreign(words, lexicon) else Kind.UNSURE
    if rules["reason"].search(words):
        return Kind.REASON
    return Kind.FOREIGN if rules["other"].search(words) else Kind.OTHER


def _foreign(words: Tokens, lexicon: Lexicon) -> bool:
    rules = lexicon.rules
    return bool(rules["other"].search(words)) and not rules["ours"].search(words)


_FULL = (("word", Kind.WORD), ("drop", Kind.DROP), ("bare", Kind.BARE), ("doubt", Kind.DOUBT))
_ELSE = frozenset({Kind.OTHER, Kind.FOREIGN})
_UNCLEAR = _ELSE | {Kind.REASON}
_UNPARTED = _UNCLEAR | {Kind.KEPT, Kind.UNSURE}
_REFUSES = frozenset({Kind.OUT, Kind.WORD, Kind.DROP})
_SAYS = frozenset({Kind.OUT, Kind.WORD, Kind.LIMIT, Kind.KEPT})
_ASKS_TO_LEAVE = frozenset({Kind.WORD, Kind.DROP, Kind.BARE})


def _asks_for_less(words: Tokens, lexicon: Lexicon) -> bool:
    return bool(lexicon.rules["limit"].search(words) and lexicon.rules["topic"].search(words))


def _sentence(words: Tokens, wishes: bool, asked: bool, lexicon: Lexicon) -> Kind | None:
    """A clause that holds a whole request to stop, whatever stands around it."""
    rules = lexicon.rules
    out = rules["out"].search(words)
    if out is None:
        return None
    foreign = rules["other"].search(words) or rules["elsewhere"].begins(words, out[1])
    if foreign and not rules["ours"].search(words):
        return Kind.FOREIGN
    if rules["rhetorical"].search(words):
        return Kind.OUT
    if rules["unsaid"].search(words.part(0, out[0])) or rules["named"].begins(words, out[1]):
        return Kind.KEPT
    if rules["limit"].search(words):
        return Kind.LIMIT
    if wishes:
        return Kind.OUT
    return Kind.UNSURE if asked or rules["unsure"].search(words) else Kind.OUT


def _cores(words: Tokens, lexicon: Lexicon) -> tuple[list[Tokens], bool]:
    """The clause with fewer and fewer polite words at its ends, the last without any; whether a mere
    `ok?` ended it."""
    found = [words]
    while end := lexicon.rules["filler"].match(words):
        words = words.part(end, len(words))
        found.append(words)
    ended = [_without_ending(core, lexicon) for core in found]
    return [*found, *(core for core, _ in ended)], any(tagged for _, tagged in ended)


def _without_ending(words: Tokens, lexicon: Lexicon) -> tuple[Tokens, bool]:
    filler, tag = lexicon.rules["filler"], lexicon.rules["tag"]
    tagged, at = False, 0
    while at < len(words):  # the longest ending that is filler
        if not (filler.may_begin(words, at) or tag.may_begin(words, at)):
            at += 1
            continue
        rest = words.part(at, len(words))
        is_tag = tag.fullmatch(rest)
        if is_tag or filler.fullmatch(rest):
            tagged = tagged or is_tag
            words, at = words.part(0, at), 0
        else:
            at += 1
    return words, tagged


def _weigh(judged: list[tuple[Kind, Clause]]) -> tuple[Verdict, Kind]:
    kinds = {kind for kind, _ in judged}
    leaving = next((k for k in (Kind.OUT, Kind.WORD) if k in kinds), None)
    if Kind.LIMIT in kinds:
        return Verdict.ASK, Kind.LIMIT
    if Kind.KEPT in kinds:
        return (Verdict.ASK, leaving) if leaving else (Verdict.NONE, Kind.KEPT)
    if leaving and Kind.JOIN in kinds:
        return Verdict.ASK, leaving
    if leaving:
        return Verdict.OUT, leaving
    if Kind.DROP in kinds:
        return (Verdict.ASK if Kind.FOREIGN in kinds else Verdict.OUT), Kind.DROP
    if Kind.BARE in kinds:
        return (Verdict.OUT if _stands_alone(judged) else Verdict.ASK), Kind.BARE
    if Kind.JOIN in kinds:
        return Verdict.IN, Kind.JOIN
    if Kind.UNSURE in kinds:
        return Verdict.ASK, Kind.UNSURE
    if Kind.QUERY in kinds:
        return Verdict.ASK, Kind.QUERY
    if Kind.DOUBT in kinds and not kinds & _ELSE:
        return Verdict.ASK, Kind.DOUBT
    if Kind.INNOCENT in kinds:
        return Verdict.NONE, Kind.INNOCENT
    return Verdict.NONE, Kind.OTHER


def _stands_alone(judged: list[tuple[Kind, Clause]]) -> bool:
    """Nothing else beside it in its line; what follows in the next lines is a signature."""
    line = next(clause.line for kind, clause in judged if kind is Kind.BARE)
    others = [clause for kind, clause in judged if kind in _ELSE]
    return all(clause.line > line and len(clause.words) <= 6 for clause in others)
