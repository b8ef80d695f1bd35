"""Purchase orders and their coverage by ASNs."""
