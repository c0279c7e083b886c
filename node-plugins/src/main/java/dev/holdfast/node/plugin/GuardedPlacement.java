// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PlacementCheck.Checked;
import dev.holdfast.spi.placement.PlacementPolicy;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plugin's policy that cannot hurt: each question has a deadline on the plugin's own threads, all
 * that it throws is caught, its answer is checked and corrected, and after failures in a row it is
 * not asked for a while. Instead the built-in policy chooses and judges; it lets no copy go, since
 * what it would drop may be what the plugin's policy wants.
 *
 * <p>Thread-safe. Blocks up to the call deadline. Throws only what the built-in policy throws.
 */
final class GuardedPlacement implements PlacementPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(GuardedPlacement.class);

  private final String name;
  private final PlacementPolicy plugin;
  private final PlacementPolicy builtIn;
  private final PluginThreads threads;
  private final PluginLimits limits;
  private final Circuit circuit;
  private final PolicyCounters counters;

  /**
   * @param name {@code pluginId/policyName}
   */
  GuardedPlacement(
      String name,
      PlacementPolicy plugin,
      PlacementPolicy builtIn,
      PluginThreads threads,
      PluginLimits limits,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.name = name;
    this.plugin = plugin;
    this.builtIn = builtIn;
    this.threads = threads;
    this.limits = limits;
    this.circuit = new Circuit(limits.failuresToOpen(), limits.retryAfter(), nanoTime);
    this.counters = new PolicyCounters(registry, name);
  }

  @Override
  public Choice choose(Request request) {
    return ask(
        () -> present(plugin.choose(request), "choose()"),
        choice -> PlacementCheck.choice(request, choice, builtIn),
        () -> builtIn.choose(request));
  }

  @Override
  public Verdict isSatisfied(Request request, Set<String> holders) {
    Set<String> copy = Set.copyOf(holders);
    return ask(
        () -> present(plugin.isSatisfied(request, copy), "isSatisfied()"),
        verdict -> PlacementCheck.verdict(request, copy, verdict),
        () -> builtIn.isSatisfied(request, copy));
  }

  @Override
  public Surplus mayGo(Request request, Set<String> holders) {
    Set<String> copy = Set.copyOf(holders);
    return ask(
        () -> present(plugin.mayGo(request, copy), "mayGo()"),
        going -> PlacementCheck.mayGo(request, copy, going),
        () -> new Surplus(List.of(), "All stay: the plugin did not answer."));
  }

  PolicyCounters counters() {
    return counters;
  }

  Circuit.State circuit() {
    return circuit.state();
  }

  private <T> T ask(Callable<T> question, Function<T, Checked<T>> check, Supplier<T> fallback) {
    if (threads.isExhausted() || !circuit.admit()) {
      counters.fallbacks.increment();
      return fallback.get();
    }
    counters.calls.increment();
    try {
      // Checked on the plugin's thread as well: only there may its objects misbehave.
      Checked<T> checked = threads.call(limits.callDeadline(), () -> check.apply(question.call()));
      checked.complaint().ifPresent(this::corrected);
      circuit.succeeded();
      return checked.answer();
    } catch (PluginCallException e) {
      if (e.kind().isFaultOfPlugin()) {
        failed(e);
      } else {
        circuit.withdrawn();
      }
      counters.fallbacks.increment();
      return fallback.get();
    }
  }

  private void corrected(String complaint) {
    counters.corrected.increment();
    if (!complaint.equals(counters.lastFailure())) {
      LOG.warn("Placement {} was corrected: {}", name, complaint);
    }
    counters.remember(complaint);
  }

  private void failed(PluginCallException failure) {
    counters.failures.increment();
    String message = Told.clip(failure.getMessage());
    if (!message.equals(counters.lastFailure())) {
      LOG.warn(
          "Placement {} failed, the built-in policy answers instead: {}\n{}",
          name,
          message,
          failure.trace());
    }
    counters.remember(message);
    if (circuit.failed()) {
      LOG.error(
          "Placement {} is not asked for {} s, after {} failures in a row; the last: {}",
          name,
          limits.retryAfter().toSeconds(),
          limits.failuresToOpen(),
          message);
    }
    if (threads.isExhausted()) {
      LOG.error(
          "All {} threads of the plugin of {} are stuck; it is not called again until they return"
              + " or the node restarts",
          PluginThreads.MAX_THREADS,
          name);
    }
  }

  private static <T> T present(@Nullable T answer, String question) {
    return Optional.ofNullable(answer)
        .orElseThrow(() -> new IllegalStateException(question + " answered null"));
  }
}
