libcore_a_SOURCES += \
	src/policy/policy.h src/policy/model.h src/policy/warn.h src/policy/judge.h src/policy/text.h \
	src/policy/object.h src/policy/remedy.h src/policy/require.h src/policy/stored.h \
	src/policy/argv.c \
	src/policy/bind.c src/policy/bind.h \
	src/policy/bind_host.c \
	src/policy/bind_spec.c \
	src/policy/build.c src/policy/build.h \
	src/policy/build_lists.c \
	src/policy/build_objects.c \
	src/policy/cap.c \
	src/policy/check.c \
	src/policy/condition.c \
	src/policy/cover.c \
	src/policy/decide.c \
	src/policy/devices.c \
	src/policy/grant.c \
	src/policy/grant_value.c \
	src/policy/held.c \
	src/policy/hint.c \
	src/policy/image.c \
	src/policy/instruction.c \
	src/policy/joined.c \
	src/policy/judge.c \
	src/policy/limit.c \
	src/policy/maximum.c \
	src/policy/maximum_text.c \
	src/policy/meets.c \
	src/policy/mount.c \
	src/policy/names.c \
	src/policy/need.c src/policy/need.h \
	src/policy/negate.c \
	src/policy/network.c \
	src/policy/object.c \
	src/policy/own.c \
	src/policy/owner.c src/policy/owner.h \
	src/policy/owner_amend.c \
	src/policy/owner_judge.c \
	src/policy/owner_use.c \
	src/policy/params.c \
	src/policy/path.c \
	src/policy/permit.c \
	src/policy/podman.c src/policy/podman.h \
	src/policy/policy.c \
	src/policy/ps.c \
	src/policy/publish.c \
	src/policy/reason.c \
	src/policy/redact.c \
	src/policy/redact_judge.c \
	src/policy/remedy.c \
	src/policy/require.c \
	src/policy/require_ask.c \
	src/policy/require_care.c \
	src/policy/require_host.c \
	src/policy/require_mount.c \
	src/policy/require_run.c \
	src/policy/require_secret.c \
	src/policy/resolve.c \
	src/policy/rows.c \
	src/policy/rule.c \
	src/policy/rule_check.c \
	src/policy/security.c \
	src/policy/sieve.c \
	src/policy/set.c \
	src/policy/show.c \
	src/policy/simple.c \
	src/policy/sources.c \
	src/policy/spelling.c \
	src/policy/stored.c \
	src/policy/stored_use.c \
	src/policy/task_network.c \
	src/policy/template.c \
	src/policy/twin.c \
	src/policy/text.c \
	src/policy/volume.c \
	src/policy/walk.c \
	src/policy/warn.c \
	src/policy/warn_vain.c \
	src/policy/wider.c src/policy/wider.h src/policy/wider_parts.h \
	src/policy/wider_grant.c \
	src/policy/wider_row.c \
	src/policy/wider_rule.c \
	src/policy/words.c
