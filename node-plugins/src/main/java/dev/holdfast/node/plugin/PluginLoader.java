// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import dev.holdfast.node.plugin.PluginFinder.Found;
import dev.holdfast.node.plugin.PluginReport.State;
import dev.holdfast.spi.cleanup.CleanupPolicy;
import dev.holdfast.spi.merge.MergePolicy;
import dev.holdfast.spi.placement.DiverseRendezvous;
import dev.holdfast.spi.placement.PlacementPolicy;
import dev.holdfast.spi.plugin.Plugin;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, checks and starts the plugins of the distribution and of the data folder, once, before the
 * node serves requests. A plugin of the data folder replaces the one of the distribution with its
 * id.
 *
 * <p>A plugin that is refused or fails is reported and otherwise ignored, unless it says {@code
 * required: true}. All start at once, each on threads of its own, under one deadline.
 */
public final class PluginLoader {
  /** Policies of one plugin, of all kinds. */
  static final int MAX_POLICIES = 64;

  /** Content types of one merge policy. */
  static final int MAX_TYPES = 64;

  private static final Pattern CONTENT_TYPE =
      Pattern.compile("[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,64}");
  private static final Pattern POLICY_NAME = Pattern.compile("[a-z0-9-]{1,64}");
  private static final Logger LOG = LoggerFactory.getLogger(PluginLoader.class);

  private final PluginSetup setup;
  private final PluginLimits limits;
  private final LongSupplier nanoTime;
  private final MeterRegistry registry;
  private final PlacementPolicy builtIn = new DiverseRendezvous(DiverseRendezvous.DEFAULT_LABELS);

  private final List<StartedPlugin> started = new ArrayList<>();
  private final List<PluginReport> others = new ArrayList<>();

  /**
   * @param nanoTime monotonic, in nanoseconds
   */
  public PluginLoader(
      PluginSetup setup, PluginLimits limits, LongSupplier nanoTime, MeterRegistry registry) {
    this.setup = setup;
    this.limits = limits;
    this.nanoTime = nanoTime;
    this.registry = registry;
  }

  /**
   * Call once. Blocks up to the start deadline.
   *
   * @throws PluginRequiredException the node must not start
   * @throws UnknownPolicyException nor with a policy that nobody offers, perhaps because its plugin
   *     was refused or failed
   * @throws IOException an interrupted installation could not be finished
   */
  public Plugins load() throws PluginRequiredException, UnknownPolicyException, IOException {
    PluginInstaller.recover(setup.data());
    PluginFinder finder = PluginFinder.in(setup.distribution(), setup.data());
    finder.strays().forEach(this::refuse);
    warnOfConfigForNobody(finder);

    List<Starting> starting = new ArrayList<>();
    for (Found found : finder.found()) {
      begin(found).ifPresent(starting::add);
    }
    long begun = nanoTime.getAsLong();
    for (Starting plugin : starting) {
      Duration left = limits.startDeadline().minusNanos(nanoTime.getAsLong() - begun);
      finish(plugin, left.isNegative() ? Duration.ZERO : left);
    }
    Plugins plugins = new Plugins(setup, limits, builtIn, started, others);
    Optional<PluginRequiredException> missing = missing(finder);
    if (missing.isPresent()) {
      plugins.close();
      throw missing.get();
    }
    if (setup.placementPolicy().isPresent() && !plugins.offers(setup.placementPolicy().get())) {
      plugins.close();
      throw UnknownPolicyException.placement(setup.placementPolicy().get(), plugins.reports());
    }
    Optional<String> unknown =
        setup.mergePolicies().stream().filter(name -> !plugins.offersMerge(name)).findFirst();
    if (unknown.isPresent()) {
      plugins.close();
      throw UnknownPolicyException.merge(unknown.get(), plugins.reports());
    }
    if (setup.cleanupPolicy().isPresent() && !plugins.offersCleanup(setup.cleanupPolicy().get())) {
      plugins.close();
      throw UnknownPolicyException.cleanup(setup.cleanupPolicy().get(), plugins.reports());
    }
    LOG.info("Placement by {}: {}", plugins.placement().name(), plugins.placement().reason());
    return plugins;
  }

  private record Starting(
      Found found, PluginFolder folder, PluginThreads threads, PluginThreads.Call<Running> call) {}

