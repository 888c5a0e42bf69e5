/* SPDX-License-Identifier: Apache-2.0 */
#include "base/meter.h"

_Thread_local uint64_t meter_left = METER_FREE;
