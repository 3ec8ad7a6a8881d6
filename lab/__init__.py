"""Measures and torments the product: loaded by name, never imported by it."""
