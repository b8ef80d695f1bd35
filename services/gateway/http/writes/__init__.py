"""What callers may write: each path says events by the models of the contracts."""
