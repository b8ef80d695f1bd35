"""Keep doors for trucks, close them, and tell suppliers what came."""
