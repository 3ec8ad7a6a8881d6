"""Tells: notices to admins, live messages, first steps."""
