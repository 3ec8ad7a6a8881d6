"""Lists of people as spreadsheets write them: encodings, separators, headers, quotes, formulas."""


class WrongFile(Exception):
    """The file as a whole cannot be read; the sentence says what was seen."""
