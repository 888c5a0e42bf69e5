# tests of the architecture itself
