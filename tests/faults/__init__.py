"""Commands that are killed, or lose their disk or their files, at random moments: nothing is lost."""
