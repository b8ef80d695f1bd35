"""Mails: their words, their look, and how they leave."""
