"""Many accounts: the declaration of a fleet, what is seen of it, and the engine that works through it."""
