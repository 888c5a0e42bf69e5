# manual pages, in mdoc
dist_man_MANS = man/sockwarden.8 man/sockwarden.conf.5
