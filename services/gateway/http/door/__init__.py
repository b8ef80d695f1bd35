"""Who comes in, what they bring, and how they are refused."""
