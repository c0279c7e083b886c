package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries changes from the {@link Mirror}, under its lock, to the listeners. */
final class WatchHub implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

  private final WatchDelivery<Observation> delivery;

  WatchHub(Meter meter, String name) {
    delivery = new WatchDelivery<>("zk-watch-" + name, Function.identity(), new Trouble(meter));
  }

  void start() {
    delivery.start();
  }

  Watch add(String prefix, WatchListener listener, long revision) {
    return delivery.add(prefix, seen -> seen.key().startsWith(prefix), listener, revision);
  }

  void changed(List<Observation> observations, long revision) {
    delivery.changed(observations, revision);
  }

  /** Changes up to this revision may be missing. */
  void resync(long revision) {
    delivery.resync(revision);
  }

  @Override
  public void close() {
    delivery.close();
  }

  private record Trouble(Meter meter) implements WatchDelivery.Trouble {
    @Override
    public void dropped(String prefix) {
      meter.count("zookeeper.watch.resync", 1);
    }

    @Override
    public void failed(String prefix, RuntimeException failure) {
      LOG.warn("A watch of {} has failed; it is told to scan again", prefix, failure);
    }
  }
}
