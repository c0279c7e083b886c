// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.spi.machine;

import java.time.Instant;
import java.util.Map;

/**
 * All that an expression sees. Absent fields are not in the maps.
 *
 * @param old the stored data
 * @param data the proposed data; for timers the stored data
 * @param args of the call
 * @param state the state before the transition; {@link MachineSchema#NONE} when it creates the
 *     object
 * @param now when the transition was proposed: the only clock there is
 */
public record Scope(
    Map<String, Object> old,
    Map<String, Object> data,
    Map<String, Object> args,
    String state,
    Instant now) {
  public Scope {
    old = Map.copyOf(old);
    data = Map.copyOf(data);
    args = Map.copyOf(args);
  }
}
