"""The trained models that a study published, and what they answer here."""
