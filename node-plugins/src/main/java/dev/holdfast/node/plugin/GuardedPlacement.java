// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

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

/**
 * A plugin's policy that cannot hurt: each question has a deadline on the plugin's own threads, all
 * that it throws is caught, its answer is checked and corrected, and after failures in a row it is
 * not asked for a while. Instead the built-in policy chooses and judges; it lets no copy go, since
 * what it would drop may be what the plugin's policy wants.
 *
 * <p>Thread-safe. Blocks up to the call deadline. Throws only what the built-in policy throws.
 */
final class GuardedPlacement implements PlacementPolicy {
  private final PlacementPolicy plugin;
  private final PlacementPolicy builtIn;
  private final PolicyGuard guard;

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
    this.plugin = plugin;
    this.builtIn = builtIn;
    this.guard =
        new PolicyGuard(
            new PolicyGuard.Naming("Placement", name, "the built-in policy answers instead"),
            threads,
            limits,
            limits.callDeadline(),
            nanoTime,
            registry);
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
    return guard.counters();
  }

  Circuit.State circuit() {
    return guard.circuit();
  }

  private <T> T ask(Callable<T> question, Function<T, Checked<T>> check, Supplier<T> fallback) {
    return guard.ask(() -> check.apply(question.call())).orElseGet(fallback);
  }

  private static <T> T present(@Nullable T answer, String question) {
    return Optional.ofNullable(answer)
        .orElseThrow(() -> new IllegalStateException(question + " answered null"));
  }
}
