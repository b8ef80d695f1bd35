"""What customers must be told, and in which words, as pure rules."""
