"""How a measurement is made: timed processes, what they time, whose turn it is, and how calm the machine was."""
