"""What inventory does when it hears of products, goods, requests, counts and time."""
