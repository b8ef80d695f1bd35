"""Purchase orders, and what suppliers owe."""
