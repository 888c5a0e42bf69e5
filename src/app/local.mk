# sockwarden_SOURCES +=