  private record Running(
      Plugin plugin,
      Map<String, PlacementPolicy> policies,
      Map<String, OfferedMerge> merges,
      Map<String, CleanupPolicy> cleanups) {}

  private record OfferedMerge(MergePolicy policy, Set<String> contentTypes) {}

  /** Checks the folder and, when it is fit, lets the plugin's own code run for the first time. */
  private Optional<Starting> begin(Found found) {
    try {
      PluginFolder folder = PluginFolder.check(found.folder(), Optional.of(found.name()));
      PluginDescriptor descriptor = folder.descriptor();
      Map<String, Object> config =
          PluginConfig.complete(descriptor, setup.config().getOrDefault(descriptor.id(), Map.of()));
      NodePluginContext context =
          new NodePluginContext(descriptor.id(), setup.nodeId(), config, registry);
      PluginClassLoader loader = PluginClassLoader.of(folder);
      PluginThreads threads = new PluginThreads(descriptor.id(), loader);
      return Optional.of(
          new Starting(
              found, folder, threads, threads.begin(() -> run(descriptor, loader, context))));
    } catch (PluginRefusedException | PluginCallException e) {
      refuse(found, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** On the plugin's thread. */
  private static Running run(
      PluginDescriptor descriptor, PluginClassLoader loader, NodePluginContext context)
      throws ReflectiveOperationException {
    Class<?> entry = Class.forName(descriptor.entry(), true, loader);
    if (!Plugin.class.isAssignableFrom(entry) || !Modifier.isPublic(entry.getModifiers())) {
      throw new IllegalStateException(
          descriptor.entry() + " must be a public class that implements " + Plugin.class.getName());
    }
    Plugin plugin = (Plugin) constructor(entry).newInstance();
    plugin.start(context);
    Set<String> names = new HashSet<>();
    Map<String, PlacementPolicy> policies = new TreeMap<>();
    for (var policy : plugin.placementPolicies().entrySet()) {
      checkName(policy.getKey(), names);
      policies.put(policy.getKey(), Objects.requireNonNull(policy.getValue()));
    }
    Map<String, OfferedMerge> merges = new TreeMap<>();
    for (var policy : plugin.mergePolicies().entrySet()) {
      checkName(policy.getKey(), names);
      MergePolicy merge = Objects.requireNonNull(policy.getValue());
      merges.put(policy.getKey(), new OfferedMerge(merge, contentTypes(merge)));
    }
    Map<String, CleanupPolicy> cleanups = new TreeMap<>();
    for (var policy : plugin.cleanupPolicies().entrySet()) {
      checkName(policy.getKey(), names);
      cleanups.put(policy.getKey(), Objects.requireNonNull(policy.getValue()));
    }
    return new Running(plugin, policies, merges, cleanups);
  }

  private static void checkName(String name, Set<String> names) {
    if (names.size() >= MAX_POLICIES || !POLICY_NAME.matcher(name).matches()) {
      throw new IllegalStateException(
          "A plugin has up to %d policies, named by a-z, 0-9 and '-': '%s'"
              .formatted(MAX_POLICIES, Told.clip(name)));
    }
    if (!names.add(name)) {
      throw new IllegalStateException("'%s' is the name of policies of two kinds".formatted(name));
    }
  }

  private static Set<String> contentTypes(MergePolicy policy) {
    Set<String> types = new HashSet<>();
    for (String type : policy.contentTypes()) {
      if (types.size() >= MAX_TYPES || !CONTENT_TYPE.matcher(type).matches()) {
        throw new IllegalStateException(
            "A merge policy has up to %d types, as type/subtype in lower case: '%s'"
                .formatted(MAX_TYPES, Told.clip(type)));
      }
      types.add(type);
    }
    return types;
  }

  private static Constructor<?> constructor(Class<?> entry) {
    try {
      return entry.getConstructor();
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(
          entry.getName()
              + " needs a public constructor without parameters; what it needs comes with start()",
          e);
    }
  }

  private void finish(Starting starting, Duration deadline) {
    PluginDescriptor descriptor = starting.folder().descriptor();
    try {
      Running running = starting.call().await(deadline);
      Map<String, GuardedPlacement> policies = new TreeMap<>();
      running
          .policies()
          .forEach((name, policy) ->
              policies.put(name, guard(descriptor.id() + "/" + name, policy, starting.threads())));
      Map<String, GuardedMerge> merges = new TreeMap<>();
      running
          .merges()
          .forEach((name, offered) ->
              merges.put(name, guard(descriptor.id() + "/" + name, offered, starting.threads())));
      Map<String, GuardedCleanup> cleanups = new TreeMap<>();
      running
          .cleanups()
          .forEach((name, policy) ->
              cleanups.put(name, guard(descriptor.id() + "/" + name, policy, starting.threads())));
      started.add(
          new StartedPlugin(
              descriptor,
              starting.found().source(),
              running.plugin(),
              starting.threads(),
              new TreeMap<>(policies),
              new TreeMap<>(merges),
              new TreeMap<>(cleanups)));
      Gauge.builder("holdfast.plugin.stuck.threads", starting.threads(), PluginThreads::stuck)
          .description("Threads that plugin calls past their deadline still have")
          .tag("plugin", descriptor.id())
          .register(registry);
      LOG.info(
          "Plugin {} started, with placements {}, merges {} and cleanups {}",
          descriptor.idAndVersion(),
          policies.keySet(),
          merges.keySet(),
          cleanups.keySet());
    } catch (PluginCallException e) {
      String reason = "It did not start: " + Told.clip(e.getMessage());
      LOG.error("Plugin {} failed. {}\n{}", descriptor.idAndVersion(), reason, e.trace());
      others.add(
          new PluginReport(
              descriptor.id(),
              descriptor.version().toString(),
              starting.found().source(),
              State.FAILED,
              reason,
              List.of(),
              starting.threads().stuck()));
      starting.threads().close();
    }
  }

  private GuardedPlacement guard(String name, PlacementPolicy policy, PluginThreads threads) {
    GuardedPlacement guarded =
        new GuardedPlacement(name, policy, builtIn, threads, limits, nanoTime, registry);
    gauge(name, guarded::circuit);
    return guarded;
  }

  private GuardedMerge guard(String name, OfferedMerge offered, PluginThreads threads) {
    GuardedMerge guarded =
        new GuardedMerge(
            name, offered.contentTypes(), offered.policy(), threads, limits, nanoTime, registry);
    gauge(name, guarded::circuit);
    return guarded;
  }

  private GuardedCleanup guard(String name, CleanupPolicy policy, PluginThreads threads) {
    GuardedCleanup guarded = new GuardedCleanup(name, policy, threads, limits, nanoTime, registry);
    gauge(name, guarded::circuit);
    return guarded;
  }

  private void gauge(String policy, Supplier<Circuit.State> circuit) {
    Gauge.builder(
            "holdfast.plugin.circuit.open", () -> circuit.get() == Circuit.State.CLOSED ? 0 : 1)
        .description("1 while a policy is not asked because it failed")
        .tag("policy", policy)
        .register(registry);
  }

  /**
   * A plugin that did not start, and whose descriptor could at least be read to say that it must.
   */
  private Optional<PluginRequiredException> missing(PluginFinder finder) {
    for (Found found : finder.found()) {
      for (PluginReport report : others) {
        if (report.id().equals(found.name())
            && PluginFolder.describe(found.folder())
                .filter(PluginDescriptor::required)
                .isPresent()) {
          return Optional.of(new PluginRequiredException(report.id(), report.reason()));
        }
      }
    }
    return Optional.empty();
  }

  private void warnOfConfigForNobody(PluginFinder finder) {
    List<String> names = finder.found().stream().map(Found::name).toList();
    for (String id : setup.config().keySet()) {
      if (!names.contains(id)) {
        LOG.warn(
            "The config has plugins.{}, and no such plugin is there{}",
            id,
            Suggestion.of(id, names));
      }
    }
  }

  private void refuse(Found found, String reason) {
    String version =
        PluginFolder.describe(found.folder()).map(known -> known.version().toString()).orElse("");
    refuse(
        new PluginReport(
            found.name(), version, found.source(), State.REFUSED, reason, List.of(), 0));
  }

  private void refuse(PluginReport report) {
    LOG.error("Plugin {} is refused: {}", report.id(), report.reason());
    others.add(report);
  }
}
