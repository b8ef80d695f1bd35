"""What is on hand, what may be done with it, and what the floor says of it, as pure rules."""
