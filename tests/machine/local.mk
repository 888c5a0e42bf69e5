# A fresh machine that follows the documents; scripts/test-machine runs it, `make check` does not.
EXTRA_DIST += \
	tests/machine/conftest.py \
	tests/machine/hub.py \
	tests/machine/machine.py \
	tests/machine/test_image.py \
	tests/machine/test_machine.py \
	tests/machine/test_ssh.py \
	tests/machine/test_units.py \
	tests/machine/test_user.py
