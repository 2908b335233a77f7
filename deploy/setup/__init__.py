"""Everything that `make demo` and `make test` need on a Debian machine, installed once and only where it is missing."""
