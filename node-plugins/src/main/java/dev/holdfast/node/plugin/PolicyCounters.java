// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicReference;

/** What became of the calls to one policy; the same numbers as on {@code /metrics}. */
final class PolicyCounters {
  final Counter calls;
  final Counter failures;
  final Counter corrected;
  final Counter fallbacks;
  private final AtomicReference<String> lastFailure = new AtomicReference<>("");

  PolicyCounters(MeterRegistry registry, String policy) {
    calls = counter(registry, policy, "calls", "Questions put to a plugin's policy");
    failures = counter(registry, policy, "failures", "Calls that threw or missed their deadline");
    corrected = counter(registry, policy, "corrected", "Answers that had to be corrected");
    fallbacks = counter(registry, policy, "fallbacks", "Answers by the built-in policy instead");
  }

  void remember(String failure) {
    lastFailure.set(failure);
  }

  String lastFailure() {
    return lastFailure.get();
  }

  private static Counter counter(
      MeterRegistry registry, String policy, String what, String description) {
    return Counter.builder("holdfast.plugin." + what)
        .description(description)
        .tag("policy", policy)
        .register(registry);
  }
}
