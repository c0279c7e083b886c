// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.metrics;

import dev.holdfast.node.feature.ReadinessCheck;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What must hold before this node takes work, over all features. Thread-safe. */
final class HealthChecks {
  private final List<ReadinessCheck> checks;

  HealthChecks(List<ReadinessCheck> checks) {
    this.checks = List.copyOf(checks);
    if (checks.stream().map(ReadinessCheck::name).collect(Collectors.toSet()).size()
        != checks.size()) {
      throw new IllegalArgumentException("Two health checks have one name: " + checks);
    }
  }

  /** What fails, by name of the check; empty when the node is ready. */
  Map<String, String> failing() {
    Map<String, String> failing = new LinkedHashMap<>();
    for (ReadinessCheck check : checks) {
      try {
        check.fault().get().ifPresent(fault -> failing.put(check.name(), fault));
      } catch (RuntimeException e) {
        failing.put(check.name(), "the check itself failed: " + e);
      }
    }
    return failing;
  }
}
