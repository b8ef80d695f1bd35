"""What receiving does when it hears of nodes, products, ASNs, scans, the dock and stock."""
