from benchmarks.processes.last_words import last_words


def test_the_last_fifteen_lines_are_kept():
    said = "\n".join(f"line {number}" for number in range(20)) + "\n\n"
    assert last_words(said, 1).splitlines() == [f"line {number}" for number in range(5, 20)]


def test_a_silent_process_is_told_with_its_status():
    assert last_words(" \n", -9) == "it said nothing, exit status -9; perhaps there was not enough memory"
    assert last_words("") == "it said nothing; perhaps there was not enough memory"
