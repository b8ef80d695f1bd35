"""Events in, events out: at least once on the wire, exactly once in effect."""
