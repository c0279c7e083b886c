package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator;
import dev.holdfast.spi.coordinator.CoordinatorFactory;
import dev.holdfast.spi.coordinator.CoordinatorFailedException;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.UnavailableException;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Opens the ZooKeeper backend, {@code coordinator: zookeeper}. The options are those of {@link
 * ZkOptions}. The address and the founders of the settings are not used: the ensemble is there.
 */
public final class ZkCoordinatorFactory implements CoordinatorFactory {
  private static final Duration FIRST_LOOK = Duration.ofSeconds(1);

  /** Found by {@link java.util.ServiceLoader}. */
  public ZkCoordinatorFactory() {}

  @Override
  public String name() {
    return "zookeeper";
  }

  /** The file that says which cluster this node is of, so that no other backend takes its place. */
  @Override
  public void prepare(Settings settings) {
    ZkOptions options = ZkOptions.parse(settings.options(), settings.clusterId());
    new Root(new ZkPaths(options.chroot()), settings.clusterId(), settings.folder()).claim();
  }

  /**
   * @throws IllegalArgumentException when an option is wrong; the message lists all that are
   * @throws CoordinatorFailedException a server below 3.9.4, or the folder is of another cluster
   */
  @Override
  public Coordinator open(Settings settings) {
    return openZk(settings, Plan.DATA_VERSION_MAX);
  }

  static ZkCoordinator openZk(Settings settings, int dataVersionMax) {
    ZkOptions options = ZkOptions.parse(settings.options(), settings.clusterId());
    if (System.getProperty("jute.maxbuffer") == null) {
      // Read once by classes of ZooKeeper that take no other configuration.
      System.setProperty("jute.maxbuffer", Integer.toString(options.juteMaxBuffer()));
    }
    ZkPaths paths = new ZkPaths(options.chroot());
    Root root = new Root(paths, settings.clusterId(), settings.folder());
    try {
      ServerVersion.require(options.servers(), FIRST_LOOK);
    } catch (UnavailableException _) {
      // There may be no majority yet. The session asks again.
    }
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
    ZkLease lease = new ZkLease(options.sessionTimeout().toMillis());
    ZkLink link =
        new ZkLink(options, paths, mirror, lease, root, settings.nodeId(), settings.onFatal());
    AtomicLong caughtUp = new AtomicLong(Long.MIN_VALUE);
    ColdHeads heads = new ColdHeads();
    Lookup lookup = new Lookup(paths, mirror, heads);
    Prover prover =
        new Prover(
            link, paths, mirror.feed(), begun -> caughtUp.accumulateAndGet(begun, Math::max));
    Beats beats = new Beats(paths, settings.nodeId(), settings.incarnation(), link);
    PlanSender sender =
        new PlanSender(
            paths, mirror.feed(), heads, beats, settings.meter(), options.juteMaxBuffer());
    Committer committer =
        new Committer(
            paths,
            link,
            mirror,
            heads,
            lookup,
            prover,
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
            prover,
            committer,
            new RevisionRaise(paths, link, mirror, prover, root),
            lease,
            watches,
            caughtUp);
    opened.set(coordinator);
    watches.start();
    link.start();
    return coordinator;
  }
}
