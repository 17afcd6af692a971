"""Mail: what goes out, and later what comes in."""
