"""The handlers of receiving: nodes, products, ASNs, scans, the dock and stock."""
