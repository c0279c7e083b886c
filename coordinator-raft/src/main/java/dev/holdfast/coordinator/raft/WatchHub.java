// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.spi.Bytes;
import dev.holdfast.spi.coordinator.Coordinator.Watch;
import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.Observation;
import dev.holdfast.spi.coordinator.WatchListener;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries changes from the apply thread, under the lock of the table, to the listeners. */
final class WatchHub implements KeyTable.ChangeSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

  private final WatchDelivery<Event> delivery;

  /** A slot, and the floor of deletions at its change. */
  private record Event(Slot slot, long floor) {
    Observation observation() {
      return slot.observation(floor, slot.isPresent() ? slot.version() : slot.deleted());
    }
  }

  WatchHub(Meter meter, String name) {
    delivery = new WatchDelivery<>("raft-watch-" + name, Event::observation, new Trouble(meter));
  }

  void start() {
    delivery.start();
  }

  /** Called while nothing can be applied, so the watch begins exactly at the revision. */
  Watch add(String prefix, WatchListener listener, long revision) {
    Bytes start = Bytes.utf8(prefix);
    return delivery.add(prefix, event -> event.slot().key().startsWith(start), listener, revision);
  }

  @Override
  public void changed(List<Slot> slots, long floor, long revision) {
    delivery.changed(slots.stream().map(slot -> new Event(slot, floor)).toList(), revision);
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
      meter.count("raft.watch.resync", 1);
    }

    @Override
    public void failed(String prefix, RuntimeException failure) {
      LOG.warn("A watch of {} has failed; it is told to scan again", prefix, failure);
    }
  }
}
