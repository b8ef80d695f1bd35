"""ASNs and their files."""
