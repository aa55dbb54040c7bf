"""From pytest-benchmark's file to the estimates, bars, tables, figure and page of the report, and to the gate."""
