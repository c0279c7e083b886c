// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginReport.Source;
import dev.holdfast.spi.placement.PlacementPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugins of a running node. Thread-safe. */
public final class Plugins implements AutoCloseable {
  /** The policy that rules when the config names none and the data folder brings none. */
  public static final String DEFAULT_POLICY = "placement-rendezvous/default";

  /** A policy of this name in the only such plugin of the data folder takes over by itself. */
  static final String OVERRIDING = "default";

  private static final Logger LOG = LoggerFactory.getLogger(Plugins.class);

  private final PluginLimits limits;
  private final List<StartedPlugin> started;
  private final List<PluginReport> others;
  private final ActivePlacement placement;
  private final List<GuardedMerge> merges;
  private final Optional<GuardedCleanup> cleanup;

  Plugins(
      PluginSetup setup,
      PluginLimits limits,
      PlacementPolicy builtIn,
      List<StartedPlugin> started,
      List<PluginReport> others) {
    this.limits = limits;
    this.started = List.copyOf(started);
    this.others = List.copyOf(others);
    this.placement = select(setup.placementPolicy(), builtIn);
    // Without one of them the node does not start: see PluginLoader.
    this.merges = setup.mergePolicies().stream().flatMap(name -> findMerge(name).stream()).toList();
    this.cleanup = setup.cleanupPolicy().flatMap(this::findCleanup);
  }

  /** Whether one of the plugins that started has this policy. */
  boolean offers(String policy) {
    return find(policy, "").isPresent();
  }

  boolean offersMerge(String policy) {
    return findMerge(policy).isPresent();
  }

  boolean offersCleanup(String policy) {
    return findCleanup(policy).isPresent();
  }

  public ActivePlacement placement() {
    return placement;
  }

  /** The merge policies that the config names, in its order; none unless it does. */
  public List<GuardedMerge> merges() {
    return merges;
  }

  /** The cleanup policy that the config names; none unless it does. */
  public Optional<GuardedCleanup> cleanup() {
    return cleanup;
  }

  /** Sorted by id. The counts are those of this moment. */
  public List<PluginReport> reports() {
    Set<String> active =
        Stream.of(
                Stream.of(placement.name()),
                merges.stream().map(GuardedMerge::name),
                cleanup.stream().map(GuardedCleanup::name))
            .flatMap(names -> names)
            .collect(Collectors.toSet());
    return Stream.concat(started.stream().map(plugin -> plugin.report(active)), others.stream())
        .sorted(Comparator.comparing(PluginReport::id))
        .toList();
  }

  /**
   * What an operator should know though the node runs: a plugin of the data folder that somebody
   * installed and that does not run, so that other policies than expected place the copies.
   */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (PluginReport report : others) {
      if (report.source() == Source.DATA) {
        warnings.add(
            "plugin %s %s: %s Placement is by %s, %s."
                .formatted(
                    report.id(),
                    report.state() == PluginReport.State.REFUSED ? "is refused" : "failed",
                    report.reason(),
                    placement.name(),
                    placement.reason()));
      }
    }
    return warnings;
  }

  /** Stops all plugins, each with the deadline of its start; what fails is logged. */
  @Override
  public void close() {
    for (StartedPlugin plugin : started.reversed()) {
      try {
        if (!plugin.threads().isExhausted()) {
          plugin.threads().call(limits.startDeadline(), () -> stop(plugin));
        }
      } catch (PluginCallException e) {
        LOG.warn(
            "Plugin {} did not stop well: {}", plugin.descriptor().idAndVersion(), e.getMessage());
      }
      plugin.threads().close();
    }
  }

  private static Duration stop(StartedPlugin plugin) {
    plugin.plugin().stop();
    return Duration.ZERO;
  }

  private ActivePlacement select(Optional<String> wanted, PlacementPolicy builtIn) {
    if (wanted.isPresent()) {
      // Without it the node does not start: see PluginLoader.
      return find(wanted.get(), "named by placement.policy")
          .orElseGet(() -> builtIn(builtIn, wanted.get() + " is not there"));
    }
    List<StartedPlugin> overriding = new ArrayList<>(started);
    overriding.removeIf(
        plugin -> plugin.source() != Source.DATA || !plugin.policies().containsKey(OVERRIDING));
    if (overriding.size() == 1) {
      return active(
          overriding.getFirst(), OVERRIDING, "the only plugin of the data folder with it");
    }
    if (overriding.size() > 1) {
      LOG.warn(
          "{} plugins of the data folder offer a placement policy 'default': set placement.policy",
          overriding.size());
    }
    return find(DEFAULT_POLICY, "the default")
        .orElseGet(() -> builtIn(builtIn, DEFAULT_POLICY + " is not there"));
  }

  private Optional<GuardedMerge> findMerge(String name) {
    return started.stream()
        .flatMap(plugin -> plugin.merges().values().stream())
        .filter(policy -> policy.name().equals(name))
        .findFirst();
  }

  private Optional<GuardedCleanup> findCleanup(String name) {
    return started.stream()
        .flatMap(plugin -> plugin.cleanups().values().stream())
        .filter(policy -> policy.name().equals(name))
        .findFirst();
  }

  private Optional<ActivePlacement> find(String name, String reason) {
    String id = name.substring(0, name.indexOf('/'));
    String policy = name.substring(name.indexOf('/') + 1);
    return started.stream()
        .filter(plugin -> plugin.descriptor().id().equals(id))
        .filter(plugin -> plugin.policies().containsKey(policy))
        .map(plugin -> active(plugin, policy, reason))
        .findFirst();
  }

  private static ActivePlacement active(StartedPlugin plugin, String policy, String reason) {
    PlacementPolicy guarded =
        Optional.<PlacementPolicy>ofNullable(plugin.policies().get(policy)).orElseThrow();
    return new ActivePlacement(
        plugin.descriptor().id() + "/" + policy,
        plugin.descriptor().version().toString(),
        guarded,
        reason);
  }

  private static ActivePlacement builtIn(PlacementPolicy builtIn, String reason) {
    return new ActivePlacement("built-in/default", "", builtIn, reason);
  }
}
