"""What gateway remembers of what the others say. Nothing waits for anything: the newest is true."""
