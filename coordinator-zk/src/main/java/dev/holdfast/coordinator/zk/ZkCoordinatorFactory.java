// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.support.LocalLease;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the ZooKeeper backend, {@code coordinator: zookeeper}. The options are those of {@link
 * ZkOptions}. The address and the founders of the settings are not used: the ensemble is there.
 */
public final class ZkCoordinatorFactory implements CoordinatorFactory {
  private static final Logger LOG = LoggerFactory.getLogger(ZkCoordinatorFactory.class);

  /** The clock of this process: the only one that a deadline and a lease go by. */
  private static final LongSupplier NANOS = System::nanoTime;

  private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

  /** For the check of options before the cluster has a name. */
  private static final String ANY_CLUSTER = "any";

  /** Found by {@link java.util.ServiceLoader}. */
  public ZkCoordinatorFactory() {}

  @Override
  public String name() {
    return "zookeeper";
  }

  @Override
  public void requireOptions(Map<String, String> options) {
    var _ = ZkOptions.parse(options, ANY_CLUSTER);
  }

  /** The file that says which cluster this node is of, so that no other backend takes its place. */
  @Override
  public void prepare(Settings settings) {
    ZkOptions options = ZkOptions.parse(settings.options(), settings.clusterId());
    new Root(options.paths(), settings.clusterId(), settings.folder(), NANOS).claim();
  }

  /**
   * @throws IllegalArgumentException when an option is wrong; the message lists all that are
   * @throws CoordinatorFailedException a server below 3.9.4, or the folder is of another cluster
   */
  @Override
  public Coordinator open(Settings settings) {
    return openZk(settings, Plan.DATA_VERSION_MAX, Generation.Handles.PLAIN);
  }

  static ZkCoordinator openZk(Settings settings, int dataVersionMax, Generation.Handles handles) {
    ZkOptions options = ZkOptions.parse(settings.options(), settings.clusterId());
    if (System.getProperty("jute.maxbuffer") == null) {
      // Read once by classes of ZooKeeper that take no other configuration.
      System.setProperty("jute.maxbuffer", Integer.toString(options.juteMaxBuffer()));
    }
    ZkPaths paths = options.paths();
    Root root = new Root(paths, settings.clusterId(), settings.folder(), NANOS);
    EnsembleProbe probe = EnsembleProbe.of(options);
    firstLook(probe);
    WatchDelivery<Observation> watches =
        new WatchDelivery<>(
            "zk-watch-" + settings.nodeId(),
            Function.identity(),
            new WatchTrouble(settings.meter()));
    AtomicReference<@Nullable ZkCoordinator> opened = new AtomicReference<>();
    Mirror mirror =
        new Mirror(
            paths,
            watches,
            ended ->
                Thread.ofVirtual()
                    .name("zk-sweep")
                    .start(() -> {
                      ZkCoordinator coordinator = opened.get();
                      if (coordinator != null) {
                        coordinator.sweep(ended);
                      }
                    }));
    LocalLease lease =
        new LocalLease(
            options.sessionTimeout().toMillis(),
            NANOS,
            e -> LOG.warn("A listener of the lease has failed", e));
    ZkLink link =
        new ZkLink(
            handles,
            options,
            paths,
            mirror,
            lease,
            root,
            probe,
            settings.nodeId(),
            settings.onFatal(),
            NANOS);
    AtomicLong caughtUp = new AtomicLong(Long.MIN_VALUE);
    ColdHeads heads = new ColdHeads(NANOS);
    Lookup lookup = new Lookup(paths, mirror, heads, NANOS);
    ReadBarrier barrier =
        new ReadBarrier(
            link,
            paths,
            mirror.feed(),
            begun -> caughtUp.accumulateAndGet(begun, Math::max),
            NANOS);
    Beats beats =
        new Beats(
            paths, settings.nodeId(), settings.incarnation(), System.currentTimeMillis(), link);
    PlanSender sender =
        new PlanSender(
            paths, mirror.feed(), heads, beats, settings.meter(), options.juteMaxBuffer(), NANOS);
    Committer committer =
        new Committer(
            paths,
            link,
            mirror,
            heads,
            lookup,
            barrier,
            sender,
            lease,
            settings.meter(),
            dataVersionMax);
    ZkCoordinator coordinator =
        new ZkCoordinator(
            options,
            paths,
            link,
            mirror,
            heads,
            lookup,
            barrier,
            committer,
            new RevisionRaise(paths, link, mirror, barrier, root),
            lease,
            watches,
            probe,
            caughtUp,
            NANOS);
    opened.set(coordinator);
    watches.start();
    link.start();
    return coordinator;
  }

  /** There may be no majority yet: then the session asks again. */
  private static void firstLook(EnsembleProbe probe) {
    try {
      probe.require(FIRST_LOOK);
    } catch (UnavailableException e) {
      LOG.debug("{}", e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
