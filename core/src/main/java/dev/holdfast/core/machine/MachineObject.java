// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An object of a machine, as agreed on.
 *
 * @param data present fields alone
 * @param version 1 after the first transition, one more after each
 * @param enteredAt when it came into its state from another one
 * @param changedAt when its last transition was proposed
 */
public record MachineObject(
    String state,
    SortedMap<String, Object> data,
    long version,
    Instant enteredAt,
    Instant changedAt) {
  public MachineObject {
    data = sorted(data);
    if (version < 1) {
      throw new IllegalArgumentException("versions begin at 1, not at " + version);
    }
  }

  static SortedMap<String, Object> sorted(Map<String, Object> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }
}
