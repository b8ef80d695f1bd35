"""Apply news of stock, inbound and settings."""
