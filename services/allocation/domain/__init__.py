"""Pure rules of the queue: who is served, what is promised, and what a new customer may have."""
