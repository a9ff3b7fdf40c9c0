"""The parts of tests/run_cases.py: reading case files, making input files, running, judging."""
