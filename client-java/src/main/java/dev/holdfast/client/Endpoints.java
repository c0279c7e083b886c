package dev.holdfast.client;

import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The nodes that the client knows: those it was given, then those that a node named. */
final class Endpoints {
  /** Learned addresses beyond this are ignored. */
  private static final int MAX_ENDPOINTS = 64;

  private final CopyOnWriteArrayList<URI> addresses;
  private final AtomicInteger nextStart = new AtomicInteger();

  Endpoints(List<URI> given) {
    addresses = new CopyOnWriteArrayList<>(given);
  }

  void learn(String address) {
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      Loudly.warn("a node named an address that is none: " + address);
      return;
    }
    if (uri.getHost() != null && addresses.size() < MAX_ENDPOINTS) {
      addresses.addIfAbsent(uri);
    }
  }

  /** A walk over all nodes that starts where no other walk just started. */
  Walk walk() {
    return new Walk(nextStart.getAndIncrement());
  }

  int size() {
    return addresses.size();
  }

  /** Confined to one thread, or to its owner's guard. */
  final class Walk {
    private int index;

    private Walk(int start) {
      index = start;
    }

    URI next() {
      return addresses.get(Math.floorMod(index++, addresses.size()));
    }
  }
}
