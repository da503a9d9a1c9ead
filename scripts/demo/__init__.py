"""Events to try the project with: a made-up shop, its faults, and two data sets as files."""
