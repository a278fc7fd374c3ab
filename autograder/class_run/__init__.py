"""Many submissions: a whole class, several at a time, recorded by one writer."""
