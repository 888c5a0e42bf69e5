# For the system around it: a systemd unit, and completions for bash and zsh.
systemdunitdir = $(prefix)/lib/systemd/system
nodist_systemdunit_DATA = contrib/systemd/sockwarden.service
dist_systemdunit_DATA = contrib/systemd/sockwarden.socket
EXTRA_DIST += contrib/systemd/sockwarden.service.in
CLEANFILES += contrib/systemd/sockwarden.service
systemduserunitdir = $(prefix)/lib/systemd/user
nodist_systemduserunit_DATA = contrib/systemd/sockwarden-user.service
EXTRA_DIST += contrib/systemd/sockwarden-user.service.in
CLEANFILES += contrib/systemd/sockwarden-user.service
contrib/systemd/sockwarden-user.service: contrib/systemd/sockwarden-user.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && sed -e 's|@bindir[@]|$(bindir)|g' \
	    $(srcdir)/contrib/systemd/sockwarden-user.service.in > $@.tmp && mv $@.tmp $@

contrib/systemd/sockwarden.service: contrib/systemd/sockwarden.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && sed -e 's|@bindir[@]|$(bindir)|g' \
	    $(srcdir)/contrib/systemd/sockwarden.service.in > $@.tmp && mv $@.tmp $@

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = contrib/completions/sockwarden
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = contrib/completions/_sockwarden
dist_check_SCRIPTS += contrib/tls/make-certs

EXTRA_DIST += contrib/prometheus/sockwarden.rules.yml
