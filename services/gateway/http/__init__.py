"""What callers may write, read and ask over HTTP."""
