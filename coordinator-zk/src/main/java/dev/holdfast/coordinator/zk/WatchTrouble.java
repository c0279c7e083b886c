// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.zk;

import dev.holdfast.spi.coordinator.CoordinatorFactory.Meter;
import dev.holdfast.spi.coordinator.support.WatchDelivery;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs listeners that are told to scan again. */
record WatchTrouble(Meter meter) implements WatchDelivery.Trouble {
  private static final Logger LOG = LoggerFactory.getLogger(WatchTrouble.class);

  @Override
  public void dropped(String prefix) {
    meter.count("zookeeper.watch.resync", 1);
  }

  @Override
  public void failed(String prefix, RuntimeException failure) {
    LOG.warn("A watch of {} has failed; it is told to scan again", prefix, failure);
  }
}
