"""Pure rules of what suppliers announce, what the dock counts and what is still inbound."""
