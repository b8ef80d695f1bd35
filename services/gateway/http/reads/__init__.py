"""What callers may ask: our read models, and the services that own the answer."""
