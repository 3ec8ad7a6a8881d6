"""Messenger, spoken through Meta's Send API."""
