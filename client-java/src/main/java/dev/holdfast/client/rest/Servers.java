// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.client.rest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * The servers that are known, and which of them failed lately: those are asked last for a while.
 * Thread-safe.
 */
public final class Servers {
  /** Learned addresses beyond this are ignored. */
  private static final int MAX_SERVERS = 64;

  private static final Duration AVOID = Duration.ofSeconds(10);

  private final CopyOnWriteArrayList<ServerAddress> addresses;
  private final Map<ServerAddress, Long> avoidedSince = new ConcurrentHashMap<>();
  private final LongSupplier nanoTime;
  private final AtomicInteger nextStart = new AtomicInteger();

  public Servers(List<ServerAddress> given, LongSupplier nanoTime) {
    if (given.isEmpty()) {
      throw new IllegalArgumentException("no server given");
    }
    addresses = new CopyOnWriteArrayList<>(given);
    this.nanoTime = nanoTime;
  }

  /** One that a node named. */
  public void learn(ServerAddress address) {
    if (addresses.size() < MAX_SERVERS) {
      addresses.addIfAbsent(address);
    }
  }

  public List<ServerAddress> all() {
    return List.copyOf(addresses);
  }

  /** All, those that failed lately last; for spreading, from where no other walk just started. */
  public List<ServerAddress> spread() {
    return inOrder(nextStart.getAndIncrement());
  }

  /** All, those that failed lately last, else in the order in which they were given. */
  List<ServerAddress> inOrder() {
    return inOrder(0);
  }

  private List<ServerAddress> inOrder(int start) {
    List<ServerAddress> snapshot = List.copyOf(addresses);
    List<ServerAddress> good = new ArrayList<>();
    List<ServerAddress> bad = new ArrayList<>();
    for (int i = 0; i < snapshot.size(); i++) {
      ServerAddress address = snapshot.get(Math.floorMod(start + i, snapshot.size()));
      (isAvoided(address) ? bad : good).add(address);
    }
    good.addAll(bad);
    return good;
  }

  boolean isAvoided(ServerAddress address) {
    Long since = avoidedSince.get(address);
    return since != null && nanoTime.getAsLong() - since < AVOID.toNanos();
  }

  void failed(ServerAddress address) {
    avoidedSince.put(address, nanoTime.getAsLong());
  }

  void answered(ServerAddress address) {
    avoidedSince.remove(address);
  }
}
