// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What must hold before this node takes work. The node registers its checks at start; each is asked
 * at every request for readiness, so it must answer at once. Thread-safe once the node serves.
 */
public final class HealthChecks {
  private final Map<String, Supplier<Optional<String>>> checks = new LinkedHashMap<>();

  /**
   * @param name stands in the answer, e.g. {@code coordinator}
   * @param fault empty when all is well, else one sentence on what is missing
   */
  public void add(String name, Supplier<Optional<String>> fault) {
    if (checks.putIfAbsent(name, fault) != null) {
      throw new IllegalArgumentException("Two health checks are named " + name);
    }
  }

  /** What fails, by name of the check; empty when the node is ready. */
  public Map<String, String> failing() {
    Map<String, String> failing = new LinkedHashMap<>();
    checks.forEach((name, check) -> {
      try {
        check.get().ifPresent(fault -> failing.put(name, fault));
      } catch (RuntimeException e) {
        failing.put(name, "the check itself failed: " + e);
      }
    });
    return failing;
  }
}
