// SPDX-License-Identifier: Apache-2.0

module gitlab.com/gitlab-org/moa

go 1.24
