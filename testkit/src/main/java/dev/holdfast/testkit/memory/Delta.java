// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.memory;

import dev.holdfast.spi.coordinator.Observation;
import java.util.List;

/** What one applied transaction changed: each changed key as it is since then. */
record Delta(long revision, List<Observation> changed) {
  Delta {
    changed = List.copyOf(changed);
  }
}
