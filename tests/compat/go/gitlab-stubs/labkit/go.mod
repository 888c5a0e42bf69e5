// SPDX-License-Identifier: Apache-2.0

module gitlab.com/gitlab-org/labkit/v2

go 1.24
