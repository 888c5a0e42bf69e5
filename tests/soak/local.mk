# Long runs with everything at once: scripts/soak.
EXTRA_DIST += tests/soak/clients.py tests/soak/daemon.py tests/soak/leak.c tests/soak/soak.py
