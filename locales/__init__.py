"""Babel catalogs, one folder a language."""
