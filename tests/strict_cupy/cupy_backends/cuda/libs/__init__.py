"""The bindings that lie under CuPy, as far as a backend calls them itself."""
