"""What suppliers announce, what the dock counts and what is still on its way, as pure rules."""
