"""What a whole study costs: predicted from the rates in ``growth.json``, checked against finished runs."""
