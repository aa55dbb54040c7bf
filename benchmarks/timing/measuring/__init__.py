"""How a measurement is made: timed processes, what they time, and whose turn it is."""
