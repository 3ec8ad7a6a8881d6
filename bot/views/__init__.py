"""Draws what is shown of a broadcast: cards, lines, forms (pure)."""
