// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts questions to one policy of a plugin, whatever kind it is: each has a deadline on the
 * plugin's own threads, all that it throws is caught and counted, and after failures in a row it is
 * not asked for a while. Thread-safe; throws nothing.
 */
final class PolicyGuard {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyGuard.class);

  private final Naming naming;
  private final PluginThreads threads;
  private final PluginLimits limits;
  private final Duration deadline;
  private final Circuit circuit;
  private final PolicyCounters counters;

  /**
   * How the log speaks of a policy.
   *
   * @param kind begins the sentence, e.g. {@code Placement}
   * @param name {@code pluginId/policyName}
   * @param instead what happens without an answer
   */
  record Naming(String kind, String name, String instead) {}

  /**
   * @param deadline of one question
   */
  PolicyGuard(
      Naming naming,
      PluginThreads threads,
      PluginLimits limits,
      Duration deadline,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.naming = naming;
    this.threads = threads;
    this.limits = limits;
    this.deadline = deadline;
    this.circuit = new Circuit(limits.failuresToOpen(), limits.retryAfter(), nanoTime);
    this.counters = new PolicyCounters(registry, naming.name());
  }

  /**
   * Blocks up to the deadline. Empty when there is no answer.
   *
   * @param question asks and checks: both on the plugin's thread, since only there its objects may
   *     misbehave
   */
  <T> Optional<T> ask(Callable<Checked<T>> question) {
    if (threads.isExhausted() || !circuit.admit()) {
      counters.fallbacks.increment();
      return Optional.empty();
    }
    counters.calls.increment();
    try {
      Checked<T> checked = threads.call(deadline, question);
      checked.complaint().ifPresent(this::corrected);
      circuit.succeeded();
      return Optional.of(checked.answer());
    } catch (PluginCallException e) {
      if (e.kind().isFaultOfPlugin()) {
        failed(e);
      } else {
        circuit.withdrawn();
      }
      counters.fallbacks.increment();
      return Optional.empty();
    }
  }

  PolicyCounters counters() {
    return counters;
  }

  Circuit.State circuit() {
    return circuit.state();
  }

  private void corrected(String complaint) {
    counters.corrected.increment();
    if (!complaint.equals(counters.lastFailure())) {
      LOG.warn("{} {} was corrected: {}", naming.kind(), naming.name(), complaint);
    }
    counters.remember(complaint);
  }

  private void failed(PluginCallException failure) {
    counters.failures.increment();
    String message = Told.clip(failure.getMessage());
    if (!message.equals(counters.lastFailure())) {
      LOG.warn(
          "{} {} failed, {}: {}\n{}",
          naming.kind(),
          naming.name(),
          naming.instead(),
          message,
          failure.trace());
    }
    counters.remember(message);
    if (circuit.failed()) {
      LOG.error(
          "{} {} is not asked for {} s, after {} failures in a row; the last: {}",
          naming.kind(),
          naming.name(),
          limits.retryAfter().toSeconds(),
          limits.failuresToOpen(),
          message);
    }
    if (threads.isExhausted()) {
      LOG.error(
          "All {} threads of the plugin of {} are stuck; it is not called again until they return"
              + " or the node restarts",
          PluginThreads.MAX_THREADS,
          naming.name());
    }
  }
}
