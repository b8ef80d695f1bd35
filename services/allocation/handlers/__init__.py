"""What allocation does when it hears of orders, stock and inbound."""
