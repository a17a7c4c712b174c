"""`make bench`: the real server under load, beside what the machine can do at best."""
