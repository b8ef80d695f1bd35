"""The facts that Firstfill's services and the outside world tell each other: one file per noun."""
