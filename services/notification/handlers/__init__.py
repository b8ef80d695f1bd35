"""What notification does when it hears of orders, promises and releases, and when there is something to send."""
