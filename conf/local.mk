# sample configurations
dist_pkgdata_DATA = conf/sockwarden.conf conf/every-preset.conf conf/allow-all.conf \
	conf/ci-runner.conf conf/ci-runner.test

# Each preset with its policy test; `include = preset:NAME` finds them. Whatever stands in the directory is
# one: nothing lists them.
presetsdir = $(pkgdatadir)/presets
dist_presets_DATA = $(sort $(wildcard $(srcdir)/conf/presets/*.conf) $(wildcard $(srcdir)/conf/presets/*.test))
