// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.machine;

import dev.holdfast.spi.machine.Trigger;
import java.util.Map;
import java.util.Optional;

/**
 * What somebody wants done to an object.
 *
 * @param event the one that transitions answer to; by default their name
 * @param pick one of the transitions of the event, by name
 * @param args as they came in: values of JSON, or of the types of the arguments
 */
public record MachineRequest(
    Trigger by, String event, Optional<String> pick, Map<String, Object> args) {
  public MachineRequest {
    args = Map.copyOf(args);
  }

  public static MachineRequest byClient(String event, Map<String, Object> args) {
    return new MachineRequest(Trigger.CLIENT, event, Optional.empty(), args);
  }

  /** One of those that the cluster makes itself. */
  static MachineRequest byCluster(Trigger by, String event, String transition) {
    return new MachineRequest(by, event, Optional.of(transition), Map.of());
  }
}
