"""Place and change orders."""
