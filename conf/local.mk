# sample configurations
dist_pkgdata_DATA = conf/sockwarden.conf conf/every-preset.conf conf/allow-all.conf \
	conf/ci-runner.conf conf/ci-runner.test

# Each preset with its policy test; `include = preset:NAME` finds them.
presetsdir = $(pkgdatadir)/presets
dist_presets_DATA = \
	conf/presets/acme-companion.conf conf/presets/acme-companion.test \
	conf/presets/autoheal.conf conf/presets/autoheal.test \
	conf/presets/diun.conf conf/presets/diun.test \
	conf/presets/docker-cli-developer.conf conf/presets/docker-cli-developer.test \
	conf/presets/docker-cli-readonly.conf conf/presets/docker-cli-readonly.test \
	conf/presets/docker-compose.conf conf/presets/docker-compose.test \
	conf/presets/docker-gen.conf conf/presets/docker-gen.test \
	conf/presets/dozzle.conf conf/presets/dozzle.test \
	conf/presets/drone.conf conf/presets/drone.test \
	conf/presets/gitea-runner.conf conf/presets/gitea-runner.test \
	conf/presets/github-runner.conf conf/presets/github-runner.test \
	conf/presets/gitlab-runner.conf conf/presets/gitlab-runner.test \
	conf/presets/homepage.conf conf/presets/homepage.test \
	conf/presets/jenkins.conf conf/presets/jenkins.test \
	conf/presets/netdata.conf conf/presets/netdata.test \
	conf/presets/portainer-readonly.conf conf/presets/portainer-readonly.test \
	conf/presets/portainer.conf conf/presets/portainer.test \
	conf/presets/promtail.conf conf/presets/promtail.test \
	conf/presets/renovate.conf conf/presets/renovate.test \
	conf/presets/telegraf.conf conf/presets/telegraf.test \
	conf/presets/testcontainers.conf conf/presets/testcontainers.test \
	conf/presets/traefik-swarm.conf conf/presets/traefik-swarm.test \
	conf/presets/traefik.conf conf/presets/traefik.test \
	conf/presets/trivy.conf conf/presets/trivy.test \
	conf/presets/uptime-kuma.conf conf/presets/uptime-kuma.test \
	conf/presets/vector.conf conf/presets/vector.test \
	conf/presets/watchtower.conf conf/presets/watchtower.test \
	conf/presets/woodpecker.conf conf/presets/woodpecker.test
