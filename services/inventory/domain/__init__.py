"""Pure rules of stock: what is on hand, what may be done with it, and how the floor's counts correct it."""
