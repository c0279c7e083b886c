// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.merge.MergePolicy.Outcome;
import dev.holdfast.spi.merge.MergePolicy.Request;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plugin's merge policy that cannot hurt: it has a deadline on the plugin's own threads, all that
 * it throws is caught, its answer is checked, and after failures in a row it is not asked for a
 * while. What it does not answer, or answers with nonsense, somebody merges by hand.
 *
 * <p>Thread-safe. Blocks up to the merge deadline. Throws nothing.
 */
public final class GuardedMerge {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedMerge.class);

  private final String name;
  private final Set<String> contentTypes;
  private final MergePolicy plugin;
  private final PluginThreads threads;
  private final PluginLimits limits;
  private final Circuit circuit;
  private final PolicyCounters counters;

  /**
   * @param name {@code pluginId/policyName}
   * @param contentTypes as it named them at start
   */
  GuardedMerge(
      String name,
      Set<String> contentTypes,
      MergePolicy plugin,
      PluginThreads threads,
      PluginLimits limits,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.name = name;
    this.contentTypes = Set.copyOf(contentTypes);
    this.plugin = plugin;
    this.threads = threads;
    this.limits = limits;
    this.circuit = new Circuit(limits.failuresToOpen(), limits.retryAfter(), nanoTime);
    this.counters = new PolicyCounters(registry, name);
  }

  /** {@code pluginId/policyName}. */
  public String name() {
    return name;
  }

  /** {@code type/subtype} in lower case, without parameters. */
  public Set<String> contentTypes() {
    return contentTypes;
  }

  /** Empty when it gave no answer: asked again it may. */
  public Optional<Outcome> merge(Request request) {
    if (threads.isExhausted() || !circuit.admit()) {
      counters.fallbacks.increment();
      return Optional.empty();
    }
    counters.calls.increment();
    try {
      // Checked on the plugin's thread as well: only there may its objects misbehave.
      MergeCheck.Checked checked =
          threads.call(
              limits.mergeDeadline(), () -> MergeCheck.outcome(request, plugin.merge(request)));
      checked.complaint().ifPresent(this::corrected);
      circuit.succeeded();
      return Optional.of(checked.outcome());
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
      LOG.warn("A merge by {} is not taken: {}", name, complaint);
    }
    counters.remember(complaint);
  }

  private void failed(PluginCallException failure) {
    counters.failures.increment();
    String message = Told.clip(failure.getMessage());
    if (!message.equals(counters.lastFailure())) {
      LOG.warn("Merge policy {} failed: {}\n{}", name, message, failure.trace());
    }
    counters.remember(message);
    if (circuit.failed()) {
      LOG.error(
          "Merge policy {} is not asked for {} s, after {} failures in a row; the last: {}",
          name,
          limits.retryAfter().toSeconds(),
          limits.failuresToOpen(),
          message);
    }
  }
}
