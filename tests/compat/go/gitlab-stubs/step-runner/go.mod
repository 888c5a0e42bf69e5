// SPDX-License-Identifier: Apache-2.0

module gitlab.com/gitlab-org/step-runner

go 1.24
