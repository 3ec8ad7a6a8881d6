"""Numbers that look random and can be turned back: opaque ids need no table."""

from __future__ import annotations

_BITS = 64
_MASK = (1 << _BITS) - 1
_FACTOR = 0x9E3779B97F4A7C15  # odd, so it has an inverse modulo 2**64
_INVERSE = pow(_FACTOR, -1, 1 << _BITS)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]  # two digits at a time: ids are hot


class Scramble:
    """A permutation of 64-bit numbers, another one for another seed."""

    def __init__(self, seed: int) -> None:
        self._salt = (seed * 0xD1B54A32D192ED03 + 0x632BE59BD9B4E019) & _MASK

    def hide(self, number: int) -> int:
        """The number nobody can read."""
        mixed = (number ^ self._salt) * _FACTOR & _MASK
        return (mixed ^ (mixed >> 32)) * _FACTOR & _MASK

    def show(self, hidden: int) -> int:
        """The number again."""
        mixed = hidden * _INVERSE & _MASK
        mixed ^= mixed >> 32
        return (mixed * _INVERSE & _MASK) ^ self._salt


def letters(number: int) -> str:
    """As letters and digits (base 62), eleven of them for 64 bits."""
    number, a = divmod(number, 3844)
    number, b = divmod(number, 3844)
    number, c = divmod(number, 3844)
    number, d = divmod(number, 3844)
    number, e = divmod(number, 3844)
    return _ALPHABET[number] + _PAIRS[e] + _PAIRS[d] + _PAIRS[c] + _PAIRS[b] + _PAIRS[a]


def number(text: str) -> int | None:
    """Back from letters; None for what `letters` never wrote."""
    if len(text) != 11:
        return None
    found = 0
    for letter in text:
        value = _VALUE.get(letter)
        if value is None:
            return None
        found = found * 62 + value
    return found if found <= _MASK else None
