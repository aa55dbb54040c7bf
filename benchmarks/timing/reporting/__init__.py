"""From pytest-benchmark's file to the bars, tables, figure and page of the timing report, and to the gate."""
