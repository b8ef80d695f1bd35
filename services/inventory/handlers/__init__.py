"""The handlers of inventory: products, goods, requests, counts and time."""
