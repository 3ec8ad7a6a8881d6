"""Where in the source each sentence is written."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from locales import catalogs


def places(known: frozenset[str]) -> dict[str, list[str]]:
    """`file: function` of each sentence, in the order of the source. No line numbers, which change
    with everything above them."""
    found: dict[str, list[str]] = defaultdict(list)
    for room in catalogs.ROOMS:
        for file in sorted((catalogs.HOUSE / room).rglob("*.py")):
            if "simulator" in file.parts:
                continue
            name = file.relative_to(catalogs.HOUSE).as_posix()
            for sentence, inside in _walk(ast.parse(file.read_text(encoding="utf-8")), ""):
                where = f"{name}: {inside}" if inside else name
                if sentence in known and where not in found[sentence]:
                    found[sentence].append(where)
    return found


def _walk(node: ast.AST, inside: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        within = inside
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = f"{inside}.{child.name}" if inside else child.name
            if getattr(child, "decorator_list", None):
                yield " ".join((ast.get_docstring(child) or "").split()), within
        elif isinstance(child, ast.Call) or (
            isinstance(child, ast.keyword) and child.arg == "help"
        ):
            for text in _marked(child):
                yield " ".join(text.split()) if isinstance(child, ast.keyword) else text, within
        yield from _walk(child, within)


def _marked(node: ast.Call | ast.keyword) -> Iterator[str]:
    """The sentences that stand in it as such."""
    if isinstance(node, ast.keyword):
        given: list[ast.expr] = [node.value]
    else:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = node.args[:2] if name in catalogs.CALLS else []
    for one in given:
        yield from (
            child.value
            for child in ast.walk(one)
            if isinstance(child, ast.Constant) and isinstance(child.value, str)
        )
