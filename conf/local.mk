# sample configurations
dist_pkgdata_DATA = conf/sockwarden.conf
