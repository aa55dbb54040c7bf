"""From scores to pages for people: markdown tables and figures."""
