# sample configurations
dist_pkgdata_DATA = conf/sockwarden.conf conf/every-preset.conf conf/allow-all.conf \
	conf/ci-runner.conf conf/ci-runner.test

# Each preset with its policy test; `include = preset:NAME` finds them.
presetsdir = $(pkgdatadir)/presets
dist_presets_DATA = \
	conf/presets/acme-companion.conf conf/presets/acme-companion.test \
	conf/presets/arcane.conf conf/presets/arcane.test \
	conf/presets/authentik.conf conf/presets/authentik.test \
	conf/presets/autoheal.conf conf/presets/autoheal.test \
	conf/presets/beszel.conf conf/presets/beszel.test \
	conf/presets/caddy-docker-proxy.conf conf/presets/caddy-docker-proxy.test \
	conf/presets/cadvisor.conf conf/presets/cadvisor.test \
	conf/presets/coding-agent.conf conf/presets/coding-agent.test \
	conf/presets/crowdsec.conf conf/presets/crowdsec.test \
	conf/presets/diun.conf conf/presets/diun.test \
	conf/presets/docker-cli-developer.conf conf/presets/docker-cli-developer.test \
	conf/presets/docker-cli-readonly.conf conf/presets/docker-cli-readonly.test \
	conf/presets/docker-compose.conf conf/presets/docker-compose.test \
	conf/presets/docker-gen.conf conf/presets/docker-gen.test \
	conf/presets/docker-volume-backup.conf conf/presets/docker-volume-backup.test \
	conf/presets/dockge.conf conf/presets/dockge.test \
	conf/presets/dockhand.conf conf/presets/dockhand.test \
	conf/presets/dozzle.conf conf/presets/dozzle.test \
	conf/presets/drone.conf conf/presets/drone.test \
	conf/presets/drydock.conf conf/presets/drydock.test \
	conf/presets/gitea-runner.conf conf/presets/gitea-runner.test \
	conf/presets/github-runner.conf conf/presets/github-runner.test \
	conf/presets/gitlab-runner.conf conf/presets/gitlab-runner.test \
	conf/presets/glances.conf conf/presets/glances.test \
	conf/presets/homarr.conf conf/presets/homarr.test \
	conf/presets/home-assistant.conf conf/presets/home-assistant.test \
	conf/presets/homepage.conf conf/presets/homepage.test \
	conf/presets/jenkins.conf conf/presets/jenkins.test \
	conf/presets/komodo.conf conf/presets/komodo.test \
	conf/presets/netdata.conf conf/presets/netdata.test \
	conf/presets/nextcloud-appapi.conf conf/presets/nextcloud-appapi.test \
	conf/presets/ofelia.conf conf/presets/ofelia.test \
	conf/presets/portainer.conf conf/presets/portainer.test \
	conf/presets/portainer-readonly.conf conf/presets/portainer-readonly.test \
	conf/presets/promtail.conf conf/presets/promtail.test \
	conf/presets/renovate.conf conf/presets/renovate.test \
	conf/presets/sablier.conf conf/presets/sablier.test \
	conf/presets/telegraf.conf conf/presets/telegraf.test \
	conf/presets/testcontainers.conf conf/presets/testcontainers.test \
	conf/presets/traefik.conf conf/presets/traefik.test \
	conf/presets/traefik-swarm.conf conf/presets/traefik-swarm.test \
	conf/presets/trivy.conf conf/presets/trivy.test \
	conf/presets/tugtainer.conf conf/presets/tugtainer.test \
	conf/presets/uptime-kuma.conf conf/presets/uptime-kuma.test \
	conf/presets/vector.conf conf/presets/vector.test \
	conf/presets/watchtower.conf conf/presets/watchtower.test \
	conf/presets/woodpecker.conf conf/presets/woodpecker.test \
	conf/presets/wud.conf conf/presets/wud.test
