"""What gateway decides for itself, as pure rules."""
