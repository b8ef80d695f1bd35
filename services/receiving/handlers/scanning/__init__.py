"""Count scans, and answer devices."""
